"""The bodies of the JSON API about runs: how one starts, what it says, lists, counts, how long they stay."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from widget_site.api.models import Body, ListQuery, Time
from widget_site.store.quotas import MOST
from widget_wire.inputs import MAX_ANSWER_CHARS

TriggerName = Literal[
    "owner", "schedule", "route", "client_call", "server_call", "background", "uplink", "email", "install"
]
OutcomeName = Literal["ok", "error", "timeout", "memory", "output_limit", "stopped", "crashed", "internal_error"]


def _typed(value: str) -> str:
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("NUL and halves of characters can't be typed")
    return value


class NewRun(Body):
    """A run to start."""

    args: list[Annotated[str, Field(max_length=100_000)] | int | Annotated[float, Field(allow_inf_nan=False)]] = Field(
        default=[], max_length=100, description="Texts and numbers that follow the script's name in sys.argv."
    )
    values: dict[str, Any] | None = Field(
        None,
        max_length=100,
        description="Values for the parameters of the script's main function, which is called with them once main.py "
        "has run; see GET /widgets/{slug}/form.",
    )
    interactive: bool = Field(
        False,
        description="Whether somebody follows the run and answers what input() asks. If not, input() ends the script.",
    )


class InputLine(Body):
    """The answer to a question of a run."""

    number: int = Field(ge=1, le=2**31 - 1, description="The number of the question, from the data of its ask event.")
    text: Annotated[str, Field(max_length=MAX_ANSWER_CHARS), AfterValidator(_typed)] | None = Field(
        description="What input() returns; with more than one line, the later ones answer the questions that follow. "
        "null ends the input, as Ctrl-D does in a terminal."
    )


class EventsQuery(BaseModel):
    """From where on to read a run's events."""

    after: int = Field(0, ge=0, le=2**31 - 1)


class TickReason(BaseModel):
    """Why a scheduled run exists."""

    tick_at: Time
    reason: Literal["due", "catch_up", "retry"]
    attempt: int = Field(description="0, or the number of the retry.")
    missed: int = Field(description="Times that passed without a run and that this run makes up for.")


class ReasonShown(BaseModel):
    """Why a run did not go well."""

    what: str
    advice: str


class RunShown(BaseModel):
    """A run."""

    id: str
    widget: str = Field(description="The widget's name in addresses.")
    trigger: str
    revision: int
    status: Literal["queued", "running", "finished"]
    outcome: str | None = Field(
        description="How it ended: ok, error, timeout, memory, output_limit, stopped, crashed or internal_error."
    )
    error: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    duration_ms: int | None
    cpu_s: float | None
    rss_kb: int | None
    exit_code: int | None
    args: list[str | int | float]
    values: dict[str, Any] | None = Field(description="What main() was called with, if it was.")
    returned: Any = Field(
        description="What the script set anvil.script.return_value to, or its main function returned."
    )
    request: dict[str, Any] | None = Field(
        description="For routes: method, path, status, remote_address, key. For server functions: function, caller."
    )
    tick: TickReason | None = Field(description="For scheduled runs: the time that it is for, and why it exists.")
    output_bytes: int = Field(description="Of what it said, once it is finished.")
    reason: ReasonShown | None = Field(description="Why it did not go well, and what to do.")


class EventShown(BaseModel):
    """Something that a run said."""

    seq: int
    time: Time
    kind: Literal["stdout", "stderr", "display", "ask", "input", "error", "status"] = Field(
        description="ask: the run waits for a line, see data: number, prompt, secret; input: what was typed."
    )
    text: str
    data: dict[str, Any] | None = None


class Events(BaseModel):
    """What a run said; ``done`` when nothing will follow."""

    events: list[EventShown]
    done: bool


class RunFileShown(BaseModel):
    """A file that a script wrote."""

    id: str | None = Field(description="For GET /runs/{run}/files/{id}; null when it is not kept.")
    name: str = Field(description="Its path below the working folder.")
    type: str = Field(description="What it seems to be by its name.")
    bytes: int
    note: str = Field(description="Why it is not kept.")


class RunFiles(BaseModel):
    """The files that a script wrote during a run."""

    items: list[RunFileShown]


class RunQuery(ListQuery):
    """Which runs to list; what is left out is any."""

    trigger: TriggerName | None = Field(None, description="Why it exists; install is one of packages.")
    outcome: OutcomeName | Literal["failed"] | None = Field(None, description="How it ended; failed: not ok.")
    status: Literal["queued", "running", "finished"] | None = None
    revision: int | None = Field(None, ge=1, le=2**31 - 1)
    since: float | None = Field(None, ge=0, le=10**11, description="Unix time: made then or later.")
    until: float | None = Field(None, ge=0, le=10**11, description="Unix time: made before.")
    method: str = Field("", description="Of a request: GET, POST, ...", max_length=20)
    path: str = Field("", description="A part of a request's path.", max_length=500)
    http_status: str | None = Field(
        None, description="A request's status: 404, or 4xx for a class.", pattern="^[1-5]([0-9][0-9]|xx)$"
    )
    q: str = Field("", description="Text that the output or the error holds.", max_length=200)


class SummaryQuery(BaseModel):
    """Over which time runs are counted."""

    by: Literal["hour", "day"] = Field("hour", description="hour: the last 24 hours; day: the last 30 days.")


class Runs(BaseModel):
    """A page of runs, newest first."""

    items: list[RunShown]
    next: str | None = Field(description="`page` of the next page; it may be there though this page is empty.")
    searched_to: Time | None = Field(
        description="Set where more may match further back than was looked; `next` looks further."
    )


class SpanShown(BaseModel):
    """What ran in an hour or a day."""

    start: Time
    runs: int
    outcomes: dict[str, int] = Field(description="Outcome to how many ended so.")
    p50_ms: int | None = Field(description="Half of them took no longer, within a tenth.")
    p95_ms: int | None


class Summary(BaseModel):
    """What ran in a time, oldest first; the last one is under way. Installs are not counted."""

    spans: list[SpanShown]


_Days = Annotated[float | None, Field(ge=1 / 24, le=36_500)]
_Kept = Annotated[int | None, Field(ge=1, le=MOST)]


class RetentionBody(Body):
    """How long and how many finished runs a widget keeps; null is as much as the site keeps."""

    days: _Days = None
    runs: _Kept = None


class RetentionShown(BaseModel):
    """How long and how many finished runs a widget keeps."""

    days: float | None
    runs: int | None
    site_days: float = Field(description="What the site keeps at most, and without a choice of the owner.")
    site_runs: int
