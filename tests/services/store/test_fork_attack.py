"""What a fork takes along of a widget that has something of everything (security.md 61), on both databases."""

from typing import Any

from sqlalchemy import Float, Integer, LargeBinary, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import JSON, Boolean
from tests.services.store.people import account, widget

from widget_site.store import tables, widgets
from widget_site.store.store import Store

#: SQL tables of which a fork has a row, and why it may.
TAKEN = {
    "revision": "the code of today, as its first revision",
    "schedule": "the times, paused",
    "users_service": "the settings; its users are rows, and stay",
    "widget_tag": "the words that it is found by",
    "widget_text": "its own words, for the search",
}
OF_A_WIDGET = [table for table in tables.metadata.sorted_tables if "widget_id" in table.c]


async def test_security_61_a_fork_has_nothing_of_a_widget_that_has_everything(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, kind="scheduled", tags=["sums"])
    async with store.database.writing() as db:
        for table in OF_A_WIDGET:
            if not await db.scalar(select(func.count()).where(table.c.widget_id == made.id)):
                await db.execute(insert(table).values(await some_row(db, table, made.id, olive.id)))

    assert await tables_with_rows(store, made.id) == {table.name for table in OF_A_WIDGET}

    fork = await widgets.fork(store, made.slug, otto)

    assert await tables_with_rows(store, fork.id) <= set(TAKEN)
    async with store.database.reading() as db:
        of_fork = select(tables.schedule.c.next_at).where(tables.schedule.c.widget_id == fork.id)
        assert list(await db.scalars(of_fork)) == [None]


async def tables_with_rows(store: Store, widget_id: str) -> set[str]:
    async with store.database.reading() as db:
        return {
            table.name
            for table in OF_A_WIDGET
            if await db.scalar(select(func.count()).where(table.c.widget_id == widget_id))
        }


async def some_row(db: AsyncConnection, table: Table, widget_id: str, account_id: str) -> dict[str, Any]:
    """Return a row of this table that the database takes."""
    values: dict[str, Any] = {}
    for column in table.c:
        if column.name == "widget_id":
            values[column.name] = widget_id
        elif column.name in ("account_id", "owner_id"):
            values[column.name] = account_id
        elif not column.nullable and column.server_default is None:
            leads_to = [key.column for key in column.foreign_keys]
            values[column.name] = await db.scalar(select(*leads_to)) if leads_to else _some(column.type)
    return values


def _some(kind: Any) -> Any:
    for type_, value in ((Boolean, True), (Integer, 1), (Float, 1.0), (LargeBinary, b"x"), (JSON, {})):
        if isinstance(kind, type_):
            return value
    return "x"
