"""What the hot path reads when a widget is not in memory."""

import time

from sqlalchemy import select

from widget_model.files import FileContent
from widget_model.kinds import Kind
from widget_site.store import api_access, names, permission, quotas, tables, trees
from widget_site.store.store import Store
from widget_site.store.values import ApiAccess, WidgetSnapshot
from widget_site.store.widgets import is_plausible_slug

_W = tables.widget.c


async def snapshot(store: Store, slug: str) -> WidgetSnapshot | None:
    """Return the widget that has this name, or had it before, as it is served now; None when it is not served.

    Asks for no permission.
    """
    if not is_plausible_slug(slug):
        return None
    columns = (_W.slug, _W.kind, _W.visibility, _W.owner_id, _W.revision, _W.code, _W.generation, _W.environment)
    async with store.database.reading() as db:
        switches = (_W.code_private, _W.embeddable, _W.keep_server_running, _W.client_engine)
        query = select(_W.id.label("widget_id"), *columns, *switches).where(permission.is_in_use())
        row = (await db.execute(query.where(_W.slug == slug))).first()
        if row is None:
            row = (await db.execute(query.where(names.is_old_name(slug)))).first()
        if row is None:
            return None
        used_up = await quotas.run_quota_used_up(store, db, row.owner_id, time.time())
        access = await api_access.read(db, row.widget_id) if row.kind == Kind.API else ApiAccess()
    return WidgetSnapshot(**row._mapping, used_up=used_up, access=access)


async def about(store: Store, widget_id: str) -> tuple[str, str]:
    """Return a widget's title and description; two empty texts when it is gone. Asks for no permission."""
    async with store.database.reading() as db:
        row = (await db.execute(select(_W.title, _W.description).where(_W.id == widget_id))).first()
    return ("", "") if row is None else (row.title, row.description)


async def files(store: Store, widget_id: str, revision: int) -> dict[str, FileContent]:
    """Return the files of a revision; KeyError when there is none. Asks for no permission."""
    columns = tables.revision.c
    async with store.database.reading() as db:
        query = select(columns.code).where(columns.widget_id == widget_id, columns.number == revision)
        code = await db.scalar(query)
    if code is None:
        raise KeyError((widget_id, revision))
    return await trees.files_of(store, code)
