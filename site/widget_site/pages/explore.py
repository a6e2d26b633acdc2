"""Finding widgets: the gallery, and the page of an account."""

from collections import Counter

from quart import Blueprint, request

from widget_model.kinds import KINDS
from widget_site.accounts.visitor import visitor
from widget_site.pages.render import page
from widget_site.pages.times import day
from widget_site.parts import parts
from widget_site.store import accounts, gallery, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("explore", __name__)

ORDERS = {gallery.NEWEST: "Newest", gallery.STARRED: "Most starred", gallery.FORKED: "Most forked"}
_TAGS_SHOWN = 12


@blueprint.get("/explore")
async def explore() -> str:
    """Show public widgets, those that match ``q``, ``kind`` and ``tag`` if given, in the order of ``sort``."""
    text = request.args.get("q", "").strip()[:200]
    kind, order = request.args.get("kind", ""), request.args.get("sort", "")
    tag = request.args.get("tag", "").strip().lower()[:100]
    chosen = kind if kind in KINDS else ""
    order = order if order in ORDERS else gallery.NEWEST
    found = await gallery.found(
        parts().store, search=text, kind=chosen or None, tag=tag, order=order, after=request.args.get("after")
    )
    return await page(
        "explore.html",
        found=found,
        search_text=text,
        chosen_kind=chosen,
        chosen_tag=tag,
        chosen_order=order,
        orders=ORDERS,
        tags=_tags(found.items, tag),
    )


@blueprint.get("/@<username>")
async def profile(username: str) -> str:
    """Show an account's widgets: to others the public ones, to itself all."""
    store = parts().store
    account = await accounts.by_username(store, username)
    viewer = (await visitor()).id
    found = await widgets.listed(store, viewer, owner=account.username, after=request.args.get("after"))
    counts = await gallery.counts_of(store, account.id)
    return await page("profile.html", account=account, found=found, counts=counts, since=day(account.created_at))


def _tags(shown: tuple[Widget, ...], chosen: str) -> list[str]:
    """Return the tags that the widgets on the page have most, to narrow the list by."""
    counted = Counter(tag for widget in shown for tag in widget.tags if tag != chosen)
    return [tag for tag, _ in counted.most_common(_TAGS_SHOWN)]
