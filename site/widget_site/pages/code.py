"""Code as lines of highlighted, escaped HTML, and tracebacks whose lines lead to it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape
from pygments import lex
from pygments.lexers.python import PythonLexer
from pygments.lexers.special import TextLexer
from pygments.token import STANDARD_TYPES

from widget_model.files import Files

#: Longer files are shown without colours: highlighting is ours to pay for, their length is not ours to choose.
MAX_HIGHLIGHTED_CHARS = 200_000
#: Of all files of a page together.
_MAX_PAGE_CHARS = 400_000
_FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')


@dataclass(frozen=True)
class CodeFile:
    """A file as a page shows it."""

    path: str
    #: Start of its lines' ids: ``<anchor>-<line number>``.
    anchor: str
    #: One piece of safe HTML a line; empty for a file that is not text.
    lines: tuple[Markup, ...]
    is_text: bool
    text: str


def anchor(path: str) -> str:
    """Return the start of a file's line ids: its name, with what an address would need to quote replaced."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", path)


def code_files(files: Files, paths: Iterable[str]) -> list[CodeFile]:
    """Prepare files of a revision in this order. It may take a second of a CPU: call it in a thread."""
    left = _MAX_PAGE_CHARS
    made = []
    for path in paths:
        content = files[path]
        size = len(content) if isinstance(content, str) and len(content) <= MAX_HIGHLIGHTED_CHARS else 0
        made.append(code_file(path, content, coloured=size <= left))
        left -= size if size <= left else 0
    return made


def code_file(path: str, content: object, *, coloured: bool = True) -> CodeFile:
    """Prepare one file of a revision; ``content`` is text or ``{"base64": …}``."""
    if not isinstance(content, str):
        return CodeFile(path, anchor(path), (), False, "")
    return CodeFile(path, anchor(path), tuple(_lines(path, content, coloured)), True, content)


def token_lines(path: str, text: str, *, coloured: bool = True) -> list[list[tuple[str, str]]]:
    """Return each line of a file as pieces: Pygments' short name of what it is ("" for plain), and the text."""
    if not coloured or len(text) > MAX_HIGHLIGHTED_CHARS:
        return [[("", line)] for line in text.removesuffix("\n").split("\n")]
    lexer = (PythonLexer if path.endswith(".py") else TextLexer)(stripnl=False, ensurenl=False)
    lines: list[list[tuple[str, str]]] = [[]]
    for kind, piece in lex(text, lexer):
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append((STANDARD_TYPES.get(kind, ""), part))
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _lines(path: str, text: str, coloured: bool) -> list[Markup]:
    lines = token_lines(path, text, coloured=coloured)
    return [Markup("").join(token(*piece) for piece in line) for line in lines]


def token(name: str, text: str) -> Markup:
    """Return a piece of a line as safe HTML."""
    if not name:
        return escape(text)
    return Markup(f'<span class="{name}">{escape(text)}</span>')  # noqa: S704  # name is Pygments', text is escaped


def linked_traceback(text: str, paths: list[str], address: str) -> Markup:
    """Return a traceback as safe HTML; each line of one of ``paths`` links to ``address#<file>-<line>``."""
    made: list[Markup] = []
    at = 0
    for found in _FRAME.finditer(text):
        path = _own_path(found[1], paths)
        if path is None:
            continue
        made.append(escape(text[at : found.start()]))
        link = Markup('<a href="{}#{}-{}">{}</a>')
        made.append(link.format(address, anchor(path), found[2], found[0]))
        at = found.end()
    made.append(escape(text[at:]))
    return Markup("").join(made)


def _own_path(name: str, paths: list[str]) -> str | None:
    if name in paths:
        return name
    inside = [path for path in paths if name.endswith(f"/{path}") and "site-packages" not in name]
    return max(inside, key=len, default=None)
