"""Accounts as administrators see them: found, disabled, made administrators, given quotas."""

import contextlib
import logging

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_model.quotas import NAMES
from widget_site.accounts.visitor import administrator
from widget_site.dispatch.errors import OnUplinkError
from widget_site.errors import ConflictError, FormError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import accounts, moderation, quotas
from widget_site.store.quotas import GivenQuotas
from widget_site.store.values import Account

log = logging.getLogger("widget_site.security")
blueprint = Blueprint("admin_accounts", __name__)

ONLY = {"": "All accounts", "admins": "Administrators", "disabled": "Disabled"}


@blueprint.get("/admin/accounts")
async def list_accounts() -> str:
    """List accounts by name or address."""
    await administrator()
    search, only = request.args.get("q", "")[:100], request.args.get("only", "")
    shown = await moderation.list_accounts(
        parts().store, search, only=only if only in ONLY else "", after=request.args.get("after")
    )
    return await page("admin_accounts.html", shown=shown, search=search, only=only, choices=ONLY)


@blueprint.get("/admin/accounts/<username>")
async def account(username: str) -> str:
    """Show one account."""
    await administrator()
    return await _page(await _named(username))


@blueprint.post("/admin/accounts/<username>/disable")
async def disable(username: str) -> ResponseReturnValue:
    """Shut an account."""
    admin, person = await administrator(), await _named(username)
    if admin.id == person.id:
        raise ConflictError("You would shut yourself out. Ask another administrator.")
    site = parts()
    await moderation.disable(site.store, person.id)
    log.warning("account %s is disabled by %s", person.id, admin.id)
    for run_id in await moderation.unfinished_runs(site.store, person.id):
        with contextlib.suppress(OnUplinkError):  # its link is cut
            await site.dispatch.stop_run(run_id)
    return see_other(f"/admin/accounts/{person.username}?done=disabled")


@blueprint.post("/admin/accounts/<username>/enable")
async def enable(username: str) -> ResponseReturnValue:
    """Open an account again."""
    admin, person = await administrator(), await _named(username)
    await moderation.enable(parts().store, person.id)
    log.warning("account %s is enabled by %s", person.id, admin.id)
    return see_other(f"/admin/accounts/{person.username}?done=enabled")


@blueprint.post("/admin/accounts/<username>/admin")
async def set_admin(username: str) -> ResponseReturnValue:
    """Make an account an administrator, or none any more."""
    admin, person = await administrator(), await _named(username)
    is_admin = (await posted("is_admin")).values["is_admin"] == "yes"
    await moderation.set_admin(parts().store, person.id, is_admin)
    log.warning("account %s is %s administrator by %s", person.id, "an" if is_admin else "no", admin.id)
    return see_other(f"/admin/accounts/{person.username}?done=saved")


@blueprint.post("/admin/accounts/<username>/quotas")
async def give_quotas(username: str) -> ResponseReturnValue:
    """Give an account quotas of its own; an empty field is the site's."""
    admin, person = await administrator(), await _named(username)
    form = await posted(*NAMES)
    try:
        await quotas.give(parts().store, person.id, GivenQuotas(**{name: _number(form, name) for name in NAMES}))
    except SiteError as error:
        return await _page(person, form.refuse(error)), form.status
    log.warning("account %s got quotas by %s", person.id, admin.id)
    return see_other(f"/admin/accounts/{person.username}?done=saved")


def _number(form: Form, name: str) -> int | None:
    text = form.values[name].strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise FormError(name, "Type a whole number, or nothing for the site's own.")
    return int(text)


async def _named(username: str) -> Account:
    return await accounts.by_username(parts().store, username)


async def _page(person: Account, form: Form | None = None) -> str:
    store = parts().store
    given = await quotas.given(store, person.id)
    values = {name: "" if (value := getattr(given, name)) is None else str(value) for name in NAMES}
    used = await quotas.of_account(store, person.id)
    widgets = await moderation.list_widgets(store, f"@{person.username}", limit=10)
    return await page("admin_account.html", person=person, used=used, form=form or Form(values), widgets=widgets)
