"""Raster pictures by their first bytes: what may be shown as a picture, whatever it is called."""

import struct
from dataclasses import dataclass

#: A picture of more pixels is not shown: a small file may unpack to more memory than a browser has.
MAX_PIXELS = 50_000_000


@dataclass(frozen=True)
class Picture:
    """What a browser would draw."""

    mime: str
    width: int
    height: int

    @property
    def is_reasonable(self) -> bool:
        """Whether its size in pixels is one to draw."""
        return 0 < self.width * self.height <= MAX_PIXELS


def picture_of(content: bytes) -> Picture | None:
    """Return what picture these bytes begin as; None when they are none of PNG, JPEG, GIF, WebP."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
            return Picture("image/png", *struct.unpack_from(">II", content, 16))
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return Picture("image/gif", *struct.unpack_from("<HH", content, 6))
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(content: bytes) -> Picture | None:
    """Read segment after segment up to the one that holds the size."""
    at = 2
    while True:
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, at + 5)
            return Picture("image/jpeg", width, height)
        (length,) = struct.unpack_from(">H", content, at + 2)
        if length < 2:
            return None
        at += 2 + length


def _webp(content: bytes) -> Picture | None:
    kind = content[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        wide, high = content[24:27], content[27:30]
        if len(high) < 3:
            return None
        return Picture("image/webp", int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1)
    return None
