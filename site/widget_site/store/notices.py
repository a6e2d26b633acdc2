"""Tells the owner of a schedule that its runs began to fail, and that they work again: once each, as it asks for it.

In the transaction that notes it, so that none is lost and none told twice. Asks for no permission.
"""

import logging
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.outcomes import Outcome
from widget_model.schedules import ScheduleError, parse
from widget_site.store import deliveries, outbox, tables
from widget_site.store.outbox import Kind

log = logging.getLogger(__name__)

_W = tables.widget.c
_MAX_ERROR = 2000


async def tell(db: AsyncConnection, row: Row[Any], now: float, site_url: str, *, works: bool) -> None:
    """Tell as the schedule of ``row`` says; it has the columns that ``ticks.settle`` reads."""
    try:
        notify = parse(row.spec).notify
    except ScheduleError:
        log.warning("the schedule of widget %s can't be read; nobody is told of it", row.widget_id)
        return
    if not notify:
        return
    widget = (await db.execute(select(_W.owner_id, _W.slug, _W.title).where(_W.id == row.widget_id))).one()
    if "mail" in notify:
        subject, text = _words(row, widget, site_url, works)
        await outbox.put(db, Kind.RUN, subject, text, account_id=widget.owner_id)
    if "webhook" in notify:
        run = {"id": row.run_id, "outcome": row.outcome, "error": deliveries.clean((row.error or "")[:_MAX_ERROR])}
        data = {"schedule": {"due_at": row.tick_at, "attempt": row.attempt, "task": row.name}, "run": run}
        event = "schedule.recovered" if works else "schedule.failing"
        await deliveries.tell_widget(db, row.widget_id, event, now, data)


def _words(row: Row[Any], widget: Any, site_url: str, works: bool) -> tuple[str, str]:
    page = f"{site_url}/w/{widget.slug}/schedule" + (f"?task={quote(row.name)}" if row.name else "")
    task = f" of its task {row.name}" if row.name else ""
    if works:
        return f"{widget.title} works again", f"The scheduled runs of {widget.title}{task} work again.\n\n{page}\n"
    outcome = str(row.outcome or Outcome.INTERNAL_ERROR).replace("_", " ")
    error = (row.error or "").strip()[-_MAX_ERROR:]
    tries = f" after {row.attempt} retries" if row.attempt else ""
    said = f"\n\n{error}" if error else ""
    text = f"A scheduled run of {widget.title}{task} failed{tries}: {outcome}.{said}\n\n{page}\n"
    return f"{widget.title} fails", f"{text}\nYou are told again when it works, and then when it fails anew.\n"
