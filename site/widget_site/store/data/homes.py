"""Where the tables of widgets are: ``Homes`` runs work on them, in transactions of its own or in one that stays open.

Both kinds promise the same. ``read`` and ``write`` are one transaction each. ``begin`` opens one that sees one moment
of the widget's tables; it is serialisable, and when another one was first with what it read or wrote, work in it or its
commit is a DataConflictError, after which only ``rollback`` is left. Waiting for another transaction of the same widget
has a deadline (DataBusyError); no widget ever waits for another one's.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from widget_site.settings import SiteSettings
from widget_site.store.data.postgres_homes import PostgresHomes
from widget_site.store.data.sqlite_homes import SqliteHomes
from widget_site.store.database import Database

T = TypeVar("T")


class OpenTransaction(Protocol):
    """A transaction that stays open between pieces of work; not for two tasks at once."""

    async def run(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        """Do work in it; what raises is undone alone. DataConflictError."""

    async def commit(self) -> None:
        """Keep what was done; DataConflictError, and then nothing is kept."""

    async def rollback(self) -> None:
        """Undo everything; never raises for a connection that is gone."""


class Homes(Protocol):
    """The tables of all widgets of a site."""

    async def read(self, widget_id: str, work: Callable[[Connection], T]) -> T:
        """Do work that changes nothing, on one moment of the widget's tables."""

    async def write(self, widget_id: str, work: Callable[[Connection], T]) -> T:
        """Do work that is kept when this returns, whole; DataBusyError."""

    async def begin(self, widget_id: str, *, relaxed: bool = False) -> OpenTransaction:
        """Open a transaction; ``relaxed`` ones only conflict where both write."""

    async def remove(self, widget_id: str) -> None:
        """Delete the tables of a widget that is gone for good, if it has any."""

    async def widgets(self) -> list[str]:
        """Return the ids of widgets that have a home."""

    async def having(self, widget_ids: Sequence[str]) -> list[str]:
        """Return those of these widgets that have a home."""

    async def close(self) -> None:
        """Close every connection."""


def open_homes(settings: SiteSettings) -> Homes:
    """Return the homes that the settings name; connections are made when first needed."""
    database = Database(settings.database_address)
    if database.is_sqlite:
        return SqliteHomes(settings.tables_folder)
    return PostgresHomes(settings.database_address)
