"""What the store returns: frozen values, no rows and no database handles. Times are Unix seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from widget_model.changes import Summary
from widget_model.quotas import Quota
from widget_model.schedules import Schedule

_T = TypeVar("_T")


@dataclass(frozen=True)
class Account:
    """A login of ours."""

    id: str
    username: str
    email: str
    is_admin: bool
    created_at: float
    #: When it was proven that they read the address.
    email_verified_at: float | None = None
    #: When an administrator shut it, or its owner deleted it.
    disabled_at: float | None = None


@dataclass(frozen=True)
class Token:
    """A bearer token of the API, without its secret."""

    id: str
    name: str
    #: read | run | write
    scope: str
    created_at: float
    last_used_at: float | None
    #: None for one that works until it is revoked.
    expires_at: float | None


@dataclass(frozen=True)
class WebSession:
    """A sign-in of an account in one browser. ``id`` is the hash of what the cookie holds."""

    id: str
    account: Account
    created_at: float
    seen_at: float
    expires_at: float
    #: From where it was made, and with what.
    address: str = ""
    device: str = ""


@dataclass(frozen=True)
class Widget:
    """A widget as lists show it; its files are its revision's (``revisions.files``)."""

    id: str
    slug: str
    owner_id: str
    #: The owner's user name.
    owner: str
    kind: str
    title: str
    description: str
    #: public | unlisted | private
    visibility: str
    #: Number of the latest revision, which the public URL serves.
    revision: int
    #: Digest of that revision's files.
    code: str
    generation: int
    #: The packages that its files ask for; None for none.
    package_set_id: str | None
    #: The environment that its runs see; None without packages.
    environment: str | None
    #: Slug of the widget that this is a fork of; None when it is none or the reader may not know that widget.
    forked_from: str | None
    #: The revision of that widget that this began as; not None for every fork, also of what is gone or unknown.
    forked_revision: int | None
    #: Digest of the files that a fork and its parent last had in common.
    base_code: str | None
    fork_count: int
    star_count: int
    tags: tuple[str, ...]
    created_at: float
    #: When a revision was last made or the settings were changed.
    changed_at: float
    #: Why nobody but its owner sees it and nothing runs it: "admin" | "account"; None for a widget in use.
    hidden: str | None
    #: Whether only its owner reads its code.
    code_private: bool = False
    #: Whether pages of other sites may show it in a frame.
    embeddable: bool = False
    #: Whether one process serves its calls, and lasts (S-14).
    keep_server_running: bool = False
    #: What runs a GUI's client code: full | light
    client_engine: str = "full"
    #: Since when it is in the bin; None for a widget that is not.
    deleted_at: float | None = None


@dataclass(frozen=True)
class ApiKey:
    """A key of an API, without its secret."""

    id: str
    name: str
    created_at: float


@dataclass(frozen=True)
class ApiAccess:
    """Who may call an API and how often; the defaults are those of a widget whose owner has set nothing."""

    keys_needed: bool = False
    #: Requests of one caller in a minute; None for no limit of the owner's.
    per_minute: int | None = None
    #: The names of its keys, by the hash of each.
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WidgetSnapshot:
    """All that a call needs of a widget, as it was at one generation (``widget_wire.submit``)."""

    widget_id: str
    slug: str
    kind: str
    visibility: str
    owner_id: str
    revision: int
    #: sha256 hex of the revision's files.
    code: str
    #: Digest of the environment, or None without packages.
    environment: str | None
    generation: int
    #: Whether nobody but its owner reads the code, and what is made of it.
    code_private: bool = False
    #: Whether pages of other sites may show what it is in a frame.
    embeddable: bool = False
    #: Whether one process serves its calls, and lasts.
    keep_server_running: bool = False
    #: What runs a GUI's client code: full | light
    client_engine: str = "full"
    #: The quota of runs or minutes that its owner's account has used up, if it has.
    used_up: Quota | None = None
    access: ApiAccess = field(default_factory=ApiAccess)
    #: Digests of the files of a GUI's libraries by their package, the nearest first.
    libraries: Mapping[str, str] = field(default_factory=dict)
    #: Digest of the files that its runs get, where libraries are among them.
    with_libraries: str = ""

    @property
    def run_code(self) -> str:
        """Digest of the files that its runs get."""
        return self.with_libraries or self.code


@dataclass(frozen=True)
class Revision:
    """An immutable snapshot of a widget's files."""

    number: int
    code: str
    author: str | None
    message: str
    created_at: float
    #: What it changed of the one before; None where that is not known.
    changes: Summary | None = None


@dataclass(frozen=True)
class Draft:
    """The editor's unsaved working copy. ``version`` counts its saves, so that two tabs notice each other."""

    files: dict[str, Any]
    #: The revision it started from.
    base_revision: int
    version: int
    changed_at: float


@dataclass(frozen=True)
class Run:
    """One execution of widget code, and what is kept of it."""

    id: str
    widget_id: str
    slug: str
    trigger: str
    revision: int
    #: queued | running | finished
    status: str
    #: An Outcome value when finished.
    outcome: str | None
    error: str
    created_at: float
    started_at: float | None
    finished_at: float | None
    cpu_s: float | None
    rss_kb: int | None
    exit_code: int | None
    args: tuple[str | int | float, ...] = ()
    #: What was typed into the form of its main function, by parameter.
    form_values: dict[str, Any] | None = None
    #: What the script returned, as JSON.
    returned: Any = None
    #: The name of the background task that it is.
    task: str | None = None
    #: For routes: {"method", "path", "status", "remote_address"}; for server functions: {"function", "caller"}.
    request: dict[str, Any] | None = None
    #: Bytes of what it said, once it is finished.
    output_bytes: int = 0
    #: For a scheduled run, the time that it is for and why it exists (widget_model.ticks).
    tick_at: float | None = None
    reason: str | None = None
    attempt: int | None = None
    missed: int | None = None


