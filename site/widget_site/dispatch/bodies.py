"""Bodies of requests to widgets: small ones in memory, larger ones on disk until their run asks for them."""

import tempfile
from pathlib import Path

from widget_wire.body_parts import PART_BYTES, WHOLE_BYTES


class Body:
    """One body; ``close`` forgets it. Of a larger one than WHOLE_BYTES nothing is in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        # It has no name, so that nothing is left of it whatever happens to this process.
        self._file = tempfile.SpooledTemporaryFile(
            max_size=WHOLE_BYTES, dir=None if folder is None else str(folder)
        )  # closed by close
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        """Add bytes; OSError when the disk takes none."""
        self._file.write(piece)
        self.size_bytes += len(piece)

    @property
    def is_whole(self) -> bool:
        """Whether it goes with its request, and is not asked for in parts."""
        return self.size_bytes <= WHOLE_BYTES

    def content(self) -> bytes:
        """Return a body that is whole; nothing of a larger one."""
        if not self.is_whole:
            return b""
        self._file.seek(0)
        return self._file.read()

    def everything(self) -> bytes:
        """Return all of it, for who takes it in no other way."""
        self._file.seek(0)
        return self._file.read()

    def part(self, number: int) -> bytes:
        """Return a part of it; nothing for one that is beyond its end."""
        self._file.seek(number * PART_BYTES)
        return self._file.read(PART_BYTES)

    def close(self) -> None:
        """Forget it."""
        self._file.close()
