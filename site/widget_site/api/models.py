"""The bodies of the JSON API: what is taken (nothing unknown, nothing converted) and what is answered."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from widget_model.kinds import Kind
from widget_wire.inputs import MAX_ANSWER_CHARS

#: Text, or {"base64": "..."} for anything else.
Content = Annotated[str | dict[str, str], Field(description='Text, or {"base64": "..."} for anything else.')]
Time = Annotated[float, Field(description="Unix time in seconds.")]
Visibility = Literal["public", "unlisted", "private"]
KindName = Literal["script", "scheduled", "api", "gui"]
ScopeName = Literal["read", "run", "write"]
_SCOPE = "read; run, which also starts and stops runs; or write, which does everything."
_PATHS = 1000
_SCHEDULE = (
    "For scheduled widgets: {every: minute|hour|day|week|month, n?, at?, timezone?} or {cron, timezone?}, and paused?, "
    "retries?, notify?: [mail, webhook] (when it begins to fail, and when it works again)."
)

assert {kind.value for kind in Kind} == set(KindName.__args__)  # type: ignore[attr-defined]


class Body(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewAccount(Body):
    """A new account."""

    username: str = Field(description="2 to 40 letters, digits, _ . or -", max_length=100)
    email: str = Field(max_length=300)
    password: str = Field(description="8 to 256 characters", max_length=1000)


class NewToken(Body):
    """A new bearer token, for whoever has this name and password (or, from our own pages, is signed in)."""

    name: str = Field(max_length=200)
    username: str | None = Field(None, max_length=300)
    password: str | None = Field(None, max_length=1000)
    scope: ScopeName = Field("write", description=_SCOPE)
    expires_in_days: int | None = Field(None, ge=1, le=3650, description="Without it the token works until revoked.")


class NewWidget(Body):
    """A new widget. Without files it gets its kind's starter, which runs."""

    kind: str = Field(description="script, scheduled or api; gui is not built yet.", max_length=100)
    title: str = Field(max_length=1000)
    description: str = Field("", max_length=20_000)
    files: dict[str, Content] | None = Field(None, max_length=_PATHS)
    requirements: list[str] | None = Field(
        None, max_length=_PATHS, description="Packages to install, written to requirements.txt."
    )
    visibility: Visibility = "public"
    schedule: dict[str, Any] | None = Field(None, description=_SCHEDULE)


class WidgetPatch(Body):
    """What to change of a widget; what is left out stays."""

    title: str | None = Field(None, max_length=1000)
    description: str | None = Field(None, max_length=20_000)
    visibility: Visibility | None = None
    slug: str | None = Field(None, max_length=200)
    schedule: dict[str, Any] | None = Field(None, description=_SCHEDULE + " null removes it.")
    keep_server_running: bool | None = Field(None, description="Not built yet: leave it out.")
    client_engine: Literal["full", "light"] | None = Field(None, description="Not built yet: leave it out.")


class FilesPatch(Body):
    """Files to write; null removes one. The others stay."""

    files: dict[str, Content | None] = Field(max_length=_PATHS)
    base_revision: int | None = Field(None, description="The revision that these were made from; 409 if it is old.")
    message: str = Field("", max_length=1000)
    drop_draft: bool = Field(False, description="Whether the editor's draft is forgotten with it.")
    draft_version: int | None = Field(
        None, description="With drop_draft: the draft that was seen, 0 for none; 409 if there is another one."
    )


class ScheduleBody(Body):
    """A schedule to try."""

    schedule: dict[str, Any] = Field(description=_SCHEDULE)


class Requirements(Body):
    """All packages of a widget, as lines of a requirements.txt: names, extras, versions, markers."""

    requirements: list[Annotated[str, Field(max_length=1000)]] = Field(max_length=_PATHS)
    base_revision: int | None = Field(None, description="The revision that these were made from; 409 if it is old.")


class AccessRules(Body):
    """Who may call an API and how often."""

    keys_needed: bool = Field(False, description="Whether a request needs one of the API's keys.")
    per_minute: int | None = Field(None, description="Requests of one caller (a key or an address); null: no limit.")


class NewApiKey(Body):
    """A new key for callers of an API."""

    name: str = Field(max_length=200)


class SecretValue(Body):
    """The value of a secret; it is never shown again."""

    value: str = Field(description="1 to 8192 bytes of text", max_length=10_000)


