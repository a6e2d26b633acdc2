"""Data Tables from the page: as far as the widget's settings let client code read and write them (H-01 to H-62).

The classes of tables, rows and searches are those of the anvil library (MIT), which is built in beside this file
(engines/uplink_library.mjs); the server checks each of their calls.
"""

import anvil.server
from anvil.tables._base_classes import Row, SearchIterator, Table
from anvil.tables._errors import (
    NoSuchColumnError,
    QuotaExceededError,
    RowDeleted,
    TableError,
    TransactionConflict,
)
from anvil.tables._order import order_by
from anvil.tables.query import fetch_only
from anvil.tables.v2 import _app_tables, app_tables, get_table_by_id
from anvil.tables.v2._batcher import batch, batch_delete, batch_update

anvil.server._on_invalidate_client_objects(_app_tables._clear_cache)


class Transaction:
    """Refuse: transactions are a thing of server code."""

    def __init__(self, relaxed=False):
        raise RuntimeError("Transactions are for server code: write a server function that does it.")


def in_transaction(function=None, relaxed=None):
    """Refuse: transactions are a thing of server code."""
    raise RuntimeError("Transactions are for server code: write a server function that does it.")
