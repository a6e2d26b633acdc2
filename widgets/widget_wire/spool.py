"""Bytes that may be many: small ones in memory, larger ones in a file without a name."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from widget_wire.body_parts import PART_BYTES, WHOLE_BYTES
from widget_wire.media_budget import MediaBudget


class NoRoomError(Exception):
    """There is no room for more bytes; the text says whose bound it is."""


class Spool:
    """Bytes in the order in which they are written. Of more than WHOLE_BYTES nothing is in memory.

    The file has no name, so nothing is left of it whatever happens to this process. Who shares it closes it, too: the
    last one to do so forgets it.
    """

    def __init__(self, folder: Path | None = None, budgets: Sequence[MediaBudget] = ()) -> None:
        self._file = tempfile.SpooledTemporaryFile(
            max_size=WHOLE_BYTES, dir=None if folder is None else str(folder)
        )  # closed by close
        self._budgets = budgets
        self._owners = 1
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        """Add bytes; OSError when the disk takes none, NoRoomError when a budget does not."""
        for number, budget in enumerate(self._budgets):
            if not budget.take(len(piece)):
                for taken in self._budgets[:number]:
                    taken.give(len(piece))
                raise NoRoomError(budget.refusal)
        self.size_bytes += len(piece)
        self._file.seek(0, 2)
        self._file.write(piece)

    @property
    def is_whole(self) -> bool:
        """Whether it goes with its message, and is not asked for in parts."""
        return self.size_bytes <= WHOLE_BYTES

    def content(self) -> bytes:
        """Return bytes that are whole; nothing of larger ones."""
        return self.everything() if self.is_whole else b""

    def everything(self) -> bytes:
        """Return all of it, for who takes it in no other way."""
        self._file.seek(0)
        return self._file.read()

    def part(self, number: int) -> bytes:
        """Return a part of PART_BYTES; nothing for one that is beyond its end."""
        self._file.seek(number * PART_BYTES)
        return self._file.read(PART_BYTES)

    def parts(self) -> Iterator[bytes]:
        """Yield every part; others may read meanwhile."""
        number = 0
        while part := self.part(number):
            yield part
            number += 1

    def share(self) -> "Spool":
        """Return it for one more owner."""
        self._owners += 1
        return self

    def close(self) -> None:
        """Let go of it, once for each owner."""
        self._owners -= 1
        if self._owners == 0:
            self._file.close()
            for budget in self._budgets:
                budget.give(self.size_bytes)
