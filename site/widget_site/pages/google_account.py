"""The account of Google that an owner connects to a widget: its app files, and mail in its name (G-89).

The owner goes to Google from here and comes back here, to the site's own host, where he is signed in. What was begun is
in Redis under the hash of its state, for one account and widget, until the first comes back with it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, cast

from quart import Blueprint, redirect, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in
from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError, SiteError
from widget_site.openid import Flow
from widget_site.outgoing import Outgoing
from widget_site.pages.forms import Form, posted
from widget_site.pages.replies import see_other
from widget_site.pages.services import google_page
from widget_site.parts import parts
from widget_site.secret_box import UnreadableSecretError
from widget_site.services import addresses
from widget_site.services.google.api import DRIVE_SCOPE, MAIL_SCOPE
from widget_site.services.google.sign_in import Google
from widget_site.services.providers import client_of
from widget_site.services.signing_in import FLOW_S
from widget_site.store import service_credentials, widgets
from widget_site.store.service_credentials import Credentials
from widget_wire import keys

blueprint = Blueprint("google_account", __name__)

SERVICE = "google"
_SCOPES = {"drive": DRIVE_SCOPE, "mail": MAIL_SCOPE}
_MAX_FILES = 100
_FILE_ID = re.compile(r"(?:/d/|/folders/|[?&]id=)([A-Za-z0-9_-]{10,200})|^([A-Za-z0-9_-]{10,200})$")
_CLIENTS = ("none", "read", "write")
_AGAIN = "Connecting was not finished at Google, was done already, or took longer than ten minutes. Try again."


@blueprint.get("/w/<slug>/services/google/connect")
async def connect(slug: str) -> ResponseReturnValue:
    """Send the owner to Google; ``drive`` and ``mail`` say what for."""
    account, site = await signed_in(), parts()
    widget = await widgets.owned(site.store, slug, account.id, service_credentials.WHAT)
    app = await _credentials(widget.id)
    wanted = [name for name in _SCOPES if name in request.args]
    if app is None or not wanted:
        raise NotFoundError
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    begun = {"account": account.id, "slug": slug, "nonce": nonce, "verifier": verifier, "wanted": wanted}
    more = {"access_type": "offline", "prompt": "consent"}
    flow = Flow(state, nonce, verifier, tuple(_SCOPES[name] for name in wanted), more)
    address = await _google().open_id.address(client_of(app, site.settings.site_url + addresses.CONNECTED), flow)
    await site.dispatch.link.client.set(_key(state), json.dumps(begun), ex=FLOW_S)
    return redirect(address)  # type: ignore[return-value,unused-ignore]  # Quart's own


@blueprint.get(addresses.CONNECTED)
async def finish() -> ResponseReturnValue:
    """Keep what Google gives to the owner who comes back."""
    account, site = await signed_in(), parts()
    state = request.args.get("state", "")
    held = await cast(Awaitable[bytes | None], site.dispatch.link.client.getdel(_key(state)))
    begun: dict[str, Any] = json.loads(held) if held else {}
    if begun.get("account") != account.id or not request.args.get("code"):
        raise ForbiddenError(_AGAIN)
    slug = begun["slug"]
    widget = await widgets.owned(site.store, slug, account.id, service_credentials.WHAT)
    app = await _credentials(widget.id)
    if app is None:
        raise NotFoundError
    client, open_id = client_of(app, site.settings.site_url + addresses.CONNECTED), _google().open_id
    flow = Flow(state, begun["nonce"], begun["verifier"])
    tokens = await open_id.tokens(client, flow, request.args["code"])
    claims = await open_id.claims(client, flow, str(tokens.get("id_token") or ""))
    refresh_token = str(tokens.get("refresh_token") or "")
    if not refresh_token:
        raise ConflictError("Google gave no lasting access. Remove this app in your Google account, then try again.")
    granted = str(tokens.get("scope") or " ".join(_SCOPES[name] for name in begun["wanted"])).split()
    connected: dict[str, Any] = {name: scope in granted for name, scope in _SCOPES.items()}
    if not any(connected.values()):
        raise ConflictError("You gave this widget no access to files or mail at Google. Connect again, and allow it.")
    connected["email"] = str(claims.get("email") or "")[:254]
    await _change(slug, account.id, {"connected": connected}, refresh_token)
    return see_other(f"/w/{slug}/services/google?done=google-connected")


@blueprint.post("/w/<slug>/services/google/disconnect")
async def disconnect(slug: str) -> ResponseReturnValue:
    """Forget the owner's account; its app files stay named."""
    account = await signed_in()
    await _change(slug, account.id, {"connected": None}, "")
    return see_other(f"/w/{slug}/services/google?done=google-disconnected")