class DraftBody(Body):
    """The whole of a draft."""

    files: dict[str, Content] = Field(max_length=_PATHS)
    base_revision: int
    version: int | None = Field(None, description="The draft's version that was seen, 0 for none; 409 if it is old.")


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


class ListQuery(BaseModel):
    """Where in a list to begin."""

    page: str | None = Field(None, description="`next` of the page before.")
    limit: int = Field(24, ge=1, le=100)


class WidgetQuery(ListQuery):
    """Which widgets to list."""

    q: str = Field("", description="Words that are in the name, the title or the description.")
    kind: KindName | None = None
    owner: str | None = Field(None, description="A user name.")


class ImportQuery(BaseModel):
    """What to make of an archive, where it does not say so itself."""

    kind: KindName | None = Field(None, description="For an archive without a manifest; script without it.")
    title: str = Field("", max_length=200, description="For an archive without a manifest.")
    visibility: Visibility = "private"


class ImportDraftQuery(BaseModel):
    """How to replace a draft."""

    replace_draft: bool = Field(False, description="Whether text that was not saved yet may be replaced.")


class EventsQuery(BaseModel):
    """From where on to read a run's events."""

    after: int = Field(0, ge=0, le=2**31 - 1)


# --- answers ---


class AccountName(BaseModel):
    """Who was made."""

    username: str


