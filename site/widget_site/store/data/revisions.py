"""Revisions of rows: what a row held when somebody read it, as a short text, so that two who edit lose nothing.

A revision names each cell that is not empty with a hash of what it holds. Whoever changes cells sends it back, and only
those cells are compared: another one of the same row may have changed since.
"""

import hashlib
from collections.abc import Iterable, Sequence

from widget_site.store.data.values import ColumnInfo, DataError, Stored

_HASH_BYTES = 5


class RowChangedError(DataError):
    """Cells of a row hold something else than its revision says."""

    def __init__(self, row_id: int, columns: Sequence[ColumnInfo]) -> None:
        self.row_id = row_id
        self.columns = [column.name for column in columns]
        super().__init__(f"Row {row_id} was changed in the meantime, in {', '.join(self.columns)}")


def revision_of(columns: Iterable[ColumnInfo], row: Stored) -> str:
    """Return the revision of a row that was read with these columns."""
    return ".".join(f"{column.id:x}-{_hash(row[column.id])}" for column in columns if row.get(column.id) is not None)


def require_unchanged(row_id: int, columns: Iterable[ColumnInfo], row: Stored, revision: str) -> None:
    """Raise RowChangedError when one of these cells of a row, as it is now, is not what the revision says."""
    read = {part.partition("-")[0]: part.partition("-")[2] for part in revision.split(".")}
    changed = [
        column
        for column in columns
        if read.get(f"{column.id:x}") != (None if row.get(column.id) is None else _hash(row[column.id]))
    ]
    if changed:
        raise RowChangedError(row_id, changed)


def _hash(value: object) -> str:
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES).hexdigest()
