"""Bringing two changed copies of the same files together: what one side changed is taken, the rest is a conflict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from widget_model.files import FileContent, Files
from widget_model.line_diff import Budget, lines_of, matches

MINE_MARK, MIDDLE_MARK, THEIRS_MARK = "<<<<<<< mine\n", "=======\n", ">>>>>>> theirs\n"
_Range = tuple[int, int]


@dataclass(frozen=True)
class FileConflict:
    """A file that both sides changed where the changes meet; None: that side has no such file."""

    path: str
    mine: FileContent | None
    theirs: FileContent | None
    #: The text with both sides between marks, to be written by hand; None where a side is no text.
    marked: str | None


@dataclass(frozen=True)
class Merge:
    """What came together; a file in conflict is as ``mine`` has it until somebody chooses."""

    files: dict[str, FileContent]
    conflicts: tuple[FileConflict, ...]


def merge_files(base: Files, mine: Files, theirs: Files, budget: Budget | None = None) -> Merge:
    """Merge two sets of files that both began as ``base``."""
    merged: dict[str, FileContent] = {}
    conflicts: list[FileConflict] = []
    budget = budget or Budget()
    for path in sorted({*base, *mine, *theirs}):
        found = _merge_file(path, base.get(path), mine.get(path), theirs.get(path), budget)
        if isinstance(found, FileConflict):
            conflicts.append(found)
            found = found.mine
        if found is not None:
            merged[path] = found
    return Merge(merged, tuple(conflicts))


def settle(merge: Merge, choices: Mapping[str, FileContent | None]) -> dict[str, FileContent]:
    """Return the files with what was chosen for each conflict (None: no file); KeyError where nothing was."""
    files = dict(merge.files)
    for conflict in merge.conflicts:
        files.pop(conflict.path, None)
        chosen = choices[conflict.path]
        if chosen is not None:
            files[conflict.path] = chosen
    return files


def _merge_file(
    path: str, base: FileContent | None, mine: FileContent | None, theirs: FileContent | None, budget: Budget
) -> FileContent | FileConflict | None:
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    if not isinstance(mine, str) or not isinstance(theirs, str):
        return FileConflict(path, mine, theirs, None)
    merged, is_clean = merge_text(base if isinstance(base, str) else "", mine, theirs, budget)
    return merged if is_clean else FileConflict(path, mine, theirs, merged)


def merge_text(base: str, mine: str, theirs: str, budget: Budget | None = None) -> tuple[str, bool]:
    """Merge two changes of a text; False and both sides between marks where they meet."""
    bases, mines, others = lines_of(base), lines_of(mine), lines_of(theirs)
    made: list[str] = []
    is_clean = True
    at_base = at_mine = at_theirs = 0
    for (base_from, base_to), mine_from, theirs_from in _common(bases, mines, others, budget or Budget()):
        piece = _piece(bases[at_base:base_from], mines[at_mine:mine_from], others[at_theirs:theirs_from])
        is_clean = is_clean and piece is not None
        made += _marked(mines[at_mine:mine_from], others[at_theirs:theirs_from]) if piece is None else piece
        made += bases[base_from:base_to]
        size = base_to - base_from
        at_base, at_mine, at_theirs = base_to, mine_from + size, theirs_from + size
    return "".join(made), is_clean


def _common(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str], budget: Budget
) -> list[tuple[_Range, int, int]]:
    """Return the stretches of ``base`` that both sides kept, with where they are there; at last the empty end."""
    of_mine, of_theirs = matches(base, mine, budget), matches(base, theirs, budget)
    found: list[tuple[_Range, int, int]] = []
    i = j = 0
    while i < len(of_mine) and j < len(of_theirs):
        one, two = of_mine[i], of_theirs[j]
        start, end = max(one.a, two.a), min(one.a + one.size, two.a + two.size)
        if start < end:
            found.append(((start, end), one.b + start - one.a, two.b + start - two.a))
        if one.a + one.size <= two.a + two.size:
            i += 1
        else:
            j += 1
    return [*found, ((len(base), len(base)), len(mine), len(theirs))]


def _piece(base: list[str], mine: list[str], theirs: list[str]) -> list[str] | None:
    if mine == theirs or theirs == base:
        return mine
    return theirs if mine == base else None


def _marked(mine: list[str], theirs: list[str]) -> list[str]:
    return [MINE_MARK, *_ended(mine), MIDDLE_MARK, *_ended(theirs), THEIRS_MARK]


def _ended(lines: list[str]) -> list[str]:
    # A mark stands on a line of its own, also after a last line without an end.
    return [line if line.endswith("\n") else f"{line}\n" for line in lines]
