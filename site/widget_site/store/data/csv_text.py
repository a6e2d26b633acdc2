"""Tables as CSV (T-46, T-86): lines as they are written, and files as they are read. RFC 4180, UTF-8.

What is written is Anvil's: the row id first, dates and moments as ISO 8601, links as ids, media by their names. Text
that a spreadsheet takes for a formula is written as it is, for whoever reads it back; ``for_excel`` puts ' before it.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from widget_site.store.data.texts import to_text
from widget_site.store.data.values import ColumnInfo, DataError, Stored

#: What a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@")
#: Characters of one cell; columns of a file.
MAX_CELL = 4_000_000
MAX_COLUMNS = 200
_DELIMITERS = (",", ";", "\t", "|")
csv.field_size_limit(MAX_CELL)


def header(columns: Sequence[ColumnInfo]) -> str:
    """Return the first line."""
    return _line(["ID", *(column.name for column in columns)])


def line_of(columns: Sequence[ColumnInfo], row_id: int, stored: Stored, *, for_excel: bool) -> str:
    """Return the line of a row."""
    texts = [_text(column, stored.get(column.id)) for column in columns]
    return _line([str(row_id), *(f"'{text}" if for_excel and text.startswith(_FORMULA) else text for text in texts)])


def _text(column: ColumnInfo, stored: Any) -> str:
    text = to_text(column, stored)
    return text.replace("T", " ", 1) if column.type == "datetime" else text


def _line(cells: Sequence[str]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)
    return file.getvalue()


@dataclass(frozen=True)
class Line:
    """A row of a file."""

    #: Where it ends, from 1.
    number: int
    cells: list[str]


class CsvFile:
    """A CSV file that came in: UTF-8, names of columns first; commas, semicolons, tabs or | between cells."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as file:
            first = _decoded(file, lambda: file.readline(MAX_CELL))
        if not first.strip():
            raise DataError("The file is empty: its first line has the names of columns")
        self._delimiter = max(_DELIMITERS, key=lambda one: len(re.sub(r'"[^"]*"', "", first).split(one)))
        self.names = [name.strip() for name in self._first()]
        if len(self.names) > MAX_COLUMNS:
            raise DataError(f"The file has {len(self.names):,} columns; a table has at most {MAX_COLUMNS}")
        for place, name in enumerate(self.names, 1):
            if not name:
                raise DataError(f"Column {place} of the file has no name in its first line")
            if self.names.index(name) != place - 1:
                raise DataError(f"The first line of the file names the column '{name[:100]}' twice")

    def lines(self) -> Iterator[Line]:
        """Yield the lines after the first, without empty ones; DataError names the line that can't be read."""
        with self._open() as file:
            reader = csv.reader(file, delimiter=self._delimiter, strict=True)
            next(reader)
            while True:
                try:
                    cells = _decoded(file, lambda: next(reader, None), lambda: reader.line_num)
                except csv.Error as error:
                    raise DataError(f"Line {reader.line_num} is no CSV: {error}") from error
                if cells is None:
                    return
                if len(cells) > len(self.names):
                    raise DataError(
                        f"Line {reader.line_num} has {len(cells)} cells, and the first line names {len(self.names)}"
                    )
                if any(cells):
                    yield Line(reader.line_num, cells + [""] * (len(self.names) - len(cells)))

    def _first(self) -> list[str]:
        with self._open() as file:
            try:
                cells = _decoded(file, lambda: next(csv.reader(file, delimiter=self._delimiter, strict=True), []))
                return [str(one) for one in cells]
            except csv.Error as error:
                raise DataError(f"The first line is no CSV: {error}") from error

    def _open(self) -> IO[str]:
        with self._path.open("rb") as file:
            start = file.read(2)
        # Excel's "Unicode text" says so by its first bytes.
        encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
        return self._path.open(encoding=encoding, newline="")


def _decoded(_: IO[str], read: Any, line: Any = lambda: 0) -> Any:
    try:
        return read()
    except UnicodeError as error:
        raise DataError(f"After line {line()} the file is not UTF-8: save it as CSV in UTF-8") from error
