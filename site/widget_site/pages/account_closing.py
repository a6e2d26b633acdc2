"""Taking along what is yours, and leaving."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from quart import Blueprint, Response
from quart.typing import ResponseReturnValue

from widget_model.ids import new_id
from widget_site.accounts.rates import Rate
from widget_site.accounts.visitor import forget, visitor
from widget_site.errors import FormError, SignInError, SiteError, WrongPasswordError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import caller_address, see_other
from widget_site.parts import parts
from widget_site.store import accounts, closing, export
from widget_site.store.values import Account, WebSession

blueprint = Blueprint("account_closing", __name__)

#: Making one reads everything.
_EXPORTS = Rate("export", 5, 3600.0)
_STALE_S = 3600.0
_PART_BYTES = 64 * 1024


@blueprint.post("/account/export")
async def export_all() -> ResponseReturnValue:
    """Send everything of the account as a zip file."""
    account = await _account()
    site = parts()
    await site.limiter.take(_EXPORTS, account.id)
    folder = site.settings.data.absolute() / "exports"
    file = folder / f"{new_id()}.zip"
    await asyncio.to_thread(_make_room, folder)
    try:
        await export.write(site.store, account, file)
        opened = await asyncio.to_thread(file.open, "rb")
    finally:
        # Its name is gone before it is sent: nothing of it stays, whoever goes away.
        await asyncio.to_thread(file.unlink, missing_ok=True)
    size = await asyncio.to_thread(lambda: os.fstat(opened.fileno()).st_size)
    name = f"widgetry-{account.username}-{time.strftime('%Y-%m-%d')}.zip"
    answer = Response(_parts(opened), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Length"] = str(size)
    answer.headers["Cache-Control"] = "no-store"
    # As long as its reader takes.
    answer.timeout = None
    return answer


@blueprint.get("/account/delete")
async def delete_form() -> str:
    """Say what goes, and ask for the password."""
    return await _page(Form())


@blueprint.post("/account/delete")
async def delete() -> ResponseReturnValue:
    """Delete the account when its password was typed, or its owner has just signed in with the provider."""
    session = await _session()
    account = session.account
    form = await posted("password")
    site = parts()
    try:
        checked = await site.accounts.confirm(session, form.values["password"], caller_address())
        await closing.close(site.store, checked.id)
    except WrongPasswordError:
        return await _page(form.refuse(FormError("password", "That is not your password."))), 400
    except SiteError as error:
        return await _page(form.refuse(error)), form.status
    # It is shut; what this does not manage the site worker does.
    await closing.remove(site.store, account.id)
    return forget(see_other("/?done=account-deleted"))


async def _page(form: Form) -> str:
    session, site = await _session(), parts()
    return await page(
        "account_delete.html",
        form=form,
        widget_count=await closing.count_widgets(site.store, session.account.id),
        has_password=await accounts.has_password(site.store, session.account.id),
        is_fresh=site.accounts.is_fresh(session),
        provider=site.settings.oidc_name,
    )


async def _account() -> Account:
    return (await _session()).account


async def _session() -> WebSession:
    session = (await visitor()).session
    if session is None:
        raise SignInError("Sign in in this browser first.")
    return session


async def _parts(file: BinaryIO) -> AsyncIterator[bytes]:
    try:
        while part := await asyncio.to_thread(file.read, _PART_BYTES):
            yield part
    finally:
        file.close()


def _make_room(folder: Path) -> None:
    """Make the folder, and remove what a process that died left in it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _STALE_S:
                left.unlink()
