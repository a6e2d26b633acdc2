"""Rows that wait for a worker to do something outside with them: claimed for a while, tried again, over in the end.

A table that is such a queue has ``id``, ``state`` ("waiting" until it is over), ``attempts``, ``due_at`` (None when it
is over) and ``error``. A row is claimed by a conditional update of when it is due: of two workers one gets it, and what
a killed one had is due again when its lease ends. So each is done at least once.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Column, Row, Select, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.store.store import Store

WAITING, FAILED = "waiting", "failed"


class Job(Protocol):
    """A row that is claimed."""

    @property
    def id(self) -> str:
        """Which one."""

    @property
    def attempts(self) -> int:
        """How often it was tried, this time included."""


class Queue:
    """The rows of one table that wait."""

    def __init__(self, table: Table, backoff_s: Sequence[float]) -> None:
        """``backoff_s``: how long after each failed try the next one comes; after the last it has failed."""
        self._table = table
        self._backoff_s = backoff_s

    def due(self, now: float, limit: int) -> Select[Any]:
        """Return the query of what is due, the oldest first."""
        column = self._table.c
        return select(column.id, column.due_at).where(column.due_at <= now).order_by(column.due_at).limit(limit)

    async def claim(
        self, store: Store, now: float, limit: int, lease_s: float, columns: Sequence[Column[Any]]
    ) -> list[Row[Any]]:
        """Claim up to ``limit`` rows that are due, for ``lease_s``; return these columns of them."""
        async with store.database.reading() as db:
            found = (await db.execute(self.due(now, limit))).all()
        if not found:
            return []
        async with store.database.writing() as db:
            return await self.take(db, found, now + lease_s, columns)

    async def take(
        self,
        db: AsyncConnection,
        found: Sequence[Row[Any]],
        until: float,
        columns: Sequence[Column[Any]],
        **values: Any,
    ) -> list[Row[Any]]:
        """Claim those of ``found`` (``id`` and ``due_at``) that nobody else took meanwhile, and write ``values``."""
        taken = []
        for row in found:
            mine = update(self._table).where(self._table.c.id == row.id, self._table.c.due_at == row.due_at)
            mine = mine.values(due_at=until, attempts=self._table.c.attempts + 1, **values)
            if (got := (await db.execute(mine.returning(*columns))).first()) is not None:
                taken.append(got)
        return taken

    async def settle(self, db: AsyncConnection, job: Job, state: str, now: float, **values: object) -> str | None:
        """Note what came of a try, and ``values`` with it; return the state that the row is in now.

        WAITING has it tried again later, or makes it FAILED when that was the last try. None and nothing written when
        it is no longer ours: somebody else claimed it since, or ended it.
        """
        column = self._table.c
        due_at = None
        if state == WAITING and job.attempts > len(self._backoff_s):
            state = FAILED
        elif state == WAITING:
            due_at = now + self._backoff_s[job.attempts - 1]
        mine = (column.id == job.id) & (column.state == WAITING) & (column.attempts == job.attempts)
        change = update(self._table).where(mine).values(state=state, due_at=due_at, **values)
        return state if (await db.execute(change)).rowcount == 1 else None
