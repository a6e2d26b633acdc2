"""Differences as pages show them: highlighted lines in blocks, changed words marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup

from widget_model.changes import FileChange
from widget_model.diffs import FileDiff
from widget_model.files import FileContent, Files
from widget_model.line_diff import Hunk, Line
from widget_site import study
from widget_site.pages.code import anchor, token, token_lines
from widget_site.study import Words

#: What is shown of a longer line.
LINE_CHARS = 2000
#: Lines longer than this get no marks at words.
_MARKED_CHARS = 400
#: Pairs of words that are compared for one line.
_LINE_PAIRS = 20_000
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.4
_Pieces = list[tuple[str, str]]
_Ranges = list[tuple[int, int]]


@dataclass(frozen=True)
class ShownLine:
    """A line with its numbers and its text as safe HTML."""

    kind: str
    old: int | None
    new: int | None
    html: Markup
    #: What can't be seen of its end: "" or a few words.
    end: str


@dataclass(frozen=True)
class Block:
    """Lines that are equal on both sides (``old`` is ``new``), or what one side has instead of the other's."""

    is_changed: bool
    old: tuple[ShownLine, ...]
    new: tuple[ShownLine, ...]


@dataclass(frozen=True)
class ShownFile:
    """A file that differs."""

    change: FileChange
    anchor: str
    hunks: tuple[tuple[Block, ...], ...]
    is_cut: bool


async def shown_files(found: Sequence[FileDiff], old: Files, new: Files) -> list[ShownFile]:
    """Prepare differences for a page."""
    words = study.request().words
    return await study.read(lambda: [_file(diff, old, new, words) for diff in found])


def _file(diff: FileDiff, old: Files, new: Files, words: Words) -> ShownFile:
    change = diff.change
    before = _tokens(change.old_path or change.path, old) if diff.hunks else []
    after = _tokens(change.path, new) if diff.hunks else []
    hunks = tuple(tuple(_blocks(hunk, before, after, words)) for hunk in diff.hunks)
    return ShownFile(change, anchor(change.path), hunks, diff.is_cut)


def _tokens(path: str, files: Files) -> list[_Pieces]:
    content: FileContent | None = files.get(path)
    return token_lines(path, content) if isinstance(content, str) else []


def _blocks(hunk: Hunk, before: list[_Pieces], after: list[_Pieces], words: Words) -> list[Block]:
    made: list[Block] = []
    lines = list(hunk.lines)
    at = 0
    while at < len(lines):
        end = at
        is_changed = lines[at].kind != "both"
        while end < len(lines) and (lines[end].kind != "both") == is_changed:
            end += 1
        made.append(_changed(lines[at:end], before, after, words) if is_changed else _same(lines[at:end], after))
        at = end
    return made


def _same(lines: list[Line], after: list[_Pieces]) -> Block:
    shown = tuple(_line(line, after, []) for line in lines)
    return Block(False, shown, shown)


def _changed(lines: list[Line], before: list[_Pieces], after: list[_Pieces], words: Words) -> Block:
    old, new = ([line for line in lines if line.kind == kind] for kind in ("old", "new"))
    marks = [_word_marks(one.text, two.text, words) for one, two in zip(old, new, strict=False)]
    old_marks: dict[int, _Ranges] = {at: mark[0] for at, mark in enumerate(marks)}
    new_marks: dict[int, _Ranges] = {at: mark[1] for at, mark in enumerate(marks)}
    return Block(
        True,
        tuple(_line(line, before, old_marks.get(at, [])) for at, line in enumerate(old)),
        tuple(_line(line, after, new_marks.get(at, [])) for at, line in enumerate(new)),
    )


def _line(line: Line, tokens: list[_Pieces], marks: _Ranges) -> ShownLine:
    number = (line.old if line.kind == "old" else line.new) or 0
    pieces = tokens[number - 1] if 0 < number <= len(tokens) else [("", line.text.rstrip("\n"))]
    return ShownLine(line.kind, line.old, line.new, _html(pieces, marks, line.kind), _end(line))


def _end(line: Line) -> str:
    if line.kind == "both":
        return ""
    return "no line end" if not line.text.endswith("\n") else "CR" if line.text.endswith("\r\n") else ""


def _html(pieces: _Pieces, marks: _Ranges, kind: str) -> Markup:
    """Join a line's pieces; what ``marks`` names (character ranges) stands in an ins or del element."""
    made: list[Markup] = []
    element = "del" if kind == "old" else "ins"
    at = 0
    for name, text in pieces:
        text = text[: max(0, LINE_CHARS - at)]
        for start, end, is_marked in _cut(at, at + len(text), marks):
            part = token(name, text[start - at : end - at])
            made.append(Markup("<{0}>{1}</{0}>").format(element, part) if is_marked else part)
        at += len(text)
        if at >= LINE_CHARS:
            made.append(Markup("…"))
            break
    return Markup("").join(made)


def _cut(start: int, end: int, marks: _Ranges) -> list[tuple[int, int, bool]]:
    """Cut a range where marks begin and end."""
    made: list[tuple[int, int, bool]] = []
    for low, high in marks:
        low, high = max(low, start), min(high, end)
        if low < high:
            if start < low:
                made.append((start, low, False))
            made.append((low, high, True))
            start = high
    return [*made, (start, end, False)] if start < end else made


def _word_marks(old: str, new: str, words: Words) -> tuple[_Ranges, _Ranges]:
    """Return which characters of two lines that stand for one another differ; nothing where most of them do."""
    if max(len(old), len(new)) > _MARKED_CHARS:
        return [], []
    before, after = _WORD.findall(old), _WORD.findall(new)
    pairs = len(before) * len(after)
    if pairs > min(_LINE_PAIRS, words.left):
        return [], []
    words.left -= pairs
    compared = SequenceMatcher(None, before, after, autojunk=False)
    if compared.ratio() < _ALIKE:
        return [], []
    changed = [step for step in compared.get_opcodes() if step[0] != "equal"]
    return (
        [_characters(before, low, high) for _, low, high, _, _ in changed if low < high],
        [_characters(after, low, high) for _, _, _, low, high in changed if low < high],
    )


def _characters(words: list[str], low: int, high: int) -> tuple[int, int]:
    start = sum(map(len, words[:low]))
    return start, start + sum(map(len, words[low:high]))
