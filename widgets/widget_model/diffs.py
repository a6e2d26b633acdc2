"""Differences of two sets of files as people read them: hunks for each file, and no more of them than fit."""

from collections.abc import Iterator
from dataclasses import dataclass

from widget_model.changes import FileChange, file_changes
from widget_model.files import FileContent, Files
from widget_model.line_diff import Budget, Hunk, hunks, lines_of

#: Lines of a whole comparison, and of one file that is asked for alone.
LINES_MAX = 2000
FILE_LINES_MAX = 20_000


@dataclass(frozen=True)
class FileDiff:
    """A file that differs, and where; no hunks for what is no text."""

    change: FileChange
    hunks: tuple[Hunk, ...]
    #: Whether hunks were left out because there are too many.
    is_cut: bool


def file_diffs(old: Files, new: Files, path: str | None = None, budget: Budget | None = None) -> list[FileDiff]:
    """Return what differs, of ``path`` alone if given.

    Files whose hunks would make the whole longer than ``LINES_MAX`` come without; asked for alone, one has up to
    ``FILE_LINES_MAX`` lines.
    """
    left = LINES_MAX if path is None else FILE_LINES_MAX
    made = []
    budget = budget or Budget()
    for change in file_changes(old, new, budget):
        if path is not None and change.path != path:
            continue
        found = _hunks(change, old, new, budget)
        fitting = tuple(_fitting(found, left)) if path is not None else tuple(found)
        if sum(len(hunk.lines) for hunk in fitting) > left:
            fitting = ()
        left -= sum(len(hunk.lines) for hunk in fitting)
        made.append(FileDiff(change, fitting, len(fitting) < len(found)))
    return made


def _fitting(found: list[Hunk], most: int) -> Iterator[Hunk]:
    for hunk in found:
        most -= len(hunk.lines)
        if most < 0:
            return
        yield hunk


def _hunks(change: FileChange, old: Files, new: Files, budget: Budget) -> list[Hunk]:
    if not change.is_text:
        return []
    return hunks(_lines(old.get(change.old_path or change.path)), _lines(new.get(change.path)), budget)


def _lines(content: FileContent | None) -> list[str]:
    return lines_of(content) if isinstance(content, str) else []
