"""Functions that write rows. A call is kept whole or not at all."""

from collections.abc import Sequence
from typing import Any

from widget_site.services.native import NativeCall
from widget_site.services.tables import access as accesses
from widget_site.services.tables import cells
from widget_site.services.tables.access import Access
from widget_site.services.tables.backend import Backend
from widget_site.services.tables.capabilities import View, row_of, search_of, view_of
from widget_site.services.tables.reading import wanted_by
from widget_site.services.tables.table_data import TableData
from widget_site.store.data import catalog, queries, rows
from widget_site.store.data.queries import Query
from widget_site.store.data.values import DataError, NoSuchColumnError, Stored, TableInfo
from widget_wire.values import Capability

#: Rows in one call.
MAX_ROWS = 10_000


class Writing:
    """The functions, by their names in ``anvil.private.tables.v2``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def add_row(self, call: NativeCall) -> Any:
        """Add a row."""
        capability, given, overrides, trusted = _padded(call, 4)
        view = view_of(capability)
        values, own = await self._kept(call, [(view, _values(given)), (view, _values(trusted or {}))])

        def work(db: Any, access: Access) -> Any:
            access.require_write(view)
            made = _Writing(db, call, access, view)
            stored = made.stored(values)
            if trusted:
                stored |= _Writing(db, call, Access.of(call, access.schema), view).stored(own)
            [row_id] = made.add([stored])
            return [str(row_id), view.row(row_id), made.spec()]

        await self._require(call, 1, [values, own])
        return await self._backend.write(call, work, overrides)

    async def add_rows(self, call: NativeCall) -> Any:
        """Add many rows in one go."""
        capability, given = call.take(Capability, list)
        view = view_of(capability)
        if len(given) > MAX_ROWS:
            raise DataError(f"add_rows() takes at most {MAX_ROWS:,} rows at once")
        values = await self._kept(call, [(view, _values(one)) for one in given])

        def work(db: Any, access: Access) -> Any:
            access.require_write(view)
            made = _Writing(db, call, access, view)
            ids = made.add([made.stored(one) for one in values])
            return [[[str(row_id), view.row(row_id)] for row_id in ids], made.spec()]

        await self._require(call, len(values), values)
        return await self._backend.write(call, work)

    async def update(self, call: NativeCall) -> Any:
        """Set cells of a row."""
        capability, given, overrides = _padded(call, 3)
        [spec] = await self._update(call, [[capability, given, overrides]])
        return spec

    async def batch_update(self, call: NativeCall) -> Any:
        """Set cells of many rows."""
        [items] = call.take(list)
        return await self._update(call, items)

    async def delete(self, call: NativeCall) -> None:
        """Delete a row."""
        capability, overrides = _padded(call, 2)
        await self._delete(call, [[capability, overrides]])

    async def batch_delete(self, call: NativeCall) -> None:
        """Delete many rows."""
        [items] = call.take(list)
        await self._delete(call, items)

    async def delete_all(self, call: NativeCall) -> None:
        """Delete what a search finds."""
        [capability] = call.take(Capability)
        held = search_of(capability)

        def work(db: Any, access: Access) -> None:
            rows.remove(db, access.require_write(held.view), wanted_by(access, held))

        await self._backend.write(call, work)

    async def delete_all_rows(self, call: NativeCall) -> None:
        """Empty a table."""
        [capability] = call.take(Capability)
        view = view_of(capability)
        if view != View(view.id):
            raise DataError("Cannot call delete_all_rows() on a view")
        await self._backend.write(call, lambda db, access: rows.remove(db, access.require_write(view), []))

    async def _update(self, call: NativeCall, items: list[Any]) -> list[Any]:
        asked = [(row_of(one[0]), _values(one[1]), one[2]) for one in items if _is_item(one, 3)]
        values = await self._kept(call, [(held.view, given) for held, given, _ in asked])

        def work(db: Any, access: Access) -> list[Any]:
            specs = []
            for (held, _, overrides), given in zip(asked, values, strict=True):
                for_item = Access.of(call, catalog.read(db, call.widget_id), overrides)
                for_item.require_write(held.view)
                made = _Writing(db, call, for_item, held.view)
                made.change(held.id, made.stored(given))
                specs.append(made.spec())
            return specs

        await self._require(call, 0, values)
        return await self._backend.write(call, work)

    async def _delete(self, call: NativeCall, items: list[Any]) -> None:
        asked = [(row_of(one[0]), one[1]) for one in items if _is_item(one, 2)]

        def work(db: Any, access: Access) -> None:
            for held, overrides in asked:
                for_item = Access.of(call, access.schema, overrides)
                table = for_item.require_write(held.view)
                if not rows.by_ids(db, table, [held.id], [], held.view.wanted):
                    raise accesses.gone()
                rows.remove_ids(db, table, [held.id])

        await self._backend.write(call, work)

    async def _kept(self, call: NativeCall, given: list[tuple[View, dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return rows, each of a view, with their media kept; NativeError for a client that may not write there."""
        if not call.is_trusted:
            views = list({view.key: view for view, _ in given}.values())
            # Before a client's media are kept.
            await self._backend.read(call, lambda _, access: [access.require_write(view) for view in views])
        return [await self._backend.kept(call, view.id, row) for view, row in given]

    async def _require(self, call: NativeCall, count: int, given: Sequence[dict[str, Any]]) -> None:
        size = sum(len(value) if isinstance(value, str) else 8 for one in given for value in one.values())
        await self._backend.usage.require(call.widget_id, count, size + count * rows.ROW_BYTES)


