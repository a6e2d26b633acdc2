"""What two texts have in common, line by line. The work is bounded, whatever the texts are."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

CONTEXT = 3
#: How often what lies between two certain lines is looked through again.
_DEEPEST = 50
#: Steps that counting a line takes.
_COUNTING = 4

Kind = Literal["both", "old", "new"]


@dataclass
class Budget:
    """Steps that comparisons may take together. What lies beyond is taken for replaced; no line is ever left out."""

    left: int = 20_000_000


@dataclass(frozen=True)
class Match:
    """``size`` equal lines, from ``a`` on in one text and from ``b`` on in the other."""

    a: int
    b: int
    size: int


@dataclass(frozen=True)
class Line:
    """One line of a comparison; the numbers begin at 1, and None says that this side lacks it."""

    kind: Kind
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True)
class Hunk:
    """Changed lines that stand together, with ``CONTEXT`` equal ones around them."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[Line, ...]


def lines_of(text: str) -> list[str]:
    """Split a text into its lines, each with its end; the last one has none where the text lacks it."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def matches(a: Sequence[str], b: Sequence[str], budget: Budget | None = None) -> list[Match]:
    """Return the equal stretches of two lists of lines, in order in both, each as long as it can be."""
    found: list[Match] = []
    for match in _Comparison(a, b, budget or Budget()).walk(0, len(a), 0, len(b)):
        last = found[-1] if found else None
        if last and last.a + last.size == match.a and last.b + last.size == match.b:
            found[-1] = Match(last.a, last.b, last.size + match.size)
        else:
            found.append(match)
    return found


def counts(a: Sequence[str], b: Sequence[str], budget: Budget | None = None) -> tuple[int, int]:
    """Return how many lines only ``b`` has (added), and how many only ``a`` has (removed)."""
    same = sum(match.size for match in matches(a, b, budget))
    return len(b) - same, len(a) - same


def hunks(a: Sequence[str], b: Sequence[str], budget: Budget | None = None) -> list[Hunk]:
    """Return what differs between two lists of lines."""
    made: list[Hunk] = []
    current: list[Line] = []
    quiet = 0
    for line in _lines(a, b, budget):
        current.append(line)
        quiet = quiet + 1 if line.kind == "both" else 0
        if quiet > 2 * CONTEXT and quiet < len(current):
            made.append(_hunk(current[: CONTEXT - quiet]))
            current = current[-CONTEXT:]
            quiet = len(current)
        elif quiet == len(current) and quiet > CONTEXT:
            del current[0]
            quiet -= 1
    if quiet < len(current):
        made.append(_hunk(current[: len(current) - max(0, quiet - CONTEXT)]))
    return made


def _lines(a: Sequence[str], b: Sequence[str], budget: Budget | None) -> Iterator[Line]:
    i = j = 0
    for match in [*matches(a, b, budget), Match(len(a), len(b), 0)]:
        yield from (Line("old", at + 1, None, a[at]) for at in range(i, match.a))
        yield from (Line("new", None, at + 1, b[at]) for at in range(j, match.b))
        yield from (Line("both", match.a + k + 1, match.b + k + 1, a[match.a + k]) for k in range(match.size))
        i, j = match.a + match.size, match.b + match.size


def _hunk(lines: Sequence[Line]) -> Hunk:
    old = [line.old for line in lines if line.old is not None]
    new = [line.new for line in lines if line.new is not None]
    return Hunk(old[0] if old else 0, len(old), new[0] if new else 0, len(new), tuple(lines))


class _Comparison:
    """Finds matches of two lists, within a budget of steps."""

    def __init__(self, a: Sequence[str], b: Sequence[str], budget: Budget) -> None:
        self.a, self.b, self.budget = a, b, budget

    def walk(self, a0: int, a1: int, b0: int, b1: int, depth: int = 0) -> Iterator[Match]:
        """Yield the matches of ``a[a0:a1]`` and ``b[b0:b1]`` in order."""
        start = 0
        while a0 + start < a1 and b0 + start < b1 and self.a[a0 + start] == self.b[b0 + start]:
            start += 1
        if start:
            yield Match(a0, b0, start)
        a0, b0, end = a0 + start, b0 + start, 0
        while a1 - end > a0 and b1 - end > b0 and self.a[a1 - end - 1] == self.b[b1 - end - 1]:
            end += 1
        if a0 < a1 - end and b0 < b1 - end:
            yield from self._middle(a0, a1 - end, b0, b1 - end, depth)
        if end:
            yield Match(a1 - end, b1 - end, end)

    def _middle(self, a0: int, a1: int, b0: int, b1: int, depth: int) -> Iterator[Match]:
        # Counting costs, too: a text can be made so that each look at it finds one certain line near its beginning.
        counting = _COUNTING * (a1 - a0 + b1 - b0)
        if depth > _DEEPEST or counting > self.budget.left:
            return
        self.budget.left -= counting
        in_a, in_b = Counter(self.a[a0:a1]), Counter(self.b[b0:b1])
        pairs = sum(count * in_b[line] for line, count in in_a.items())
        cost = pairs * min(a1 - a0, b1 - b0)
        if cost <= self.budget.left:
            self.budget.left -= cost
            for match in SequenceMatcher(None, self.a[a0:a1], self.b[b0:b1], autojunk=False).get_matching_blocks():
                if match.size:
                    yield Match(a0 + match.a, b0 + match.b, match.size)
            return
        # Too much to try everything: lines that each side has once are certain, and what is between them is small.
        at_a, at_b = a0, b0
        anchors = self._anchors(a0, a1, b0, b1, in_a, in_b)
        for anchor_a, anchor_b in [*anchors, (a1, b1)] if anchors else []:
            yield from self.walk(at_a, anchor_a, at_b, anchor_b, depth + 1)
            if anchor_a < a1:
                yield Match(anchor_a, anchor_b, 1)
            at_a, at_b = anchor_a + 1, anchor_b + 1

    def _anchors(
        self, a0: int, a1: int, b0: int, b1: int, in_a: Counter[str], in_b: Counter[str]
    ) -> list[tuple[int, int]]:
        """Return the longest rising series of lines that both sides have exactly once."""
        places = {self.b[j]: j for j in range(b0, b1) if in_b[self.b[j]] == 1}
        once = [(i, places[self.a[i]]) for i in range(a0, a1) if in_a[self.a[i]] == 1 and self.a[i] in places]
        ends: list[int] = []
        tops: list[int] = []
        before: list[int | None] = []
        for at, (_, j) in enumerate(once):
            pile = bisect_left(ends, j)
            before.append(tops[pile - 1] if pile else None)
            ends[pile : pile + 1] = [j]
            tops[pile : pile + 1] = [at]
        series: list[tuple[int, int]] = []
        top = tops[-1] if tops else None
        while top is not None:
            series.append(once[top])
            top = before[top]
        return series[::-1]
