"""Background tasks: runs with a name, and what is kept of their end. Asks for no permission; a widget sees its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.outcomes import Outcome, Status
from widget_site.store import tables
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store
from widget_wire.runs import ON_UPLINK, RunRecord

_R = tables.run.c
_E = tables.task_end.c
#: The condition of the index of tasks.
_IS_TASK = _R.task.is_not(None)
#: So many tasks of a widget are listed, newest first.
MOST_LISTED = 1000
_TERMINATIONS = {Outcome.OK: "completed", Outcome.STOPPED: "killed", Outcome.INTERNAL_ERROR: "missing"}


@dataclass(frozen=True)
class Task:
    """A background task of a widget."""

    id: str
    name: str
    status: str
    outcome: str | None
    error: str
    created_at: float
    started_at: float | None
    finished_at: float | None
    #: What a script returned, as JSON.
    returned: Any = None
    #: What its record says of who ran it.
    request: dict[str, Any] | None = None

    @property
    def termination(self) -> str | None:
        """How it ended, as ``get_termination_status`` says it (B-07); None while it waits or runs."""
        if self.status != Status.FINISHED:
            return None
        if self.outcome == Outcome.CRASHED and (self.request or {}).get(ON_UPLINK):
            return "missing"  # the program went away, and nobody knows how far it came
        return _TERMINATIONS.get(Outcome(self.outcome or Outcome.INTERNAL_ERROR), "failed")


async def get(store: Store, widget_id: str, task_id: str) -> Task | None:
    """Return a task of the widget; None when it has none of this id."""
    query = _select().where(_R.id == task_id, _R.widget_id == widget_id, _IS_TASK)
    async with store.database.reading() as db:
        row = (await db.execute(query)).first()
    return None if row is None else Task(**row._mapping)


async def listed(store: Store, widget_id: str, limit: int = MOST_LISTED) -> list[Task]:
    """Return the widget's newest tasks, newest first."""
    query = _select().where(_R.widget_id == widget_id, _IS_TASK).order_by(_R.id.desc()).limit(limit)
    async with store.database.reading() as db:
        return [Task(**row._mapping) for row in await db.execute(query)]


async def end_of(store: Store, task_id: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return what a finished task answered and its last state, as messages; None for what is not known."""
    async with store.database.reading() as db:
        row = (await db.execute(select(_E.answer, _E.state).where(_E.run_id == task_id))).first()
    if row is None:
        return None, None
    return tuple(None if text is None else json.loads(text) for text in row)  # type: ignore[return-value]  # two


async def keep(db: AsyncConnection, records: Sequence[RunRecord]) -> None:
    """Keep the ends of the tasks among these records, whose rows are there."""
    ends = [_row(record) for record in records if record.task is not None]
    if ends:
        await db.execute(insert_unless_there(db, tables.task_end), ends)


def _row(record: RunRecord) -> dict[str, Any]:
    told = record.task or {}
    texts = {name: None if told.get(name) is None else json.dumps(told[name]) for name in ("answer", "state")}
    return {"run_id": record.id, **texts}


def _select() -> Any:
    names = ("id", "status", "outcome", "error", "created_at", "started_at", "finished_at", "returned", "request")
    return select(*(_R[name] for name in names), _R.task.label("name"))
