"""The bodies of the JSON API: what is taken (nothing unknown, nothing converted) and what is answered.

Here is what all share, and widgets; every other noun has a file of its own, ``<noun>_models.py``.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from widget_model.kinds import Kind

#: Text, or {"base64": "..."} for anything else.
Content = Annotated[str | dict[str, str], Field(description='Text, or {"base64": "..."} for anything else.')]
Time = Annotated[float, Field(description="Unix time in seconds.")]
Visibility = Literal["public", "unlisted", "private"]
KindName = Literal["script", "scheduled", "api", "gui"]
ScopeName = Literal["read", "run", "write"]
MAX_PATHS = 1000
SCHEDULE_FORM = (
    "For scheduled widgets: {every: minute|hour|day|week|month, n?, at?, timezone?} or {cron, timezone?}, and paused?, "
    "retries?, notify?: [mail, webhook] (when it begins to fail, and when it works again)."
)

assert {kind.value for kind in Kind} == set(KindName.__args__)  # type: ignore[attr-defined]


class Body(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(extra="forbid", strict=True)


#: As people type them; ``store.rules`` says which are none.
Tags = Annotated[
    list[Annotated[str, Field(max_length=100)]],
    Field(max_length=50, description="At most 5, of letters, digits and hyphens; all that it has then."),
]


class NewWidget(Body):
    """A new widget. Without files it gets a starter of its kind, which runs."""

    kind: str = Field(description="script, scheduled, api or gui.", max_length=100)
    title: str = Field(max_length=1000)
    description: str = Field("", max_length=20_000)
    files: dict[str, Content] | None = Field(None, max_length=MAX_PATHS)
    starter: Literal["hello", "blank", "table", "dashboard", "login"] | None = Field(
        None,
        description="For kind gui, without `files`: which starter, with its tables and services; hello if not said.",
    )
    requirements: list[str] | None = Field(
        None, max_length=MAX_PATHS, description="Packages to install, written to requirements.txt."
    )
    packages: Literal["minimal", "standard", "data-science", "machine-learning"] = Field(
        "minimal", description="A list of packages to begin with; `requirements` come on top."
    )
    visibility: Visibility = "public"
    tags: Tags | None = None
    schedule: dict[str, Any] | None = Field(None, description=SCHEDULE_FORM)


class WidgetPatch(Body):
    """What to change of a widget; what is left out stays."""

    title: str | None = Field(None, max_length=1000)
    description: str | None = Field(None, max_length=20_000)
    visibility: Visibility | None = None
    slug: str | None = Field(None, max_length=200)
    tags: Tags | None = None
    code_private: bool | None = Field(None, description="Whether only its owner reads its code; nobody else forks it.")
    embeddable: bool | None = Field(None, description="Whether pages of other sites may show /embed/{slug} in a frame.")
    schedule: dict[str, Any] | None = Field(None, description=SCHEDULE_FORM + " null removes it.")
    keep_server_running: bool | None = Field(
        None,
        description="Whether one process serves its routes and server functions, and lasts; for kinds api and gui.",
    )
    client_engine: Literal["full", "light"] | None = Field(
        None, description="What runs client code, for kind gui: full (Pyodide) or light (Skulpt, a smaller Python)."
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


class Environment(BaseModel):
    """The packages of a widget."""

    status: Literal["ready", "installing", "failed"] = Field(
        description="While it is not ready, runs see the packages from before."
    )
    message: str


class WidgetShown(BaseModel):
    """A widget in a list."""

    slug: str
    kind: KindName
    title: str
    description: str
    owner: str
    url: str = Field(description="Where everybody reaches it.")
    visibility: Visibility
    code_private: bool = Field(description="Whether only its owner reads its code.")
    embeddable: bool = Field(description="Whether pages of other sites may show it in a frame.")
    keep_server_running: bool = Field(description="Whether one process serves its calls, and lasts.")
    client_engine: Literal["full", "light"] = Field(description="What runs client code, for kind gui.")
    revision: int
    forked_from: str | None
    fork_count: int
    star_count: int
    tags: list[str]
    created_at: Time
    changed_at: Time


class WidgetFull(WidgetShown):
    """A widget with its files."""

    files: dict[str, Content] = Field(description="Where the code is private, README.md at most.")
    requirements: list[str]
    schedule: dict[str, Any] | None
    environment: Environment


class FindingShown(BaseModel):
    """Something of an app that could not be read, or that needs its owner."""

    file: str
    line: int = Field(description="Counts from 1; 0 for the whole file.")
    text: str


class Imported(WidgetFull):
    """A widget that was made of an archive."""

    findings: list[FindingShown] = Field(description="What is amiss in an Anvil app, or missing here.")


class Widgets(BaseModel):
    """A page of widgets."""

    items: list[WidgetShown]
    next: str | None


class ErrorShown(BaseModel):
    """What went wrong; more fields where they help to go on."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str


class Error(BaseModel):
    """An answer that is no success."""

    error: ErrorShown
