"""What every function of the service works with: the tables of the widget that calls, its transaction, its quota."""

from collections.abc import Callable
from typing import Any, TypeVar

from widget_site.services.native import NativeCall, NativeError
from widget_site.services.tables import cells
from widget_site.services.tables.access import Access
from widget_site.services.tables.transactions import Transactions
from widget_site.store.blobs import BlobError, blob_digest
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

    async def kept(self, call: NativeCall, table_id: int, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row of a table with its media kept, before anything names it."""
        if not any(isinstance(value, Media | LazyMedia) for value in row.values()):
            return row
        home_id = await self.home_of(call, table_id)
        return {name: await self._kept(call, home_id, value) for name, value in row.items()}

    async def home_of(self, call: NativeCall, table_id: int) -> str:
        """Return the widget that a table lives in; DataError when it is gone."""
        table = await self.read(call, lambda _, access: access.schema.table(table_id))
        return table.home_id or call.widget_id

    async def content(self, home_id: str, digest: str) -> bytes:
        """Return what a media cell of a widget's home holds; DataError when it is missing."""
        try:
            return (await self.data.media(home_id).get([digest]))[digest]
        except BlobError as error:
            raise DataError("The content of this media is missing") from error

    async def _kept(self, call: NativeCall, home_id: str, value: Any) -> Any:
        if isinstance(value, Media):
            await self.usage.require(call.widget_id, 0, len(value.content))
            await self.data.media(home_id).put([value.content])
            return cells.Kept(blob_digest(value.content), len(value.content), value.content_type, value.name)
        if isinstance(value, LazyMedia):
            if value.manager != cells.MANAGER or value.length is None:
                raise DataError("This media can't be kept as it is: make an anvil.BlobMedia of its get_bytes()")
            table_id, digest = cells.place_of(value.id)
            source_id = await self.home_of(call, table_id)
            if source_id != home_id:
                await self.data.media(home_id).put([await self.content(source_id, digest)])
            return cells.Kept(digest, value.length, value.content_type, value.name)
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
