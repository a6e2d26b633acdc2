"""Installs of packages in the lists of runs: one record for each widget that waited for it."""

import hashlib

from sqlalchemy import select

from widget_model.ids import first_id_at
from widget_model.outcomes import Outcome, Trigger
from widget_site.store import packages, runs, tables
from widget_site.store.packages import READY
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import PackageSet
from widget_wire.runs import RunEvent, RunRecord

_W = tables.widget.c
#: Characters of one piece of the log.
_PIECE = 32_000


async def record(store: Store, set_id: str) -> list[tuple[str, str]]:
    """Keep how an install ended, for each widget that asks for it now; return (widget's id, run's id) of each.

    Doing it again changes nothing: the ids are made of the set, the widget and when it ended.
    """
    done = await packages.get(store, set_id)
    if done is None or done.finished_at is None:
        return []
    query = select(_W.id, _W.revision).where(_W.package_set_id == set_id)
    async with store.database.reading() as db:
        rows = (await db.execute(query)).all()
    finished = [_finished(done, row.id, row.revision, done.finished_at) for row in rows]
    await runs.finish(store, finished)
    return [(one.record.widget_id, one.record.id) for one in finished]


def _finished(done: PackageSet, widget_id: str, revision: int, at: float) -> FinishedRun:
    outcome = Outcome.OK if done.status == READY else Outcome.ERROR
    record = RunRecord(
        _id(done.id, widget_id, at),
        widget_id,
        Trigger.INSTALL,
        revision,
        outcome,
        at - done.seconds,
        at,
        error=done.message if outcome == Outcome.ERROR else "",
    )
    texts = [("stdout", done.log[start : start + _PIECE]) for start in range(0, len(done.log), _PIECE)]
    if record.error:
        texts.append(("error", record.error))
    return FinishedRun(record, tuple(RunEvent(seq, at, kind, text) for seq, (kind, text) in enumerate(texts, 1)))


def _id(set_id: str, widget_id: str, at: float) -> str:
    """Return an id of ours, made at that time, that says the same for the same install."""
    digest = hashlib.sha256(f"{set_id} {widget_id}".encode()).hexdigest()
    return first_id_at(at)[:10] + digest[:16]
