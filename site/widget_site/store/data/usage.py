"""How much the tables of an account hold, against what it may: rows, and bytes with the content of media (T-74).

It is measured at most every FRESH_S, from the tables themselves; in between, a process counts what it adds. So a quota
may be overrun by what other processes add in that time, and room that was made is seen after it.
"""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, select

from widget_site.store import tables
from widget_site.store.data import mounting, rows
from widget_site.store.data.homes import Homes
from widget_site.store.data.values import DataQuotaError
from widget_site.store.database import Database

FRESH_S = 30.0
_KEPT = 1000
_W = tables.widget.c


@dataclass
class _Account:
    measured_at: float
    rows: int
    size_bytes: int


class Usage:
    """What accounts hold, and the most that they may; 0 is no bound."""

    def __init__(self, database: Database, homes: Homes, *, most_rows: int, most_bytes: int) -> None:
        self._database = database
        self._homes = homes
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._accounts: dict[str, _Account] = {}
        #: Owner of a widget, as it was when its account was measured.
        self._owners: dict[str, str] = {}

    async def require(self, widget_id: str, more_rows: int, more_bytes: int) -> None:
        """Count what a widget is about to add; DataQuotaError when its account has no room for it."""
        if not self._most_rows and not self._most_bytes:
            return
        account = await self._account(widget_id)
        if self._most_rows and more_rows and account.rows + more_rows > self._most_rows:
            raise DataQuotaError(
                f"Datatables row count quota exceeded: all tables of this account hold at most {self._most_rows:,} rows"
            )
        if self._most_bytes and account.size_bytes + more_bytes > self._most_bytes:
            most = self._most_bytes // 1_000_000
            raise DataQuotaError(f"Datatable database size limit exceeded: {most:,} MB for all tables of this account")
        account.rows += more_rows
        account.size_bytes += more_bytes

    async def _account(self, widget_id: str) -> _Account:
        owner = self._owners.get(widget_id, "")
        known = self._accounts.get(owner)
        if known is not None and time.monotonic() - known.measured_at < FRESH_S:
            return known
        if len(self._owners) > _KEPT:
            self._owners.clear()
            self._accounts.clear()
        async with self._database.reading() as db:
            owner = await db.scalar(select(_W.owner_id).where(_W.id == widget_id)) or widget_id
            ids = list(await db.scalars(select(_W.id).where(_W.owner_id == owner)))
        measured = _Account(time.monotonic(), 0, 0)
        for one in await self._homes.having(ids or [widget_id]):
            count, size = await self._homes.read(one, lambda db, one=one: _sizes(db, one))  # type: ignore[misc]
            measured.rows += count
            measured.size_bytes += size
        self._owners[widget_id] = owner
        self._accounts[owner] = measured
        return measured


def _sizes(db: Connection, widget_id: str) -> tuple[int, int]:
    sizes = [rows.size(db, info) for info in mounting.own_tables(db, widget_id).values()]
    return sum(count for count, _ in sizes), sum(size for _, size in sizes)
