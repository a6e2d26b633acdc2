"""Tables as another service uses them: in the transaction of whoever calls, with rows that ``anvil.tables`` takes."""

from collections.abc import Callable
from typing import Any, TypeVar

from widget_site.services.native import NativeCall
from widget_site.services.tables import arguments
from widget_site.services.tables.access import Access
from widget_site.services.tables.backend import as_native
from widget_site.services.tables.capabilities import View, row_of
from widget_site.services.tables.table_data import TableData
from widget_site.services.tables.transactions import Transactions
from widget_site.store.data import catalog, rows
from widget_site.store.data.usage import Usage
from widget_site.store.data.values import DataError
from widget_wire.runs import ServiceCall

T = TypeVar("T")


class LentTables:
    """The tables of the widget that calls. What can't be done raises a NativeError, as the tables' own functions do."""

    def __init__(self, transactions: Transactions, usage: Usage) -> None:
        self._transactions = transactions
        self._usage = usage

    async def read(self, call: ServiceCall, work: Callable[[Any], T]) -> T:
        """Do work that changes nothing."""
        return await self._run(call, work, writes=False)

    async def write(self, call: ServiceCall, work: Callable[[Any], T]) -> T:
        """Do work that is kept, whole."""
        return await self._run(call, work, writes=True)

    async def require_room(self, call: ServiceCall) -> None:
        """Count a row that is about to be added."""
        try:
            await self._usage.require(call.widget_id, 1, rows.ROW_BYTES)
        except DataError as error:
            raise as_native(error) from error

    async def row(self, call: NativeCall, table_id: int, row_id: int, fetch: Any) -> list[Any] | None:
        """Return a row as the library makes a Row of it; None when it is gone.

        The caller may read it, a client too, and change it as far as the table allows.
        """

        def work(db: Any) -> list[Any] | None:
            access, view = Access.of(call, catalog.read(db, call.widget_id)), View(table_id)
            data = TableData(db, access)
            wanted = data.wanted(view, arguments.fetch_of(fetch))
            found = rows.by_ids(db, access.table(view), [row_id], data.columns(view, wanted))
            if not found:
                return None
            data.put(view, list(found.items()), wanted)
            return [view.key, str(table_id), str(row_id), data.content]

        return await self.read(call.source, work)

    def held(self, value: Any) -> tuple[int, int]:
        """Return table and row id of a row in the arguments; NativeError for anything else."""
        row = row_of(value)
        return row.view.id, row.id

    async def _run(self, call: ServiceCall, work: Callable[[Any], T], *, writes: bool) -> T:
        try:
            return await self._transactions.run(call, work, writes=writes)
        except DataError as error:
            raise as_native(error) from error
