"""Functions that look: tables, columns, views, searches, single rows."""

from typing import Any

from widget_site.services.native import NativeCall, NativeError
from widget_site.services.tables import access as accesses
from widget_site.services.tables import arguments
from widget_site.services.tables.access import Access
from widget_site.services.tables.backend import Backend
from widget_site.services.tables.capabilities import PERMS, RowHeld, SearchHeld, View, row_of, search_of, view_of
from widget_site.services.tables.table_data import TableData
from widget_site.store.data import queries, rows
from widget_site.store.data.queries import Query
from widget_site.store.data.values import DataError, NoSuchColumnError
from widget_wire.values import Capability, Portable


class Reading:
    """The functions, by their names in ``anvil.private.tables.v2``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def get_app_tables(self, call: NativeCall) -> Any:
        """Give every table by its name in Python; without a capability where the caller may not use it."""

        def work(_: Any, access: Access) -> Any:
            made = {}
            for table in access.schema.tables.values():
                view = View(table.id)
                may = access.may_use(table) or not access.as_client
                made[table.name] = [view.capability() if may else None, view.key, str(table.id)]
            return made

        return await self._backend.read(call, work)

    async def get_table_by_id(self, call: NativeCall) -> Any:
        """Give a table by its id, or by a row's."""
        [given] = call.take((str, int))
        digits = str(given)[:50].removeprefix("[").removesuffix("]").split(",")[0]

        def work(_: Any, access: Access) -> Any:
            table = access.schema.tables.get(int(digits)) if digits.isascii() and digits.isdigit() else None
            if table is None:
                return None
            view = View(table.id)
            may = access.may_use(table) or not access.as_client
            return [view.capability() if may else None, view.key, str(table.id)]

        return await self._backend.read(call, work)

    async def list_columns(self, call: NativeCall) -> Any:
        """Give the columns of a view, in the order of the editor."""
        [capability] = call.take(Capability)
        view = view_of(capability)

        def work(_: Any, access: Access) -> Any:
            access.require_search(view)
            seen = {column.id for column in access.columns(view)}
            made = []
            for column in access.table(view).columns:
                if column.id in seen:
                    said = {"id": str(column.id), "name": column.name, "type": column.type}
                    target = {} if column.target_id is None else {"table_id": str(column.target_id)}
                    made.append({**said, **target})
            return made

        return await self._backend.read(call, work)

    async def get_view(self, call: NativeCall) -> Any:
        """Give a view that is no wider than the one it is made of."""
        capability, perm, _, args, kwargs = call.take(Capability, str, object, list, dict)
        view = view_of(capability)

        def work(db: Any, access: Access) -> Any:
            access.require_search(view)
            if perm not in PERMS or perm not in access.perms(view):
                raise NativeError("anvil.server.PermissionDenied", "This view would allow more than the one it is of")
            asked = arguments.asked(access, view, args, kwargs)
            if asked.order or asked.fetch is not None or asked.page is not None:
                raise DataError("A view has conditions and q.only_cols(), no order and no pages")
            columns = access.columns(view)
            fixed = {name for name, value in kwargs.items() if arguments.is_fixed(value)}
            cols = asked.only or [column.name for column in columns if column.name not in fixed]
            is_all = view.cols is None and len(cols) == len(access.table(view).columns)
            wanted = [*view.wanted, *([asked.query] if len(asked.query) > 1 else [])]
            restrict: Query | None = ["all", *wanted] if wanted else None
            made = View(view.id, perm, None if is_all else tuple(sorted(cols)), restrict)
            # What can't be searched for is said now.
            rows.page(db, access.table(made), made.wanted, [], None, 1, [])
            return [made.capability(), made.key]

        return await self._backend.read(call, work)

    async def search(self, call: NativeCall) -> Any:
        """Give the first page of a search, and what leads to the next."""
        capability, args, kwargs = call.take(Capability, list, dict)
        view = view_of(capability)

        def work(db: Any, access: Access) -> Any:
            access.require_search(view)
            search = arguments.asked(access, view, args, kwargs).search
            return [*_page(db, access, SearchHeld(view, search, None), view.search(search))]

        return await self._backend.read(call, work)

    async def next_page(self, call: NativeCall) -> Any:
        """Give the page of a search that a capability leads to."""
        [capability] = call.take(Capability)
        held = search_of(capability)

        def work(db: Any, access: Access) -> Any:
            ids, _, following, data = _page(db, access, held, None)
            return [ids, following, data]

        return await self._backend.read(call, work)

    async def get_length(self, call: NativeCall) -> Any:
        """Count what a search finds."""
        [capability] = call.take(Capability)
        held = search_of(capability)
        return await self._backend.read(
            call, lambda db, access: rows.count(db, access.require_search(held.view), wanted_by(access, held))
        )

    async def get_row(self, call: NativeCall) -> Any:
        """Give the one row that matches; None when there is none."""
        capability, args, kwargs = call.take(Capability, list, dict)
        view = view_of(capability)

        def work(db: Any, access: Access) -> Any:
            access.require_search(view)
            asked = arguments.asked(access, view, args, kwargs)
            if asked.order or asked.page is not None:
                raise DataError("Cannot specify ordering or pagination options with get()")
            data = TableData(db, access)
            wanted = data.wanted(view, asked.fetch)
            match = [*view.wanted, asked.query]
            found = rows.page(db, access.table(view), match, [], None, 2, data.columns(view, wanted))
            if len(found.rows) > 1:
                raise DataError("More than one row matched this query")
            data.put(view, found.rows, wanted)
            return [str(found.rows[0][0]), data.content] if found.rows else None

        return await self._backend.read(call, work)

    async def get_row_by_id(self, call: NativeCall) -> Any:
        """Give a row of the view by its id; None when it is not there."""
        capability, given = call.take(Capability, object)
        view = view_of(capability)
        row_id = accesses.row_id_of(view, given)
        fetch = arguments.fetch_of(call.kwargs.get("fetch"))

        def work(db: Any, access: Access) -> Any:
            access.require_search(view)
            data = TableData(db, access)
            found = row_id is not None and _read(db, access, RowHeld(view, row_id, True), fetch, data)
            return [str(row_id), data.content] if found else None

        return await self._backend.read(call, work)

    async def has_row(self, call: NativeCall) -> Any:
        """Tell whether a row is in the view."""
        capability, given = call.take(Capability, object)
        view = view_of(capability)
        row_id = accesses.row_id_of(view, given)

        def work(db: Any, access: Access) -> Any:
            table = access.require_search(view)
            return row_id is not None and bool(rows.by_ids(db, table, [row_id], [], view.wanted))

        return await self._backend.read(call, work)

    async def fetch(self, call: NativeCall) -> Any:
        """Give a row's values as they are now."""
        capability, fetch = call.take(Capability, object)
        held = row_of(capability)
        spec = arguments.fetch_of(fetch) if isinstance(fetch, Portable) else fetch

        def work(db: Any, access: Access) -> Any:
            access.require_row(held)
            data = TableData(db, access)
            if not _read(db, access, held, spec, data):
                raise accesses.gone()
            return data.content

        return await self._backend.read(call, work)

    async def can_auto_create(self, call: NativeCall) -> Any:
        """Say yes: the library asks before it fetches a column it does not know, which tells of those that are not."""
        return True


