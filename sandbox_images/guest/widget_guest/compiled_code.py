"""What the files of a widget compile to: made once, by a process of its own, and brought to every later run by START.

Compiling costs a fresh process some 20 ms for 1,000 lines, each time again; to bring code back from its bytes costs a
sixteenth of that ([M]). Only a process that executes nothing of the widget compiles for others, so that no run can
leave anything to the next one.
"""

import base64
import marshal
import warnings
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

from widget_guest import app_package, tracebacks
from widget_guest.files import content_bytes
from widget_guest.link import Link
from widget_wire.start import COMPILED, COMPILED_BYTES

#: Source that is compiled in all, and of one file: for each byte the compiler may take 460 of memory ([M]).
_SOURCE_BYTES = 512 * 1024
_FILE_BYTES = 256 * 1024


def answer(link: Link, asked: dict[str, Any]) -> None:
    """Compile what COMPILE asks for, and send it."""
    files, main = asked["files"], asked["main"]
    roots = app_package.server_files(files) if asked["kind"] == "gui" else [main] if main in files else []
    found, left_bytes = {}, COMPILED_BYTES
    for path, data in _codes(roots, main, files):
        if len(data) <= left_bytes:
            left_bytes -= len(data)
            found[path] = base64.b64encode(data).decode()
    link.send({"type": COMPILED, "code": found})


def _codes(roots: list[str], main: str, files: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Compile these files and what they seem to import, in turn.

    Left out is what fails or warns, which every run is to say of itself, and what is too much.
    """
    left_bytes = _SOURCE_BYTES
    modules = {path: _module_name(path) for path in files if path.endswith(".py")}
    waiting = list(roots)
    for path in waiting:
        modules.pop(path, None)
    while waiting:
        path = waiting.pop(0)
        source = content_bytes(files[path])
        if len(source) > min(_FILE_BYTES, left_bytes):
            continue
        left_bytes -= len(source)
        # As tracebacks name it.
        data, names = _compiled(source, main if path == main else f"{tracebacks.WORK}/{path}")
        if data:
            yield path, data
        wanted = [other for other, name in modules.items() if name in names]
        for other in wanted:
            del modules[other]
        waiting += wanted


def _module_name(path: str) -> str:
    """Return the last part of a module's name."""
    parts = path.removesuffix(".py").split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]


def _names(code: CodeType) -> Iterator[str]:
    """Return every part of every name in the code, those of imports among them."""
    for name in code.co_names:
        yield from name.split(".")
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _names(value)


def _compiled(source: bytes, name: str) -> tuple[bytes, set[str]]:
    """Return the bytes of a file's code, none where compiling it fails or warns, and every name in it."""
    try:
        with warnings.catch_warnings(record=True) as said:
            code: CodeType = compile(source, name, "exec", dont_inherit=True)
        return b"" if said else marshal.dumps(code), set(_names(code))
    except Exception:  # SyntaxError, or what a nesting too deep raises
        return b"", set()


class CompiledCode:
    """The code that came with a widget's files."""

    def __init__(self, files: Mapping[str, Any], code: Mapping[str, str]) -> None:
        self._files = files
        self._code = code

    def __len__(self) -> int:
        return len(self._code)

    def __contains__(self, path: object) -> bool:
        return path in self._code

    def of(self, path: str, source: bytes) -> CodeType | None:
        """Return the code of a file that is still ``source``, as the widget has it; None when it is to be compiled."""
        code = self._code.get(path)
        if code is None or content_bytes(self._files[path]) != source:
            return None
        found: CodeType = marshal.loads(base64.b64decode(code))  # noqa: S302 - as trusted as the widget's own files
        return found
