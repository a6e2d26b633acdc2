"""Widgets of all accounts, as administrators see them: found, taken down, put back. Their code is not shown here."""

import logging

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import administrator
from widget_site.pages.forms import posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import moderation

log = logging.getLogger("widget_site.security")
blueprint = Blueprint("admin_widgets", __name__)

ONLY = {"": "All widgets", "hidden": "Taken down, or of a disabled account"}
_MAX_REASON = 1000


@blueprint.get("/admin/widgets")
async def list_widgets() -> str:
    """List widgets by what is in their text, or by their owner."""
    await administrator()
    search, only = request.args.get("q", "")[:100], request.args.get("only", "")
    shown = await moderation.list_widgets(
        parts().store, search, only=only if only in ONLY else "", after=request.args.get("after")
    )
    return await page("admin_widgets.html", shown=shown, search=search, only=only, choices=ONLY)


@blueprint.post("/admin/widgets/<slug>/take-down")
async def take_down(slug: str) -> ResponseReturnValue:
    """Hide a widget from everybody but its owner."""
    admin = await administrator()
    reason = (await posted("reason")).values["reason"][:_MAX_REASON]
    await moderation.take_down(parts().store, slug, reason)
    log.warning("widget %s is taken down by %s", slug, admin.id)
    return see_other(f"/admin/widgets?q={slug}&done=taken-down")


@blueprint.post("/admin/widgets/<slug>/put-back")
async def put_back(slug: str) -> ResponseReturnValue:
    """Let a widget be used again."""
    admin = await administrator()
    await moderation.put_back(parts().store, slug)
    log.warning("widget %s is put back by %s", slug, admin.id)
    return see_other(f"/admin/widgets?q={slug}&done=put-back")
