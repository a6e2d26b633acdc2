"""What the files of a widget compile to: made once, by a process of its own, and brought to every later run by START.

Compiling costs a run some 5 ms for 1,000 lines, each time again; to bring code back from its bytes costs a fiftieth of
that ([M]). Only a process that executes nothing of the widget compiles for others, so that no run can leave anything to
the next one.
"""

import base64
import marshal
import warnings
from collections.abc import Mapping
from types import CodeType
from typing import Any

from widget_guest import app_package, tracebacks
from widget_guest.files import content_bytes
from widget_guest.link import Link
from widget_wire.start import COMPILED, COMPILED_BYTES


def answer(link: Link, asked: dict[str, Any]) -> None:
    """Compile what COMPILE asks for, and send it."""
    files, found, left_bytes = asked["files"], {}, COMPILED_BYTES
    for path, name in _names(asked["kind"], asked["main"], files).items():
        code = _compiled(content_bytes(files[path]), name)
        if code is not None and len(code) <= left_bytes:
            left_bytes -= len(code)
            found[path] = base64.b64encode(code).decode()
    link.send({"type": COMPILED, "code": found})


def _names(kind: str, main: str, files: dict[str, Any]) -> dict[str, str]:
    """Return the files that every call executes, and what tracebacks call them."""
    if kind == "gui":
        return {path: f"{tracebacks.WORK}/{path}" for path in app_package.server_files(files)}
    return {main: main} if main in files else {}


def _compiled(source: bytes, name: str) -> bytes | None:
    """Return the bytes of a file's code; None when it fails or warns, which every run is to say of itself."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            code = compile(source, name, "exec", dont_inherit=True)
        except Exception:  # SyntaxError, or what a nesting too deep raises
            return None
    return None if said else marshal.dumps(code)


class CompiledCode:
    """The code that came with a widget's files."""

    def __init__(self, files: Mapping[str, Any], code: Mapping[str, str]) -> None:
        self._files = files
        self._code = code

    def of(self, path: str, source: bytes) -> CodeType | None:
        """Return the code of a file that is still ``source``, as the widget has it; None when it is to be compiled."""
        code = self._code.get(path)
        if code is None or content_bytes(self._files[path]) != source:
            return None
        found: CodeType = marshal.loads(base64.b64decode(code))  # noqa: S302 - as trusted as the widget's own files
        return found
