"""How long runs are kept: the site's bounds, each widget's own within them, and the purge that keeps to both."""

import time
from dataclasses import dataclass

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import first_id_at
from widget_model.outcomes import Status
from widget_site.errors import FormError
from widget_site.store import tables, widgets
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store

_R = tables.run.c
_K = tables.run_retention.c
_DAY_S = 86400.0
_HOUR_S = 3600
#: Rows that one transaction deletes: others write in between.
_BATCH = 1000


@dataclass(frozen=True)
class Retention:
    """How long and how many finished runs a widget keeps; None is the site's own bound."""

    days: float | None = None
    runs: int | None = None


async def of_widget(store: Store, slug: str, viewer: str | None) -> Retention:
    """Return what the owner of the widget chose."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, "see its settings")
        row = (await db.execute(select(_K.days, _K.runs).where(_K.widget_id == widget.id))).first()
    return Retention() if row is None else Retention(row.days, row.runs)


async def choose(store: Store, slug: str, viewer: str | None, wanted: Retention, site: Retention) -> Retention:
    """Keep runs as long and as many as wanted from the next purge on; FormError for more than the site keeps."""
    if wanted.days is not None and not 0 < wanted.days <= (site.days or 0):
        raise FormError("days", f"This site keeps runs for {site.days:g} days at most.")
    if wanted.runs is not None and not 0 < wanted.runs <= (site.runs or 0):
        raise FormError("runs", f"This site keeps {site.runs:,} runs of a widget at most.")
    values = {"days": wanted.days, "runs": wanted.runs}
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, "change its settings", lock=True)
        await db.execute(insert_unless_there(db, tables.run_retention).values(widget_id=widget.id, **values))
        await db.execute(update(tables.run_retention).where(_K.widget_id == widget.id).values(**values))
    return wanted


async def purge(store: Store, site: Retention, now: float, for_s: float) -> int:
    """Delete finished runs that are kept no longer, for up to ``for_s`` seconds; return how many.

    What is left is the next call's. A widget keeps as many as it may, and those above are found only where something
    ran since yesterday or its owner chose a number: no others can have come to have too many.
    """
    until = time.monotonic() + for_s
    gone = await _delete(store, select(_R.id).where(_R.finished_at < now - (site.days or 0) * _DAY_S), until)
    for widget_id, days, runs in await _chosen(store):
        mine = select(_R.id).where(_R.widget_id == widget_id, _R.status == Status.FINISHED)
        if days is not None:
            gone += await _delete(store, mine.where(_R.id < first_id_at(now - days * _DAY_S)), until)
        if runs is not None:
            gone += await _keep_newest(store, widget_id, runs, until)
    for widget_id in await _active(store, now):
        gone += await _keep_newest(store, widget_id, site.runs or 0, until)
    return gone


async def _keep_newest(store: Store, widget_id: str, runs: int, until: float) -> int:
    mine = select(_R.id).where(_R.widget_id == widget_id)
    async with store.database.reading() as db:
        oldest = await db.scalar(mine.order_by(_R.id.desc()).offset(runs - 1).limit(1))
    if oldest is None:
        return 0
    return await _delete(store, mine.where(_R.id < oldest, _R.status == Status.FINISHED), until)


async def _chosen(store: Store) -> list[tuple[str, float | None, int | None]]:
    async with store.database.reading() as db:
        rows = await db.execute(select(_K.widget_id, _K.days, _K.runs))
        return [(row.widget_id, row.days, row.runs) for row in rows]


async def _active(store: Store, now: float) -> list[str]:
    tally = tables.run_tally.c
    since = int((now - _DAY_S) // _HOUR_S)
    async with store.database.reading() as db:
        return list(await db.scalars(select(tally.widget_id).distinct().where(tally.hour >= since)))


async def _delete(store: Store, wanted: Select[tuple[str]], until: float) -> int:
    """Delete runs with what they said, a batch at a time."""
    total = 0
    while time.monotonic() < until:
        async with store.database.writing() as db:
            deleted = await _delete_batch(db, wanted)
        total += deleted
        if deleted < _BATCH:
            break
    return total


async def _delete_batch(db: AsyncConnection, wanted: Select[tuple[str]]) -> int:
    ids = list(await db.scalars(wanted.limit(_BATCH)))
    if ids:
        await db.execute(delete(tables.run).where(_R.id.in_(ids)))
    return len(ids)