def wanted_by(access: Access, held: SearchHeld) -> list[Query]:
    """Return the queries of a search; who narrowed a capability may have written it, so its columns are checked."""
    try:
        arguments.require_columns(access, held.view, held.search["search"])
    except (TypeError, ValueError, IndexError, RecursionError) as error:
        raise DataError("This search is not in order") from error
    return [*held.view.wanted, held.search["search"]]


def order_by(access: Access, held: SearchHeld) -> list[tuple[str, bool]]:
    """Return the order of a search, of columns that its holder sees."""
    try:
        return [(access.column(held.view, name).name, bool(up)) for name, up in held.search.get("order") or ()]
    except NoSuchColumnError as error:
        raise DataError(f"Cannot sort by a column that is not there: {error}") from error
    except (TypeError, ValueError) as error:
        raise DataError("This search is not in order") from error


def _page(db: Any, access: Access, held: SearchHeld, base: Capability | None) -> tuple[Any, ...]:
    table, chunk = access.require_search(held.view), held.search.get("chunk") or arguments.PAGE
    if not isinstance(chunk, int) or not 0 < chunk <= arguments.MAX_PAGE:
        raise DataError("This search is not in order")
    data = TableData(db, access)
    wanted = data.wanted(held.view, held.search.get("fetch"))
    columns = data.columns(held.view, wanted)
    cursor = held.cursor
    found = rows.page(db, table, wanted_by(access, held), order_by(access, held), cursor, chunk, columns)
    data.put(held.view, found.rows, wanted)
    following = None if found.cursor is None else held.view.search(held.search, found.cursor)
    return [str(row_id) for row_id, _ in found.rows], base, following, data.content


def _read(db: Any, access: Access, held: RowHeld, fetch: Any, data: TableData) -> bool:
    wanted = data.wanted(held.view, fetch)
    columns = data.columns(held.view, wanted)
    found = rows.by_ids(db, access.table(held.view), [held.id], columns, held.view.wanted)
    data.put(held.view, list(found.items()), wanted)
    return bool(found)


__all__ = ["Reading", "order_by", "queries", "wanted_by"]
