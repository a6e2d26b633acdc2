"""What changed here and there since both were the same: pure, by the digests of files."""

from collections.abc import Mapping
from dataclasses import dataclass

Digests = Mapping[str, str]


@dataclass(frozen=True)
class Changes:
    """How one set of files differs from another."""

    modified: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.modified or self.added or self.deleted)

    @property
    def paths(self) -> list[str]:
        """Every path that differs."""
        return sorted((*self.modified, *self.added, *self.deleted))

    def lines(self) -> list[str]:
        """Return a line for each, as people know them from git."""
        marks = (("M", self.modified), ("A", self.added), ("D", self.deleted))
        return [f"  {mark} {path}" for mark, paths in marks for path in paths]


@dataclass(frozen=True)
class Merge:
    """What bringing theirs into ours means."""

    #: Paths to take from them (written, or deleted where they have none).
    take: tuple[str, ...]
    #: Paths that both changed, and not to the same.
    conflicts: tuple[str, ...]


def between(old: Digests, new: Digests) -> Changes:
    """Return how ``new`` differs from ``old``."""
    return Changes(
        tuple(sorted(path for path in old.keys() & new.keys() if old[path] != new[path])),
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
    )


def merge(base: Digests, ours: Digests, theirs: Digests) -> Merge:
    """Decide path by path: what only they changed is taken, what only we changed stays."""
    take: list[str] = []
    conflicts: list[str] = []
    for path in sorted({*base, *ours, *theirs}):
        was, here, there = base.get(path), ours.get(path), theirs.get(path)
        if here == there or there == was:
            continue
        (take if here == was else conflicts).append(path)
    return Merge(tuple(take), tuple(conflicts))
