"""What differs between two sets of files: which are new, gone, changed or renamed, and by how many lines."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from widget_model.files import FileContent, Files, content_bytes
from widget_model.line_diff import Budget, counts, lines_of

ChangeKind = Literal["added", "removed", "changed", "renamed"]
#: How much of its lines a file keeps for it to be called renamed.
_ALIKE = 0.6
#: Pairs of a removed and an added file that are looked at; beyond that only equal ones count as renamed.
_PAIRS_MAX = 25
#: Files that a summary names; of the others it tells how many.
SUMMARY_MAX = 20


@dataclass(frozen=True)
class FileChange:
    """A file that differs. Lines are 0 where a side is no text; sizes are bytes, None where there is no such file."""

    path: str
    change: ChangeKind
    #: What it was called, for a renamed one.
    old_path: str | None
    is_text: bool
    added: int
    removed: int
    old_size: int | None
    new_size: int | None


@dataclass(frozen=True)
class Summary:
    """What a revision changed, as lists show it."""

    files: tuple[FileChange, ...]
    #: How many more files than those.
    more: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"files": [asdict(file) for file in self.files], "more": self.more}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "Summary":
        """Read ``as_dict``."""
        return cls(tuple(FileChange(**file) for file in value["files"]), value["more"])


def summary(old: Files, new: Files) -> Summary:
    """Return what differs, in short."""
    found = file_changes(old, new)
    return Summary(tuple(found[:SUMMARY_MAX]), max(0, len(found) - SUMMARY_MAX))


def file_changes(old: Files, new: Files, budget: Budget | None = None) -> list[FileChange]:
    """Return every file that differs, by path."""
    gone = [path for path in sorted(old) if path not in new]
    fresh = [path for path in sorted(new) if path not in old]
    renamed = dict(_renames(old, new, gone, fresh))
    moved = set(renamed.values())
    kinds: list[tuple[str, str, ChangeKind]] = [
        *((path, path, "changed") for path in new if path in old and old[path] != new[path]),
        *((path, was, "renamed") for path, was in renamed.items()),
        *((path, path, "added") for path in fresh if path not in renamed),
        *((path, path, "removed") for path in gone if path not in moved),
    ]
    budget = budget or Budget()
    return [_change(path, was, old, new, change, budget) for path, was, change in sorted(kinds)]


def _change(path: str, was: str, old: Files, new: Files, change: ChangeKind, budget: Budget) -> FileChange:
    before, after = old.get(was), new.get(path)
    is_text = not isinstance(before, dict) and not isinstance(after, dict)
    added, removed = counts(_lines(before), _lines(after), budget) if is_text else (0, 0)
    old_path = was if change == "renamed" else None
    return FileChange(path, change, old_path, is_text, added, removed, _size(was, before), _size(path, after))


def _lines(content: FileContent | None) -> list[str]:
    return lines_of(content) if isinstance(content, str) else []


def _size(path: str, content: FileContent | None) -> int | None:
    return None if content is None else len(content_bytes(path, content))


def _renames(old: Files, new: Files, gone: list[str], fresh: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (new path, old path) of files that moved: first those that stayed equal, then those that are alike."""
    gone, fresh = list(gone), list(fresh)
    for path in list(fresh):
        was = next((was for was in gone if old[was] == new[path] and old[was]), None)
        if was is not None:
            gone.remove(was)
            fresh.remove(path)
            yield path, was
    if len(gone) * len(fresh) > _PAIRS_MAX:
        return
    lines = {path: Counter(_lines(old[path])) for path in gone} | {path: Counter(_lines(new[path])) for path in fresh}
    alike = sorted(((_likeness(lines[was], lines[path]), path, was) for path in fresh for was in gone), reverse=True)
    for likeness, path, was in alike:
        if likeness >= _ALIKE and path in fresh and was in gone:
            gone.remove(was)
            fresh.remove(path)
            yield path, was


def _likeness(before: "Counter[str]", after: "Counter[str]") -> float:
    """Return which part of the larger text's lines both have; 0 for what is no text, which has none."""
    return (before & after).total() / max(before.total(), after.total(), 1)
