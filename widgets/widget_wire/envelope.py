"""One message of a Redis list or stream: a JSON header and a body of bytes that is not re-encoded."""

import json
import struct
from typing import Any

_LENGTH = struct.Struct("!I")
#: json.dumps would make an encoder for every message.
_encode = json.JSONEncoder(separators=(",", ":")).encode


class EnvelopeError(ValueError):
    """The bytes are not an envelope."""


def seal(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Return header and body as one byte string."""
    head = _encode(header).encode()
    return _LENGTH.pack(len(head)) + head + body


def unseal(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header and the body of a sealed message; EnvelopeError when it is none."""
    if len(data) < _LENGTH.size:
        raise EnvelopeError("an envelope has at least four bytes")
    (length,) = _LENGTH.unpack_from(data)
    end = _LENGTH.size + length
    if end > len(data):
        raise EnvelopeError(f"an envelope announces {length} bytes of header and holds {len(data) - _LENGTH.size}")
    try:
        header = json.loads(data[_LENGTH.size : end].decode())
    except ValueError as error:
        raise EnvelopeError("the header is not JSON") from error
    if not isinstance(header, dict):
        raise EnvelopeError("the header is not a JSON object")
    return header, data[end:]
