"""Finding public widgets, and starring them."""

from collections.abc import Awaitable, Callable

from quart import Blueprint

from widget_site.accounts.rates import STARS
from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api import gallery_models, models, shown
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import gallery, stars, widgets
from widget_site.store.store import Store
from widget_site.store.values import Page, Widget

blueprint = Blueprint("gallery", __name__)


@blueprint.get("/gallery")
@operation(200, models.Widgets, query=gallery_models.GalleryQuery, anybody=True)
async def list_gallery(query: gallery_models.GalleryQuery) -> models.Widgets:
    """List public widgets, newest, most forked or most starred first."""
    found = await gallery.found(
        parts().store,
        search=query.q,
        kind=query.kind,
        tag=query.tag,
        order=query.sort,
        after=query.page,
        limit=query.limit,
    )
    return _shown(found)


@blueprint.get("/starred")
@operation(200, models.Widgets, query=models.ListQuery)
async def list_starred(query: models.ListQuery) -> models.Widgets:
    """List what the caller starred and may still see, the last starred first. Nobody else sees this list."""
    me = await signed_in()
    return _shown(await stars.given_by(parts().store, me.id, after=query.page, limit=query.limit))


@blueprint.put("/widgets/<slug>/star")
@operation(200, gallery_models.StarShown, errors=(404,))
async def star_widget(slug: str) -> gallery_models.StarShown:
    """Star a widget; twice is once."""
    return gallery_models.StarShown(starred=True, star_count=await _change(slug, stars.give))


@blueprint.delete("/widgets/<slug>/star")
@operation(200, gallery_models.StarShown, errors=(404,))
async def unstar_widget(slug: str) -> gallery_models.StarShown:
    """Take a star back."""
    return gallery_models.StarShown(starred=False, star_count=await _change(slug, stars.take_back))


async def _change(slug: str, change: Callable[[Store, str, str], Awaitable[int]]) -> int:
    """Give the caller's star or take it back; NotFoundError also for who is not signed in, SignInError after that."""
    site = parts()
    await widgets.by_slug(site.store, slug, (await visitor()).id)
    me = await signed_in()
    await site.limiter.take(STARS, me.id)
    return await change(site.store, slug, me.id)


def _shown(page: Page[Widget]) -> models.Widgets:
    settings = parts().settings
    return models.Widgets(items=[shown.widget(one, settings) for one in page.items], next=page.next)
