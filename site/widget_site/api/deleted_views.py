"""The caller's bin: listed, restored from, emptied."""

from quart import Blueprint

from widget_site.accounts.visitor import signed_in
from widget_site.api import models, shown
from widget_site.api.deleted_models import DeletedWidget, DeletedWidgets
from widget_site.api.operation import operation
from widget_site.api.widget_views import full
from widget_site.parts import parts
from widget_site.store import deleted
from widget_site.store.values import Widget

blueprint = Blueprint("deleted", __name__)
_DAY_S = 86400.0


@blueprint.get("/deleted-widgets")
@operation(200, DeletedWidgets, query=models.ListQuery)
async def list_deleted_widgets(query: models.ListQuery) -> DeletedWidgets:
    """List the caller's widgets that were deleted and can still be restored."""
    account = await signed_in()
    page = await deleted.listed(parts().store, account.id, after=query.page, limit=query.limit)
    return DeletedWidgets(items=[_shown(one) for one in page.items], next=page.next)


@blueprint.post("/deleted-widgets/<slug>/restore")
@operation(200, models.WidgetFull, errors=(404,))
async def restore_widget(slug: str) -> models.WidgetFull:
    """Bring a deleted widget back as it was; its schedule counts from now."""
    return await full(await deleted.restore(parts().store, slug, (await signed_in()).id))


@blueprint.delete("/deleted-widgets/<slug>")
@operation(204, errors=(404,))
async def forget_widget(slug: str) -> None:
    """Delete a deleted widget for good; its name is never given to anybody else."""
    await deleted.forget(parts().store, slug, (await signed_in()).id)


def _shown(widget: Widget) -> DeletedWidget:
    site, at = parts(), widget.deleted_at or 0.0
    gone_at = at + site.settings.deleted_days * _DAY_S
    return DeletedWidget(**shown.widget(widget, site.settings).model_dump(), deleted_at=at, gone_at=gone_at)
