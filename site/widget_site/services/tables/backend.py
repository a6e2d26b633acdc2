"""What every function of the service works with: the tables of the widget that calls, its transaction, its quota."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from widget_site.services.native import NativeCall, NativeError
from widget_site.services.tables import cells
from widget_site.services.tables.access import Access
from widget_site.services.tables.transactions import Transactions
from widget_site.store.blobs import blob_digest
from widget_site.store.data import catalog
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.usage import Usage
from widget_site.store.data.values import (
    DataBusyError,
    DataConflictError,
    DataError,
    DataQuotaError,
    NoSuchColumnError,
)
from widget_wire.values import LazyMedia, Media

T = TypeVar("T")
_KINDS: tuple[tuple[type[DataError], str], ...] = (
    (NoSuchColumnError, "NoSuchColumnError"),
    (DataConflictError, "TransactionConflict"),
    (DataQuotaError, "QuotaExceededError"),
    (DataBusyError, "TableError"),
    (DataError, "TableError"),
)


class Backend:
    """The service's hold on tables."""

    def __init__(self, data: DataStore, transactions: Transactions, usage: Usage) -> None:
        self.data = data
        self.transactions = transactions
        self.usage = usage

    async def read(self, call: NativeCall, work: Callable[[Any, Access], T]) -> T:
        """Do work that changes nothing."""
        return await self._run(call, work, writes=False)

    async def write(self, call: NativeCall, work: Callable[[Any, Access], T], overrides: Any = None) -> T:
        """Do work that is kept, whole."""
        return await self._run(call, work, overrides, writes=True)

    async def kept(self, call: NativeCall, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return rows with their media kept, before anything names it."""
        return [{name: await self._kept(call, value) for name, value in row.items()} for row in rows]

    async def _kept(self, call: NativeCall, value: Any) -> Any:
        if isinstance(value, Media):
            await self.usage.require(call.widget_id, 0, len(value.content))
            await self.data.media(call.widget_id).put([value.content])
            return cells.Kept(blob_digest(value.content), len(value.content), value.content_type, value.name)
        if isinstance(value, LazyMedia):
            if value.manager != cells.MANAGER or value.length is None:
                raise DataError("This media can't be kept as it is: make an anvil.BlobMedia of its get_bytes()")
            return cells.Kept(cells.digest_of(value.id), value.length, value.content_type, value.name)
        return value

    async def _run(
        self, call: NativeCall, work: Callable[[Any, Access], T], overrides: Any = None, *, writes: bool
    ) -> T:
        def with_access(db: Any) -> T:
            return work(db, Access.of(call, catalog.read(db, call.widget_id), overrides))

        return await self.transactions.run(call.source, with_access, writes=writes)


def as_native(error: DataError) -> NativeError:
    """Return an error of tables as user code gets it."""
    kind = next(kind for known, kind in _KINDS if isinstance(error, known))
    return NativeError(f"anvil.tables.{kind}", str(error))