@dataclass(frozen=True)
class SecretName:
    """A secret of a widget, without its value."""

    name: str
    changed_at: float


@dataclass(frozen=True)
class StoredSchedule:
    """A schedule of a widget and where it stands."""

    id: str
    widget_id: str
    #: The background task that it runs; "" for the whole widget.
    task: str
    schedule: Schedule
    #: The next time of its grid; None while it is paused.
    next_at: float | None
    #: When its failed run is tried again, if it is.
    retry_at: float | None
    #: When its runs began to fail; None while they don't.
    failing_since: float | None

    @property
    def seed(self) -> str:
        """What chooses an unset minute (B-22)."""
        return seed_of(self.widget_id, self.task)


def seed_of(widget_id: str, task: str) -> str:
    """Return what chooses an unset minute: each task of a widget has its own."""
    return f"{widget_id}/{task}" if task else widget_id


@dataclass(frozen=True)
class ScheduleTick:
    """One time at which a schedule was due, and what became of it (widget_model.ticks)."""

    tick_at: float
    reason: str
    attempt: int
    missed: int
    state: str
    #: The run's id, status, outcome and error; None for a skipped time, or when the run is forgotten.
    run_id: str | None
    status: str | None
    outcome: str | None
    error: str | None


@dataclass(frozen=True)
class PackageSet:
    """Packages that were asked for together, and what came of it."""

    id: str
    account_id: str
    requirements: tuple[str, ...]
    #: queued | ready | failed
    status: str
    #: InstallResult's, "" unless failed; "line" for a line that is not taken.
    reason: str
    message: str
    log: str
    environment: str | None
    #: name==version of what is in the environment.
    packages: tuple[str, ...]
    built: bool
    size_bytes: int
    downloaded_bytes: int
    seconds: float
    created_at: float
    finished_at: float | None


@dataclass(frozen=True)
class Message:
    """What the site tells somebody, and what became of it."""

    id: str
    #: The account's user name; None for somebody without an account.
    username: str | None
    address: str
    kind: str
    subject: str
    text: str
    #: waiting | sent | failed | kept
    state: str
    attempts: int
    error: str
    created_at: float
    sent_at: float | None
    read_at: float | None


@dataclass(frozen=True)
class Letter:
    """Mail that a widget's code sent or got, and what became of it; without its content."""

    id: str
    #: out | in
    direction: str
    #: The Message-ID header.
    message_id: str
    #: The From header.
    sender: str
    #: Every address that it goes to, Bcc included.
    recipients: tuple[str, ...]
    subject: str
    size_bytes: int
    #: out: waiting | sent | failed | kept (this site sends no mail); in: handled | refused | put_off
    state: str
    attempts: int
    #: Why it was not taken; of what came in, what was answered.
    error: str
    created_at: float
    sent_at: float | None


@dataclass(frozen=True)
class MailRoute:
    """How a widget's mail goes out, and whose it gets; the password is not in it."""

    #: Whether everything goes to the owner instead.
    test_mode: bool = False
    #: A mail server of the owner's; "" for the site's.
    host: str = ""
    port: int = 587
    #: "" | starttls | ssl
    encryption: str = "starttls"
    username: str = ""
    has_password: bool = False
    #: Whose mail it gets: "" (everybody's, and nobody's while the widget is private) | all | listed | none
    accepts: str = ""
    #: For "listed": addresses, and domains with an @ in front.
    senders: tuple[str, ...] = ()

    def takes(self, sender: str, *, is_private: bool) -> bool:
        """Whether mail of this sender ("" for a notice of a mail server) gets to the widget."""
        if self.accepts == "listed":
            address = sender.lower()
            return bool(address) and (address in self.senders or "@" + address.rpartition("@")[2] in self.senders)
        return self.accepts == "all" or (self.accepts == "" and not is_private)


@dataclass(frozen=True)
class Webhook:
    """An address that is told when runs of a widget end; what signs is not in it."""

    id: str
    url: str
    #: failed | all
    events: str
    created_at: float
    #: Deliveries in a row that were given up.
    gave_up: int
    #: Deliveries that were never tried, for too many waited.
    dropped: int
    #: Since when nothing is sent there; None while it works.
    disabled_at: float | None
    why: str


@dataclass(frozen=True)
class Delivery:
    """Something that is sent to a webhook, and what came of it."""

    id: str
    event: str
    payload: dict[str, Any]
    #: waiting | done | failed
    state: str
    attempts: int
    due_at: float | None
    created_at: float
    tried_at: float | None
    #: HTTP status of the last answer.
    status: int | None
    answer: str
    error: str
    took_s: float | None


@dataclass(frozen=True)
class Page(Generic[_T]):
    """Some of a list, and where the rest begins (None: this is the end)."""

    items: tuple[_T, ...] = field(default=())
    next: str | None = None


@dataclass(frozen=True)
class UplinkKey:
    """A key for uplinks, without its secret."""

    id: str
    #: server | client
    kind: str
    created_at: float


@dataclass(frozen=True)
class UplinkHolder:
    """What a key for uplinks opens."""

    key_id: str
    #: server | client
    kind: str
    widget_id: str
    slug: str
