"""The bin of an account: what it deleted, restored or removed for good."""

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import require_form_token, signed_in
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import deleted

blueprint = Blueprint("deleted", __name__)


@blueprint.get("/deleted")
async def list_deleted() -> str:
    """Show what is in the bin, and until when."""
    account = await signed_in()
    shown = await deleted.listed(parts().store, account.id, after=request.args.get("after"))
    return await page("deleted.html", shown=shown, days=parts().settings.deleted_days)


@blueprint.post("/deleted/<slug>/restore")
async def restore(slug: str) -> ResponseReturnValue:
    """Take a widget out of the bin."""
    await require_form_token()
    account = await signed_in()
    widget = await deleted.restore(parts().store, slug, account.id)
    return see_other(f"/w/{widget.slug}?done=undeleted")


@blueprint.post("/deleted/<slug>/forget")
async def forget(slug: str) -> ResponseReturnValue:
    """Remove a widget in the bin for good."""
    await require_form_token()
    account = await signed_in()
    await deleted.forget(parts().store, slug, account.id)
    return see_other("/deleted?done=forgotten")
