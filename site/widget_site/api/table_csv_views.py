"""CSV into and out of Data Tables, for their owner (T-86).

Who accepts ``application/x-ndjson`` is told how far an import is, line by line; the last line is the answer or error.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from quart import Blueprint, Response, request

from widget_site.accounts.visitor import visitor
from widget_site.api import table_models, uploads
from widget_site.api.operation import Download, operation
from widget_site.api.table_views import TABLE
from widget_site.errors import BadRequestError, SiteError
from widget_site.parts import parts
from widget_site.store.data.csv_editing import CsvEditing, Imported
from widget_site.store.data.csv_import import Progress

blueprint = Blueprint("table_csv", __name__)
CSV = "text/csv"
_LINES = "application/x-ndjson"


@blueprint.post("/widgets/<slug>/tables-from-csv")
@operation(201, table_models.Imported, query=table_models.NewTableQuery, upload=CSV, errors=(404, 429))
async def import_table(slug: str, query: table_models.NewTableQuery) -> Any:
    """Make a table of a CSV file: its first line names the columns, their types are guessed."""
    editing = await _editing(slug)
    types = _texts("types", query.types)

    async def work(path: Path, progress: Progress) -> Imported:
        kinds = None if types is None else [one or "" for one in types]
        return await editing.new_table(path, query.name, kinds, is_preview=query.preview, progress=progress)

    return await _done(work)


@blueprint.post(f"{TABLE}/csv")
@operation(200, table_models.Imported, query=table_models.ImportQuery, upload=CSV, errors=(404, 429))
async def import_rows(slug: str, table: str, query: table_models.ImportQuery) -> Any:
    """Add the rows of a CSV file to a table: all of them, or none."""
    editing = await _editing(slug)
    columns = _texts("columns", query.columns)
    await editing.read(lambda db: editing.table(db, table))

    async def work(path: Path, progress: Progress) -> Imported:
        return await editing.add_to(path, table, columns, is_preview=query.preview, progress=progress)

    return await _done(work)


@blueprint.get(f"{TABLE}/csv")
@operation(200, query=table_models.ExportQuery, download=CSV, errors=(404,))
async def export_table(slug: str, table: str, query: table_models.ExportQuery) -> Download:
    """Read a table as CSV, the row ids first; it is written while it is read."""
    lines = await (await _editing(slug)).lines(table, for_excel=query.escape_for_excel)
    return Download(lines, f"{table}.csv")


async def _editing(slug: str) -> CsvEditing:
    return await CsvEditing.of(parts().store, slug, (await visitor()).id)


def _texts(name: str, text: str | None) -> list[str | None] | None:
    if text is None:
        return None
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, list) or not all(one is None or isinstance(one, str) for one in given):
        raise BadRequestError(f'{name} is a list in JSON, such as ["name", null].')
    return given


async def _done(work: Callable[[Path, Progress], Awaitable[Imported]]) -> table_models.Imported | Response:
    """Do an import with the body of the request; the answer, or lines that tell of it as it goes on."""
    async with contextlib.AsyncExitStack() as stack:
        file = await stack.enter_async_context(uploads.received())
        if request.accept_mimetypes.best != _LINES:
            return _told(await work(file.path, lambda *_: None))
        held = stack.pop_all()
    response = Response(_lines(lambda progress: work(file.path, progress), held), content_type=_LINES)
    response.headers["Cache-Control"] = "no-store"
    response.timeout = None
    return response


async def _lines(
    work: Callable[[Progress], Awaitable[Imported]], held: contextlib.AsyncExitStack
) -> AsyncIterator[bytes]:
    async with held:
        loop, told = asyncio.get_running_loop(), asyncio.Queue[dict[str, Any]]()

        def progress(doing: str, count: int) -> None:
            loop.call_soon_threadsafe(told.put_nowait, {doing: count})

        async def run() -> dict[str, Any]:
            try:
                return _told(await work(progress)).model_dump()
            except SiteError as error:
                return {"error": {**error.details, "code": error.code, "message": str(error)}}

        running = asyncio.create_task(run(), name="import of CSV")
        running.add_done_callback(lambda _: told.put_nowait({}))
        try:
            while line := await told.get():
                yield _line(line)
            yield _line(await running)
        finally:
            # Who went away gets it whole or not at all, too: a write that has begun is waited for.
            running.cancel()
            await asyncio.wait([running])


def _line(told: dict[str, Any]) -> bytes:
    return (json.dumps(told) + "\n").encode()


def _told(made: Imported) -> table_models.Imported:
    columns = [table_models.FileColumn(name=name, column=column, type=kind) for name, column, kind in made.columns]
    errors = [
        table_models.WrongCell(line=one.line, column=one.column, value=one.value, text=one.text) for one in made.errors
    ]
    return table_models.Imported(table=made.table, columns=columns, rows=made.rows, wrong=made.wrong, errors=errors)
