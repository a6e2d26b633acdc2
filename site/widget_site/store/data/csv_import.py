"""CSV that comes into tables (T-86): looked through whole first, then written in one transaction, or not at all."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from widget_site.store.data import rows
from widget_site.store.data.csv_text import CsvFile
from widget_site.store.data.texts import from_text
from widget_site.store.data.values import ColumnInfo, DataError, Stored, TableInfo, linked_ids

#: Rows that are written at once, and after which progress is told.
_AT_ONCE = 1000
MOST_ERRORS = 20
#: Types that are guessed, the first that every cell of a column fits; text else.
GUESSED = ("number", "bool", "date", "datetime", "simpleObject")
#: Text that would not come back as it was: a number with zeros before it or a plus, a list that is a word.
_TEXT = re.compile(r"[+-]?0\d|\+|[.,]")
_TRUTH = frozenset({"true", "false"})

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class CellError:
    """A cell that can't be what its column holds."""

    line: int
    column: str
    value: str
    text: str

    def __str__(self) -> str:
        return f"Line {self.line}, column '{self.column}': {self.value!r} is not {self.text}"


@dataclass
class Looked:
    """What looking through a file found."""

    rows: int = 0
    size_bytes: int = 0
    #: The first of them.
    errors: list[CellError] = field(default_factory=list)
    wrong: int = 0


class CellsWrongError(DataError):
    """Cells of a file can't be in their columns; nothing was written."""

    def __init__(self, looked: Looked) -> None:
        self.errors = looked.errors
        more = looked.wrong - 1
        super().__init__(f"{looked.errors[0]}" + (f", and {more:,} more" if more else ""))


def guessed(file: CsvFile, progress: Progress) -> list[str]:
    """Return the type of each column of a file; DataError."""
    left = [list(GUESSED) for _ in file.names]
    filled = [False] * len(left)
    for count, line in enumerate(file.lines(), 1):
        for place, text in enumerate(line.cells):
            if text.strip():
                filled[place] = True
                while left[place] and not _fits(left[place][0], text.strip()):
                    del left[place][0]
        _tell(progress, "checked", count)
    return [kinds[0] if has and kinds else "string" for kinds, has in zip(left, filled, strict=True)]


def look(file: CsvFile, columns: Sequence[ColumnInfo | None], progress: Progress) -> Looked:
    """Look at every cell; ``columns`` has a column, or None, for each of the file."""
    made = Looked()
    for line in file.lines():
        made.rows += 1
        made.size_bytes += rows.ROW_BYTES + sum(map(len, line.cells))
        for name, column, text in zip(file.names, columns, line.cells, strict=True):
            error = None if column is None else _error(column, text)
            if error is not None:
                made.wrong += 1
                if len(made.errors) < MOST_ERRORS:
                    made.errors.append(CellError(line.number, name, text[:100], error))
        _tell(progress, "checked", made.rows)
    return made


def write(
    db: Connection,
    info: TableInfo,
    tables: Callable[[int], TableInfo],
    file: CsvFile,
    columns: Sequence[ColumnInfo | None],
    progress: Progress,
) -> int:
    """Add a row for each line of a file that was looked through; return how many. CellsWrongError for missing links."""
    count = 0
    for lines in _batches(file, columns):
        _require_linked(db, info, tables, lines)
        rows.add(db, info, [row for _, row in lines])
        count += len(lines)
        progress("written", count)
    return count


def _batches(file: CsvFile, columns: Sequence[ColumnInfo | None]) -> Iterator[list[tuple[int, Stored]]]:
    batch: list[tuple[int, Stored]] = []
    for line in file.lines():
        cells = zip(columns, line.cells, strict=True)
        batch.append((line.number, {one.id: _value(one, text) for one, text in cells if one is not None}))
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _require_linked(
    db: Connection, info: TableInfo, tables: Callable[[int], TableInfo], lines: Sequence[tuple[int, Stored]]
) -> None:
    for column in info.columns:
        if column.target_id is None:
            continue
        wanted = {one for _, row in lines for one in linked_ids(column, row.get(column.id))}
        missing = wanted - set(rows.by_ids(db, tables(column.target_id), sorted(wanted), []))
        for number, row in lines if missing else ():
            for one in linked_ids(column, row.get(column.id)):
                if one in missing:
                    error = CellError(number, column.name, str(one), "the id of a row that is there")
                    raise CellsWrongError(Looked(errors=[error], wrong=1))


def _value(column: ColumnInfo, text: str) -> Any:
    # An empty cell is None in a column of text, too: CSV knows no difference.
    return from_text(column.type, text) if text else None


def _error(column: ColumnInfo, text: str) -> str | None:
    try:
        _value(column, text)
    except ValueError as error:
        return str(error)
    return None


def _fits(kind: str, text: str) -> bool:
    if kind == "number" and (_TEXT.match(text) or len(text.lstrip("-")) > 15):
        return False
    if kind == "bool" and text.lower() not in _TRUTH:
        return False
    if kind == "simpleObject" and text[0] not in "[{":
        return False
    try:
        from_text(kind, text)
    except ValueError:
        return False
    return True


def _tell(progress: Progress, doing: str, count: int) -> None:
    if count % _AT_ONCE == 0:
        progress(doing, count)
