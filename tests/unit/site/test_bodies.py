"""Bodies of requests are in memory while they are small, and on disk above that."""

import contextlib
from pathlib import Path

from widget_wire.body_parts import PART_BYTES, WHOLE_BYTES
from widget_wire.spool import Spool


def in_memory(body: Spool) -> bool:
    return not body._file._rolled  # type: ignore[attr-defined]  # that of the standard library


def test_a_small_body_is_whole_and_in_memory(tmp_path: Path) -> None:
    with contextlib.closing(Spool(tmp_path)) as body:
        assert body.content() == b""
        for piece in (b"a" * (WHOLE_BYTES - 1), b"b"):
            body.write(piece)

        assert (body.is_whole, in_memory(body), body.size_bytes) == (True, True, WHOLE_BYTES)
        assert body.content() == b"a" * (WHOLE_BYTES - 1) + b"b"


def test_a_large_body_is_on_disk_without_a_name_and_read_in_parts(tmp_path: Path) -> None:
    content = bytes(range(256)) * (WHOLE_BYTES // 256) + b"end"
    with contextlib.closing(Spool(tmp_path)) as body:
        body.write(content[:10])
        body.write(content[10:])

        assert (body.is_whole, in_memory(body), body.content()) == (False, False, b"")
        assert list(tmp_path.iterdir()) == []
        assert body.part(3) == content[3 * PART_BYTES : 4 * PART_BYTES]
        assert b"".join(body.part(number) for number in range(6)) == content
        assert body.part(1000) == b""
