"""Pictures that are bytes, media of the anvil library, or text in base64."""

import base64
import binascii
from typing import Any

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def kind_of(content: bytes) -> str | None:
    """Return the MIME type of a raster picture by its first bytes; None for anything else."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def bundle_of(value: Any) -> dict[str, Any]:
    """Return the picture that a value is: bytes, or media whose content is one; {} for anything else."""
    content = value if isinstance(value, (bytes, bytearray)) else _media_bytes(value)
    if content is None:
        return {}
    content = bytes(content)
    kind = kind_of(content)
    return {} if kind is None else {kind: content, "text/plain": f"<{kind}, {len(content)} bytes>"}


def bytes_of(content: Any) -> bytes | None:
    """Return a picture's bytes, also from the base64 text that some libraries give."""
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    try:
        return base64.b64decode(content)
    except (TypeError, ValueError, binascii.Error):
        return None


def _media_bytes(value: Any) -> bytes | None:
    get_bytes, kind = getattr(value, "get_bytes", None), getattr(value, "content_type", None)
    if not callable(get_bytes) or not isinstance(kind, str) or not kind.startswith("image/"):
        return None
    try:
        content = get_bytes()
    except Exception:  # a lazy one whose source is gone
        return None
    return content if isinstance(content, bytes) else None
