"""Finding widgets: search, and the page of an account."""

from quart import Blueprint, request

from widget_model.kinds import BUILT
from widget_site.accounts.visitor import visitor
from widget_site.pages.render import page
from widget_site.pages.times import day
from widget_site.parts import parts
from widget_site.store import accounts, widgets

blueprint = Blueprint("explore", __name__)


@blueprint.get("/explore")
async def explore() -> str:
    """Show public widgets, those that match ``q`` and ``kind`` if given."""
    text = request.args.get("q", "").strip()[:200]
    kind = request.args.get("kind", "")
    chosen = kind if kind in BUILT else ""
    viewer = (await visitor()).id
    after = request.args.get("after")
    found = await widgets.listed(parts().store, viewer, search=text, kind=chosen or None, after=after)
    return await page("explore.html", found=found, search_text=text, chosen_kind=chosen)


@blueprint.get("/@<username>")
async def profile(username: str) -> str:
    """Show an account's widgets: to others the public ones, to itself all."""
    store = parts().store
    account = await accounts.by_username(store, username)
    viewer = (await visitor()).id
    found = await widgets.listed(store, viewer, owner=account.username, after=request.args.get("after"))
    return await page("profile.html", account=account, found=found, since=day(account.created_at))
