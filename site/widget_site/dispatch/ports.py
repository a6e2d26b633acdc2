"""What dispatch needs of the database, as one protocol; ``database.py`` keeps it with the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from widget_model.files import Files
from widget_model.forms.call import Call
from widget_site.store.runs import FinishedRun
from widget_site.store.values import Run, WidgetSnapshot
from widget_wire.runs import RunEvent, RunRequest


@dataclass(frozen=True)
class Given:
    """What a script's run is given by who starts it."""

    #: What follows its name in ``sys.argv``.
    args: tuple[str | int | float, ...] = ()
    #: The call of its main function, with the values that were typed into its form.
    call: Call | None = None
    #: Whether somebody answers what it asks.
    interactive: bool = False

    @property
    def form_values(self) -> dict[str, Any] | None:
        """The values by parameter, as the row of the run keeps them."""
        return None if self.call is None else {name: value for name, _, value in self.call.arguments}


@dataclass(frozen=True)
class NewRun:
    """The row of a run that its owner asked for, or user code launched; written before it goes out (decisions 8)."""

    id: str
    widget_id: str
    trigger: str
    revision: int
    given: Given
    #: Unix time in seconds.
    created_at: float
    #: Its name, when it is a background task (``widget_wire.background``).
    task: str = ""
    #: For one that user code launched: the call (``RunRequest.function``) and the media of its arguments.
    function: dict[str, Any] | None = None
    media: bytes = b""


class TaskUplinks(Protocol):
    """The connected uplinks, as far as background tasks are concerned."""

    def has(self, widget_id: str, name: str) -> bool:
        """Whether a connected uplink answers this name."""

    async def launch(self, request: RunRequest) -> bool:
        """Run a background task, whose row is written, on an uplink that has it; False when none takes it."""

    async def task_state(self, run_id: str) -> dict[str, Any] | None:
        """Return the state of a task that runs on an uplink, as an answer's message; None when it can't be had."""

    async def refuse_to_kill(self, run_id: str) -> bool:
        """Whether a run is a task on an uplink, which nobody can kill."""


class RunStore(Protocol):
    """The database, as far as dispatch is concerned; UnavailableError when it does not answer."""

    async def snapshot(self, slug: str) -> WidgetSnapshot | None:
        """Read the widget that has this slug, or had it; None when there is none (or it was deleted)."""

    async def files(self, widget_id: str, revision: int) -> Files:
        """Read the files of a revision."""

    async def run_files(self, snapshot: WidgetSnapshot) -> Files:
        """Read the files that a widget's runs get (``WidgetSnapshot.run_code``)."""

    async def about(self, widget_id: str) -> tuple[str, str]:
        """Read a widget's title and description."""

    async def add_run(self, run: NewRun) -> None:
        """Write the row of a run, as ``queued``; committed when this returns."""

    async def count_unfinished(self, owner_id: str) -> int:
        """Count the rows without an outcome of all widgets of an account."""

    async def count_tasks(self, owner_id: str) -> int:
        """Count those among them that user code launched as background tasks."""

    async def is_finished(self, run_id: str) -> bool:
        """Whether the run's row has an outcome."""

    async def events(self, run_id: str, after: int, limit: int) -> list[RunEvent]:
        """Read events with ``seq`` above ``after``, in order."""

    async def finish_runs(self, runs: Sequence[FinishedRun]) -> int:
        """Write records and events in one transaction; return how many were new. A finished run stays as it is."""

    async def keep_file(self, content: bytes) -> str:
        """Keep the bytes of a file of a run; return their digest, which the run's ``files`` name."""

    async def started(self, run_id: str, started_at: float) -> None:
        """Mark a queued run as running."""

    async def unfinished_runs(self, before: float) -> list[Run]:
        """Read rows without an outcome, made before this Unix time, oldest first."""
