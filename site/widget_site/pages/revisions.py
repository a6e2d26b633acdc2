"""The history of a widget: every revision, and restoring one."""

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in, visitor
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import revisions, widgets

blueprint = Blueprint("revisions", __name__)


@blueprint.get("/w/<slug>/revisions")
async def history(slug: str) -> str:
    """Show the revisions of a widget that the visitor may see."""
    viewer = (await visitor()).id
    store = parts().store
    widget = await widgets.by_slug(store, slug, viewer)
    found = await revisions.listed(store, slug, viewer, after=request.args.get("after"))
    return await page("revisions.html", widget=widget, is_owner=viewer == widget.owner_id, revisions=found)


@blueprint.post("/w/<slug>/revisions/<int:number>/restore")
async def restore(slug: str, number: int) -> ResponseReturnValue:
    """Make a new revision with the files of an earlier one."""
    viewer = (await signed_in()).id
    await revisions.restore(parts().store, slug, viewer, number)
    return see_other(f"/w/{slug}/revisions?done=restored")
