"""Google's APIs: which account a call of user code acts for, what it may reach there, and requests in its name.

There are two accounts: that of the visitor who signed in ("google-user"), and the owner's, which he has connected
("google-delegated"). Of the owner's, a widget reaches its app files alone, and what lies in those that are folders;
clients reach what their owner lets them.
"""

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from widget_site.errors import SiteError, UnavailableError
from widget_site.outgoing import MAX_BYTES, Outgoing, Reply
from widget_site.services.google.sign_in import NAME, Google
from widget_site.services.native import NativeCall, NativeError
from widget_site.services.providers import CredentialsOf, Identity, SignIns, client_of, failed, identity_of, require
from widget_site.store.service_credentials import Credentials
from widget_wire.values import Media

USER, DELEGATED = "google-user", "google-delegated"
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive"
MAIL_SCOPE = "https://www.googleapis.com/auth/gmail.compose"
#: Of the content of a file.
MAX_CONTENT = 32 * 1024 * 1024
_MAX_TOKENS = 1000
#: Folders that a file of an app folder may be below.
_MAX_DEPTH = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_REFUSED = "anvil.server.PermissionDenied"


class GoogleApi:
    """Asks Google in the name of an account."""

    def __init__(
        self, api_url: str, outgoing: Outgoing, provider: Google, credentials_of: CredentialsOf, sign_ins: SignIns
    ) -> None:
        self._api_url = api_url
        self._outgoing = outgoing
        self._provider = provider
        self._credentials_of = credentials_of
        self._sign_ins = sign_ins
        #: Access tokens by the hash of the refresh token that gave them.
        self._tokens: OrderedDict[str, Identity] = OrderedDict()

    def base(self, service: str) -> str:
        """Return where one of Google's services is: www, sheets or gmail."""
        return self._api_url.replace("{service}", service).rstrip("/")

    async def app(self, call: NativeCall) -> Credentials:
        """Return what the widget that calls has of Google; ServiceNotAdded."""
        return await require(self._credentials_of, call, NAME)

    async def reach(self, call: NativeCall, creds: Any, file_id: Any, *, writes: bool = False) -> str:
        """Return the token to read or change a file; NativeError where the caller may not."""
        app, wanted = await self.app(call), checked_id(file_id)
        if creds == USER:
            return await self.user_token(call, app)
        if creds != DELEGATED:
            raise NativeError("ValueError", "Files of Google are a visitor's or an app's")
        token = await self.owner_token(app, "drive")
        allowed = {one["id"] for one in app_files(app) if _may(call, one, writes)}
        if not await self._is_within(token, wanted, allowed):
            raise NativeError(_REFUSED, "This is no app file of this widget, or not for who asks")
        return token

    async def user_token(self, call: NativeCall, app: Credentials) -> str:
        """Return the token of who signed in where the call comes from."""
        who = await identity_of(self._sign_ins, call.source, NAME)
        if who is None:
            raise failed(NAME, "Nobody has signed in with Google here: /_/sign-in/google?scope=… is where they do")
        if who.is_fresh or not who.refresh_token:
            return who.access_token
        return await self._fresh(app, who.refresh_token)

    async def owner_token(self, app: Credentials, what: str) -> str:
        """Return the token of the account that the owner has connected, for "drive" or "mail"."""
        connected = app.shown.get("connected") or {}
        if not connected.get(what) or not app["refresh_token"]:
            text = "The owner of this widget has connected no account of Google"
            raise failed(NAME, f"{text} for {'files' if what == 'drive' else 'mail'}: the Services tab has a button")
        return await self._fresh(app, app["refresh_token"])

    async def ask(
        self,
        token: str,
        method: str,
        service: str,
        path: str,
        *,
        most_bytes: int = 4 * MAX_BYTES,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Reply:
        """Return Google's answer; what it refuses is a NativeError in its words."""
        sent = {**(headers or {}), "authorization": f"Bearer {token}"}
        address = self.base(service) + path
        try:
            reply = await self._outgoing.ask(method, address, headers=sent, most_bytes=most_bytes, **more)
        except UnavailableError as error:
            raise failed(NAME, f"Google does not answer: {error}") from error
        if not 200 <= reply.status < 300:
            told = reply.json().get("error")
            text = str(told.get("message") or "") if isinstance(told, dict) else ""
            raise failed(NAME, text[:500] or f"Google answered {reply.status}")
        return reply

    async def _fresh(self, app: Credentials, refresh_token: str) -> str:
        key = hashlib.sha256(f"{app.widget_id} {refresh_token}".encode()).hexdigest()
        held = self._tokens.get(key)
        if held is None or not held.is_fresh:
            try:
                answer = await self._provider.open_id.refreshed(client_of(app), refresh_token)
            except SiteError as error:
                raise failed(NAME, "Google gives no access any more: sign in or connect again") from error
            held = self._tokens[key] = Identity.of("", "", answer)
            while len(self._tokens) > _MAX_TOKENS:
                self._tokens.popitem(last=False)
        return held.access_token

    async def _is_within(self, token: str, file_id: str, folders: set[str]) -> bool:
        """Tell whether a file is one of these or lies below one."""
        level = {file_id}
        for _ in range(_MAX_DEPTH):
            if not level or level & folders or not folders:
                break
            above: set[str] = set()
            for one in list(level)[:_MAX_DEPTH]:
                path = f"/drive/v2/files/{quote(one)}"
                found = (await self.ask(token, "GET", "www", path, params={"fields": "parents(id)"})).json()
                above |= {str(parent["id"]) for parent in found.get("parents") or () if "id" in parent}
            level = above
        return bool(level & folders)


def app_files(app: Credentials) -> list[dict[str, str]]:
    """Return the app files of a widget: ``id``, ``python_name``, ``client`` (none, read or write)."""
    return list(app.shown.get("app_files") or ())


def checked_id(value: Any) -> str:
    """Return the id of a file, which becomes part of an address."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise NativeError("ValueError", f"{str(value)[:50]!r} is no id of a file of Google Drive")
    return value


def content_of(value: Any, kind: Any) -> tuple[bytes, str]:
    """Return the bytes of what user code gives as content, and their type."""
    if isinstance(value, Media):
        content, kind = value.content, kind or value.content_type
    elif isinstance(value, str):
        content, kind = value.encode("utf-8", "surrogatepass"), kind or "text/plain"
    else:
        raise NativeError("TypeError", "The content of a file is a text or a Media")
    if len(content) > MAX_CONTENT:
        raise NativeError("ValueError", f"A file of Google Drive has at most {MAX_CONTENT // 2**20} MB here")
    plain = str(kind or "application/octet-stream")
    return content, plain if re.fullmatch(r"[\w.+-]+/[\w.+-]+(?:; ?[\w=.-]+)?", plain) else "application/octet-stream"


def related(metadata: Mapping[str, Any], content: bytes, kind: str, boundary: str) -> tuple[bytes, str]:
    """Return the body of an upload with its metadata, and the type of that body (multipart/related)."""
    head = f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(metadata)}\r\n"
    body = f"{head}--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + content + f"\r\n--{boundary}--".encode()
    return body, f'multipart/related; boundary="{boundary}"'


def _may(call: NativeCall, app_file: Mapping[str, str], writes: bool) -> bool:
    return call.is_trusted or app_file.get("client") in (("write",) if writes else ("read", "write"))
