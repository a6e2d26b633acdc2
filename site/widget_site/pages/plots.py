"""Small pictures of what ran: bars of how runs ended, lines of how long they took. Shapes only; the template draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from widget_model.outcomes import Outcome
from widget_site.pages import times, words
from widget_site.store.tallies import Span

WIDTH, HEIGHT = 720, 120
#: Between bars.
_GAP = 2
#: Outcomes as a bar stacks them, from its foot, with the class that colours each.
_STACK = (
    (Outcome.OK, "good"),
    (Outcome.STOPPED, "muted"),
    (Outcome.TIMEOUT, "warn"),
    (Outcome.MEMORY, "warn"),
    (Outcome.OUTPUT_LIMIT, "warn"),
    (Outcome.ERROR, "bad"),
    (Outcome.CRASHED, "bad"),
    (Outcome.INTERNAL_ERROR, "bad"),
)


@dataclass(frozen=True)
class Block:
    """A part of a bar."""

    name: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Row:
    """A span as the table says it."""

    start: float
    label: str
    runs: int
    #: How they ended, in words.
    ended: str
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True)
class Plot:
    """What one page draws."""

    #: hour or day
    by: str
    blocks: tuple[Block, ...]
    #: Points of the two lines, one text for each stretch without a gap.
    p50: tuple[str, ...]
    p95: tuple[str, ...]
    most_runs: int
    most_s: float
    rows: tuple[Row, ...]
    total: int
    failed: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing ran in all that time."""
        return self.total == 0


def plot_of(spans: Sequence[Span], by: str) -> Plot:
    """Return the picture of these spans, each ``by`` long."""
    most_runs = max((span.runs for span in spans), default=0)
    most_s = max((span.p95_s or 0.0 for span in spans), default=0.0)
    total = sum(span.runs for span in spans)
    return Plot(
        by,
        tuple(block for at, span in enumerate(spans) for block in _bar(span, at, len(spans), most_runs)),
        _lines([span.p50_s for span in spans], most_s),
        _lines([span.p95_s for span in spans], most_s),
        most_runs,
        most_s,
        tuple(_row(span, by) for span in reversed(spans) if span.runs),
        total,
        total - sum(span.outcomes.get(Outcome.OK, 0) for span in spans),
    )


def _bar(span: Span, at: int, many: int, most: int) -> list[Block]:
    step = WIDTH / many
    blocks: list[Block] = []
    foot = float(HEIGHT)
    for outcome, name in _STACK:
        number = span.outcomes.get(outcome, 0)
        if number:
            # Nothing that happened is invisible beside a large number of others.
            height = max(2.0, number / most * (HEIGHT - 8))
            foot = max(0.0, foot - height)
            blocks.append(Block(name, round(at * step, 1), round(foot, 1), round(step - _GAP, 1), round(height, 1)))
    return blocks


def _lines(values: Sequence[float | None], most: float) -> tuple[str, ...]:
    step = WIDTH / max(1, len(values))
    stretches: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            stretches.append([])
            continue
        y = HEIGHT - value / most * (HEIGHT - 8)
        # Each point is a short line of its own, so that one alone is seen, too.
        stretches[-1] += [f"{at * step:.1f},{y:.1f}", f"{(at + 1) * step - _GAP:.1f},{y:.1f}"]
    return tuple(" ".join(points) for points in stretches if points)


def _row(span: Span, by: str) -> Row:
    named = [
        f"{span.outcomes[outcome]:,} {words.OUTCOMES[outcome].text}"
        for outcome, _ in _STACK
        if span.outcomes.get(outcome)
    ]
    return Row(
        span.start,
        times.day(span.start) if by == "day" else times.hour(span.start),
        span.runs,
        ", ".join(named),
        span.p50_s,
        span.p95_s,
    )