class _Writing:
    """Writes to one view in the transaction of a call."""

    def __init__(self, db: Any, call: NativeCall, access: Access, view: View) -> None:
        self._db = db
        self._call = call
        self._access = access
        self._view = view

    @property
    def _table(self) -> TableInfo:
        return self._access.table(self._view)

    def stored(self, values: dict[str, Any]) -> Stored:
        """Return values by column, as they are kept; makes columns where code may."""
        made: Stored = {}
        for name, value in values.items():
            try:
                column = self._access.column(self._view, name)
            except NoSuchColumnError as error:
                column = self._new_column(name, value, error)
            made[column.id] = cells.to_stored(column, value)
        return made

    def add(self, given: list[Stored]) -> list[int]:
        """Add rows, with what the view fixes."""
        fixed = self._fixed()
        ids = rows.add(self._db, self._table, [{**fixed, **one} for one in given])
        self._check(ids)
        return ids

    def change(self, row_id: int, values: Stored) -> None:
        """Set cells of a row that is in the view and stays in it."""
        if not rows.by_ids(self._db, self._table, [row_id], [], self._view.wanted):
            raise accesses.gone()
        rows.change(self._db, self._table, row_id, values)
        self._check([row_id])

    def spec(self) -> dict[str, Any]:
        """Return the spec of the view, of which nothing is loaded."""
        return TableData(self._db, self._access).spec(self._view, {})

    def _check(self, ids: list[int]) -> None:
        if self._view.restrict is None:
            return
        if len(rows.by_ids(self._db, self._table, ids, [], self._view.wanted)) != len(ids):
            raise DataError("Data does not match view constraints")

    def _fixed(self) -> Stored:
        if self._view.restrict is None or self._view.cols is None:
            return {}
        made: Stored = {}
        for kind, name, *value in _terms(self._view.restrict):
            column = self._table.column(name)
            if name not in self._view.cols and kind in ("is", "contains"):
                made[column.id] = queries.read_back(column, value[0]) if kind == "is" else value[0]
        return made

    def _new_column(self, name: str, value: Any, error: NoSuchColumnError) -> Any:
        may = self._call.is_trusted and not self._access.as_client and self._view == View(self._view.id)
        if any(column.name == name for column in self._table.columns) or not may:
            raise error
        if not self._access.schema.auto_create:
            raise NoSuchColumnError(
                f"Column '{str(name)[:100]}' of table '{self._table.name}' does not exist and automatic column "
                "creation is disabled."
            )
        kind = cells.kind_of(value)
        if kind is None:
            raise NoSuchColumnError(
                f"Column '{str(name)[:100]}' does not exist, and {value!r:.50} tells no type for it."
            )
        made = catalog.add_column(self._db, self._call.widget_id, self._view.id, name, kind[0], target_id=kind[1])
        schema = catalog.read(self._db, self._call.widget_id)
        self._access = Access(schema, self._access.as_client, self._access.hides)
        return made


def _terms(query: Query) -> list[Query]:
    """Return what holds for each row of a view, one by one."""
    if query[0] == "all":
        return [term for part in query[1:] for term in _terms(part)]
    return [query] if query[0] in ("is", "contains") else []


def _values(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise DataError("A row is given as a dict of column names and values")
    return given


def _is_item(item: Any, length: int) -> bool:
    if not isinstance(item, list) or len(item) != length:
        raise DataError("This batch is not in order")
    return True


def _padded(call: NativeCall, most: int) -> list[Any]:
    """Return the arguments, with None for those at the end that were left out."""
    if not 1 <= len(call.args) <= most:
        raise DataError(f"{call.name}() takes at most {most} arguments")
    return [*call.args, *[None] * (most - len(call.args))]
