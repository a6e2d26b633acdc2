"""The code of revisions, kept by digest: fetched once, encoded once for every child that starts from it."""

import hashlib
import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from widget_model.files import MAIN, encode_files
from widget_wire import frames, functions
from widget_wire.runs import SCRIPTS, RunRequest
from widget_wire.start import COMPILE, START, THEME

_encode = json.JSONEncoder(separators=(",", ":")).encode
#: Bytes of code kept; the oldest unused goes first.
CACHE_BYTES = 64 * 1024 * 1024
#: Imports at the start of a line, in files that are one JSON text (a line's end is the two characters ``\\n``).
_IMPORT = re.compile(rb'(?:\\n|":")(?:from|import) ([A-Za-z_][A-Za-z0-9_.]{0,60})')
_SCANNED_BYTES = 256 * 1024


@dataclass(frozen=True)
class Revision:
    """One revision's files, as ``widget_model.files.encode_files`` made them."""

    digest: str
    code: bytes
    #: Modules that its files import at the start of a line.
    imports: frozenset[str]

    @cached_property
    def app_code(self) -> bytes:
        """The files that server code of a GUI can use: those of the theme are for pages, and are often the largest."""
        if f'"{THEME}'.encode() not in self.code:
            return self.code
        files = json.loads(self.code)
        return encode_files({path: content for path, content in files.items() if not path.startswith(THEME)})

    @property
    def size_bytes(self) -> int:
        """What it takes at most here."""
        return len(self.code) if self.app_code is self.code else len(self.code) + len(self.app_code)

    def start_frame(
        self,
        request: RunRequest,
        random_hex: str,
        payload_bytes: int,
        keep: dict[str, int],
        compiled: bytes = b"",
        *,
        kept: bool = False,
    ) -> list[bytes]:
        """Return the START frame of a run in pieces; files and code are sent as they are kept, never decoded."""
        file = request.runs_file
        kind = "script" if file is not None else _called_as(request.kind)
        head = {"type": START, "kind": kind, "main": file or MAIN, "argv": list(request.args)}
        more: dict[str, Any] = {"origin": request.origin, "random": random_hex, "payload_bytes": payload_bytes}
        more |= {"keep": keep, "app": functions.app_info(request.widget_id)}
        if kept:
            more["kept"] = True
        if request.interactive:
            more["interactive"] = True
        if request.task:
            more["task"] = {"id": request.id, "given": file is not None and request.function is not None}
        if request.call is not None:
            more["call"] = request.call
        frame = self._frame(head | more, compiled)
        return frame if sum(map(len, frame)) <= frames.MAX_FRAME_BYTES else self._frame(head | more)

    def compile_frame(self, kind: str) -> list[bytes]:
        """Return the COMPILE frame for the calls of a widget of this kind."""
        return self._frame({"type": COMPILE, "kind": _called_as(kind), "main": MAIN})

    def _frame(self, message: dict[str, Any], compiled: bytes = b"") -> list[bytes]:
        """Return the frame of a message with the files, and with what they compile to, in pieces."""
        more = [b',"compiled":', compiled] if compiled else []
        files = self.app_code if message["kind"] == "gui" else self.code
        opening = _encode(message).encode()[:-1] + b',"files":'
        pieces = [opening, files, *more, b"}"]
        return [frames.TEXT + sum(map(len, pieces)).to_bytes(4, "big"), *pieces]


def _called_as(kind: str) -> str:
    """Return what a widget of this kind is for a call of it."""
    return "api" if kind in SCRIPTS else kind


def read_revision(digest: str, code: bytes) -> Revision | None:
    """Return the revision that these bytes are, or None when they are not what ``digest`` names."""
    if hashlib.sha256(code).hexdigest() != digest:
        return None
    names = {name.decode() for name in _IMPORT.findall(code[:_SCANNED_BYTES])}
    return Revision(digest, code, frozenset(names))


class CodeCache:
    """The revisions used last, up to a number of bytes."""

    def __init__(self, max_bytes: int = CACHE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._revisions: OrderedDict[str, Revision] = OrderedDict()
        self._bytes = 0

    def get(self, digest: str) -> Revision | None:
        """Return a revision that is here."""
        revision = self._revisions.get(digest)
        if revision is not None:
            self._revisions.move_to_end(digest)
        return revision

    def put(self, revision: Revision) -> None:
        """Keep a revision; others leave when there is no room."""
        if revision.digest in self._revisions:
            return
        self._revisions[revision.digest] = revision
        self._bytes += revision.size_bytes
        while self._bytes > self._max_bytes and len(self._revisions) > 1:
            _, oldest = self._revisions.popitem(last=False)
            self._bytes -= oldest.size_bytes