class TokenShown(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    scope: ScopeName
    created_at: Time
    last_used_at: Time | None
    expires_at: Time | None


class Me(BaseModel):
    """The account that asks."""

    username: str
    email: str
    is_admin: bool
    created_at: Time
    token: TokenShown | None = Field(description="The token that this was asked with; null in a browser.")


class TokenMade(BaseModel):
    """A new token; ``token`` is shown this once."""

    id: str
    name: str
    scope: ScopeName
    expires_at: Time | None
    token: str


class Tokens(BaseModel):
    """The account's tokens."""

    items: list[TokenShown]


class Environment(BaseModel):
    """The packages of a widget."""

    status: Literal["ready", "installing", "failed"] = Field(
        description="While it is not ready, runs see the packages from before."
    )
    message: str


class EnvironmentFull(Environment):
    """The packages of a widget, for its owner."""

    requirements: list[str]
    packages: list[str] = Field(description="name==version of everything that was installed.")
    reason: str = Field(description="Why it failed: limit, time, version, conflict, compiler, build, unpacked, ...")
    phase: str = Field(description="While installing: queued, resolve, download, build or install.")
    downloaded_bytes: int
    limit_bytes: int = Field(description="While installing: how many bytes may be downloaded.")
    size_bytes: int
    seconds: float
    log: str


class EnvironmentWanted(BaseModel):
    """What was asked for; ``GET .../environment`` tells how far it is."""

    revision: int
    environment: Environment


class WidgetShown(BaseModel):
    """A widget in a list."""

    slug: str
    kind: KindName
    title: str
    description: str
    owner: str
    url: str = Field(description="Where everybody reaches it.")
    visibility: Visibility
    revision: int
    forked_from: str | None
    fork_count: int
    created_at: Time
    changed_at: Time


class WidgetFull(WidgetShown):
    """A widget with its files."""

    files: dict[str, Content]
    requirements: list[str]
    schedule: dict[str, Any] | None
    environment: Environment


class Widgets(BaseModel):
    """A page of widgets."""

    items: list[WidgetShown]
    next: str | None


class Saved(BaseModel):
    """The revision that the public URL serves now."""

    revision: int


class FileChangeShown(BaseModel):
    """A file that differs."""

    path: str
    change: Literal["added", "removed", "changed", "renamed"]
    old_path: str | None = Field(description="What a renamed file was called.")
    is_text: bool
    added: int = Field(description="Lines; 0 for what is no text.")
    removed: int
    old_size: int | None = Field(description="Bytes; null where there is no such file.")
    new_size: int | None


class ChangesShown(BaseModel):
    """What a revision changed of the one before, in short."""

    files: list[FileChangeShown]
    more: int = Field(description="How many more files than these.")


class RevisionShown(BaseModel):
    """A revision in the history."""

    revision: int
    author: str | None
    message: str
    created_at: Time
    changes: ChangesShown | None = Field(description="null for a first revision, and where it is not known.")


class DiffQuery(BaseModel):
    """What to compare."""

    from_: int | None = Field(
        None, alias="from", ge=0, le=2**31 - 1, description="A revision, 0 for nothing; else the one before `to`."
    )
    to: str = Field(
        "", pattern="^([0-9]{1,9}|draft)?$", description="A revision, or draft (the owner's alone); else the latest."
    )
    path: str | None = Field(None, max_length=200, description="This file alone, with more of its lines.")


class HunkShown(BaseModel):
    """Lines that stand together; each begins with a space (on both sides), - (old) or + (new)."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: list[str]


class FileDiffShown(FileChangeShown):
    """A file that differs, and where."""

    hunks: list[HunkShown]
    is_cut: bool = Field(description="Whether hunks were left out: ask for this path alone.")


class Diff(BaseModel):
    """What differs."""

    files: list[FileDiffShown]


class RestoreBody(Body):
    """What becomes of the draft."""

    draft: Literal["save", "discard"] = Field(
        "save", description="save: it becomes a revision of its own first. discard: it is lost."
    )


class RevisionFull(RevisionShown):
    """A revision with its files."""

    files: dict[str, Content]


class Revisions(BaseModel):
    """A page of the history, newest first."""

    items: list[RevisionShown]
    next: str | None


class DraftSaved(BaseModel):
    """The draft's version now."""

    version: int


class DraftShown(DraftSaved):
    """A draft."""

    files: dict[str, Content]
    base_revision: int
    changed_at: Time


class ApiKeyShown(BaseModel):
    """A key of an API, without its secret."""

    id: str
    name: str
    created_at: Time


class ApiKeyMade(ApiKeyShown):
    """A new key; it is shown this once."""

    key: str


class Access(BaseModel):
    """Who may call an API and how often."""

    keys_needed: bool
    per_minute: int | None
    keys: list[ApiKeyShown]


class SecretShown(BaseModel):
    """A secret, without its value."""

    name: str
    changed_at: Time


class Secrets(BaseModel):
    """The secrets of a widget."""

    items: list[SecretShown]


class TickReason(BaseModel):
    """Why a scheduled run exists."""

    tick_at: Time
    reason: Literal["due", "catch_up", "retry"]
    attempt: int = Field(description="0, or the number of the retry.")
    missed: int = Field(description="Times that passed without a run and that this run makes up for.")


class TickShown(TickReason):
    """A time at which the schedule was due, and what became of it."""

    state: Literal["waiting", "handed_over", "done", "skipped"]
    run_id: str | None
    outcome: str | None
    error: str | None


class NextTimes(BaseModel):
    """When a schedule comes due."""

    words: str
    times: list[Time]


class ScheduleShown(BaseModel):
    """A schedule and where it stands."""

    schedule: dict[str, Any] | None
    next_run_at: Time | None
    failing_since: Time | None
    next_times: list[Time]
    ticks: list[TickShown] = Field(description="The newest times, newest first.")


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
    request: dict[str, Any] | None = Field(description="For routes: method, path, status, remote_address, key.")
    tick: TickReason | None = Field(description="For scheduled runs: the time that it is for, and why it exists.")
    output_bytes: int = Field(description="Of what it said, once it is finished.")
    reason: ReasonShown | None = Field(description="Why it did not go well, and what to do.")


class FormField(BaseModel):
    """Something to type before a run."""

    name: str
    type: Literal["text", "integer", "number", "flag", "choice", "date", "datetime"]
    help: str
    required: bool
    default: str = Field(description="In words, what it is when nothing is given; empty when the code computes it.")
    is_on: bool = Field(description="For a flag: how it stands at first.")
    choices: list[str]
    many: bool = Field(description="Whether it is a list of values, at least `least` and at most `most`.")
    least: int
    most: int | None
    flag: str = Field(description="argparse: the option; empty for a positional argument.")
    action: Literal["store", "given", "boolean", "count", "append"] = Field(
        description="argparse: how it is written. given: the option alone; boolean: --x or --no-x; count: as often as "
        "the number says; append: once for each value."
    )


class FormShown(BaseModel):
    """The form of a script, read from its code."""

    kind: Literal["argparse", "signature", "none"] = Field(
        description="argparse: what is typed is for `args`; signature: for `values`; none: the code tells of no form."
    )
    revision: int
    description: str
    fields: list[FormField]
    complete: bool = Field(description="Whether every argument could be read from the code.")


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


class ErrorShown(BaseModel):
    """What went wrong; more fields where they help to go on."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str


class Error(BaseModel):
    """An answer that is no success."""

    error: ErrorShown
