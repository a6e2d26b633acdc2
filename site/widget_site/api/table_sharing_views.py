"""Data Tables that widgets of one owner share (T-16)."""

from typing import Any

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import table_models
from widget_site.api.operation import operation
from widget_site.api.table_views import TABLE
from widget_site.parts import parts
from widget_site.store.data.sharing import Share, Sharing

blueprint = Blueprint("table_sharing", __name__)


@blueprint.get(f"{TABLE}/shares")
@operation(200, table_models.Shares, errors=(404,))
async def list_shares(slug: str, table: str) -> table_models.Shares:
    """List the other widgets that use a table."""
    return table_models.Shares(items=[_share(one) for one in await (await _sharing(slug)).users(table)])


@blueprint.post(f"{TABLE}/shares")
@operation(201, table_models.Share, body=table_models.NewShare, errors=(404,))
async def add_share(slug: str, table: str, body: table_models.NewShare) -> table_models.Share:
    """Let another widget of the same owner use a table: the same rows, with a name and permissions there."""
    sharing, other = await _sharing(slug), await _sharing(body.widget)
    return _share(Share(body.widget, await sharing.share(table, other, body.name or "", body.client, body.server)))


@blueprint.delete(f"{TABLE}/shares/<string:widget>")
@operation(204, errors=(404,))
async def delete_share(slug: str, table: str, widget: str) -> None:
    """End the use of a table by another widget, from now on; columns there that link to it go, rows stay."""
    await (await _sharing(slug)).unshare(table, await _sharing(widget))


async def _sharing(slug: str) -> Sharing:
    return await Sharing.of(parts().store, slug, (await visitor()).id)


def _share(share: Share) -> table_models.Share:
    said: dict[str, Any] = {"name": share.table.name, "client": share.table.client, "server": share.table.server}
    return table_models.Share(widget=share.widget, **said)