@blueprint.post("/w/<slug>/services/google/files")
async def add_file(slug: str) -> ResponseReturnValue:
    """Make a file or folder of Drive an app file."""
    account = await signed_in()
    widget = await widgets.owned(parts().store, slug, account.id, service_credentials.WHAT)
    form = await posted("file", "python_name", "client")
    try:
        added = _app_file(form)

        def with_it(files: list[dict[str, str]]) -> list[dict[str, str]]:
            others = [one for one in files if one["python_name"] != added["python_name"]]
            if len(others) >= _MAX_FILES:
                raise ConflictError(f"A widget has at most {_MAX_FILES} app files. Name a folder instead.")
            return [*others, added]

        await _change_files(slug, account.id, with_it)
    except SiteError as error:
        return await google_page(widget, form.refuse(error)), form.status
    return see_other(f"/w/{slug}/services/google?done=app-file-kept")


def _app_file(form: Form) -> dict[str, str]:
    found = _FILE_ID.search(form.values["file"].strip())
    name, client = form.values["python_name"].strip(), form.values["client"]
    if found is None:
        raise FormError("file", "That is no link to a file or folder of Google Drive.")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name):
        raise FormError("python_name", "The name is one of Python: letters, digits and _, beginning with no digit.")
    if client not in _CLIENTS:
        raise FormError("client", f"Clients are given {', '.join(_CLIENTS)}.")
    return {"id": found[1] or found[2], "python_name": name, "client": client}


@blueprint.post("/w/<slug>/services/google/files/<name>/remove")
async def remove_file(slug: str, name: str) -> ResponseReturnValue:
    """Take a file from the app files; it stays in Drive."""
    account = await signed_in()
    await _change_files(slug, account.id, lambda files: [one for one in files if one["python_name"] != name])
    return see_other(f"/w/{slug}/services/google?done=app-file-removed")


async def _change(slug: str, viewer: str, shown: dict[str, Any], refresh_token: str) -> None:
    def changed(before: Credentials) -> Credentials:
        kept = {**before.kept, "refresh_token": refresh_token}
        return replace(before, shown={**before.shown, **shown}, kept=kept)

    site = parts()
    await service_credentials.change(site.store, site.secret_box, slug, viewer, SERVICE, changed)


async def _change_files(slug: str, viewer: str, changed: Any) -> None:
    site = parts()

    def with_files(before: Credentials) -> Credentials:
        return replace(before, shown={**before.shown, "app_files": changed(list(before.shown.get("app_files") or ()))})

    await service_credentials.change(site.store, site.secret_box, slug, viewer, SERVICE, with_files)


async def _credentials(widget_id: str) -> Credentials | None:
    site = parts()
    try:
        return await service_credentials.read(site.store, site.secret_box, widget_id, SERVICE)
    except UnreadableSecretError as error:
        raise ConflictError(service_credentials.UNREADABLE) from error


def _google() -> Google:
    settings = parts().settings
    return Google(settings.google_url, Outgoing(settings.ca_file))


def _key(state: str) -> str:
    return keys.SIGN_IN_FLOW + "owner:" + hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
