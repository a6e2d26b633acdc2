"""The page of a widget's Data Tables: it carries what its island starts with; rows go over the JSON API (T-80)."""

from quart import Blueprint

from widget_site.accounts.visitor import csrf_token, signed_in
from widget_site.api.table_views import tables_of
from widget_site.assets import asset
from widget_site.pages.render import page
from widget_site.parts import parts
from widget_site.store import widgets
from widget_site.store.data.editing import Editing

blueprint = Blueprint("tables_page", __name__)


@blueprint.get("/w/<slug>/tables")
@blueprint.get("/w/<slug>/tables/<table>")
async def tables_page(slug: str, table: str = "") -> str:
    """Show a widget's tables to its owner; an address may name the one that is open."""
    viewer = (await signed_in()).id
    widget = await widgets.owned(parts().store, slug, viewer, "see and change its tables")
    shown = await tables_of(await Editing.of(parts().store, slug, viewer))
    data = {
        "slug": widget.slug,
        "kind": widget.kind,
        "owner": widget.owner,
        "csrf": await csrf_token(),
        "icons": asset("icons.svg"),
        "table": table,
        "tables": shown.model_dump()["items"],
    }
    return await page("tables.html", widget=widget, data=data)
