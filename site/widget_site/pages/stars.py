"""Stars: one press on a widget's page, and what somebody starred."""

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.rates import STARS
from widget_site.accounts.visitor import require_form_token, signed_in, visitor
from widget_site.pages.forms import posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import stars

blueprint = Blueprint("stars", __name__)


@blueprint.post("/w/<slug>/star")
async def star(slug: str) -> ResponseReturnValue:
    """Star the widget, or with ``star`` "no" take the star back; who is not signed in does that first."""
    await require_form_token()
    account = (await visitor()).account
    if account is None:
        return see_other(f"/sign-in?next=/w/{slug}")
    site = parts()
    await site.limiter.take(STARS, account.id)
    change = stars.take_back if (await posted("star")).values["star"] == "no" else stars.give
    await change(site.store, slug, account.id)
    return see_other(f"/w/{slug}")


@blueprint.get("/starred")
async def starred() -> str:
    """Show what the account starred."""
    account = await signed_in()
    found = await stars.given_by(parts().store, account.id, after=request.args.get("after"))
    return await page("starred.html", found=found)
