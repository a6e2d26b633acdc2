"""What dispatch needs of the database, as values and one protocol; ``database.py`` keeps it with the store's tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from widget_model.files import Files
from widget_wire.runs import RunEvent, RunRecord


@dataclass(frozen=True)
class WidgetSnapshot:
    """All that a call needs of a widget, as it was at one generation (see ``widget_wire.submit``)."""

    widget_id: str
    slug: str
    kind: str
    #: public | unlisted | private
    visibility: str
    owner_id: str
    revision: int
    #: sha256 hex of the revision's files.
    code: str
    #: Digest of the environment, or None without packages.
    environment: str | None
    generation: int


@dataclass(frozen=True)
class NewRun:
    """The row of a run that its owner asked for; written before the run is handed over (decisions 8)."""

    id: str
    widget_id: str
    trigger: str
    revision: int
    args: tuple[str, ...]
    #: Unix time in seconds.
    created_at: float


@dataclass(frozen=True)
class UnfinishedRun:
    """A row that has no outcome yet."""

    id: str
    widget_id: str
    trigger: str
    revision: int
    created_at: float
    started_at: float | None


@dataclass(frozen=True)
class FinishedRun:
    """A record to keep, with its events: the record's own, or those of its live stream."""

    record: RunRecord
    events: tuple[RunEvent, ...]


class RunStore(Protocol):
    """The database, as far as dispatch is concerned."""

    async def snapshot(self, slug: str) -> WidgetSnapshot | None:
        """Read the widget with this slug; None when there is none (or it was deleted)."""

    async def files(self, widget_id: str, revision: int) -> Files:
        """Read the files of a revision."""

    async def add_run(self, run: NewRun) -> None:
        """Write the row of a run, as ``queued``; committed when this returns."""

    async def count_unfinished(self, widget_id: str) -> int:
        """Count the widget's rows without an outcome."""

    async def events(self, run_id: str, after: int, limit: int) -> list[RunEvent]:
        """Read events with ``seq`` above ``after``, in order."""

    async def is_finished(self, run_id: str) -> bool:
        """Whether the run's row has an outcome."""

    async def finish_runs(self, runs: Sequence[FinishedRun]) -> None:
        """Write records and events in one transaction; a run that has an outcome already stays as it is."""

    async def unfinished_runs(self, before: float, limit: int) -> list[UnfinishedRun]:
        """Read rows without an outcome, made before this Unix time, oldest first."""

    async def sweep(self, now: float) -> dict[str, Any]:
        """Expire sessions and what is kept for a time only; return how many of each are gone."""
