"""Data Tables for user code (spec/anvil-protocol.md 3.3; issue 4, point 6): what ``anvil.tables`` calls.

The library works in the sandbox with rows and searches, and calls functions here with capabilities, which say what may
be done (``capabilities``) and are signed for one widget. Every function asks what its caller may (``access``): server
code, or a client, that is a browser or an uplink with a client key. ``arguments`` and ``cells`` read what user code
gives, ``table_data`` writes what it gets, ``transactions`` keeps what lies between two calls.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from widget_site.services.native import Native, NativeCall, SignerOf, native_service
from widget_site.services.offered import Fetch, Offered
from widget_site.services.registry import PREFIX, Service
from widget_site.services.tables import cells
from widget_site.services.tables.backend import Backend, as_native
from widget_site.services.tables.files import CSV_MANAGER, Files
from widget_site.services.tables.lending import LentTables
from widget_site.services.tables.reading import Reading
from widget_site.services.tables.transactions import Transactions, is_running_on
from widget_site.services.tables.writing import Writing
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.usage import Usage
from widget_site.store.data.values import DataError
from widget_wire.values import LazyMedia, Media

__all__ = ["LentTables", "Transactions", "is_running_on", "table_services"]

#: That tables work as Anvil's accelerated ones is asked for by this name.
_CONFIG = "/runtime/services/tables.yml"


def table_services(data: DataStore, transactions: Transactions, usage: Usage, signer_of: SignerOf) -> Offered:
    """Return the services, and the lazy media and configuration that they give."""
    backend = Backend(data, transactions, usage)
    reading, writing, files = Reading(backend), Writing(backend), Files(backend)
    for_clients: dict[str, Native] = {
        "tables.v2.get_app_tables": reading.get_app_tables,
        "tables.v2.get_table_by_id": reading.get_table_by_id,
        "tables.v2.table.list_columns": reading.list_columns,
        "tables.v2.table.get_view": reading.get_view,
        "tables.v2.table.search": reading.search,
        "tables.v2.table.get_row": reading.get_row,
        "tables.v2.table.get_row_by_id": reading.get_row_by_id,
        "tables.v2.table.has_row": reading.has_row,
        "tables.v2.table.to_csv": files.table_to_csv,
        "tables.v2.table.add_row": writing.add_row,
        "tables.v2.table.add_rows": writing.add_rows,
        "tables.v2.table.delete_all_rows": writing.delete_all_rows,
        "tables.v2.search.next_page": reading.next_page,
        "tables.v2.search.get_length": reading.get_length,
        "tables.v2.search.to_csv": files.search_to_csv,
        "tables.v2.search.delete_all": writing.delete_all,
        "tables.v2.row.fetch": reading.fetch,
        "tables.v2.row.can_auto_create": reading.can_auto_create,
        "tables.v2.row.update": writing.update,
        "tables.v2.row.batch_update": writing.batch_update,
        "tables.v2.row.delete": writing.delete,
        "tables.v2.row.batch_delete_2": writing.batch_delete,
    }

    async def open_transaction(call: NativeCall) -> None:
        await transactions.begin(call.source, relaxed=call.kwargs.get("isolation") == "relaxed")

    async def close_transaction(call: NativeCall) -> None:
        await transactions.close(call.source, rollback=bool(call.args and call.args[0]))

    for_servers: dict[str, Native] = {
        "tables.open_transaction": open_transaction,
        "tables.close_transaction": close_transaction,
    }
    services: dict[str, Service] = {
        **{PREFIX + name: native_service(_told(one), signer_of, for_clients=True) for name, one in for_clients.items()},
        **{PREFIX + name: native_service(_told(one), signer_of) for name, one in for_servers.items()},
    }
    lazy_media = {cells.MANAGER: _fetch(files.cell), CSV_MANAGER: _fetch(files.csv)}
    return Offered(services, lazy_media, {_CONFIG: {"enable_v2": True}})


def _fetch(fetch: Fetch) -> Fetch:
    """Return a function that fetches, whose errors of tables user code gets as Anvil's."""

    async def told(call: NativeCall, media: LazyMedia) -> Media:
        try:
            return await fetch(call, media)
        except DataError as error:
            raise as_native(error) from error

    return told


def _told(native: Native) -> Callable[[NativeCall], Awaitable[Any]]:
    """Return a function whose errors of tables user code gets as Anvil's."""

    async def told(call: NativeCall) -> Any:
        try:
            return await native(call)
        except DataError as error:
            raise as_native(error) from error

    return told
