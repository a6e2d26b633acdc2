"""What site and runner say to each other about runs: requests, replies, events and records, as frozen values.

All of them travel in envelopes (``envelope.py``): ``to_envelope`` and ``from_envelope`` are each other's inverse.
A request carries no code: a revision is named by digest (``keys.CODE``), and the runner asks for what it has not seen.
"""

import dataclasses
import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from widget_wire import background, envelope
from widget_wire.parcel import Parcel

_T = TypeVar("_T")

#: Kinds whose main file is run, not called.
SCRIPTS = ("script", "scheduled")

#: In a record's ``request``: an uplink answered, not a runner. What it printed is where it runs.
ON_UPLINK = "uplink"

#: How sealed answers are made: what the key is derived for, and how long the public key in front of them is.
SEAL_INFO = b"widgetry service answer"
SEAL_KEY_BYTES = 32


@functools.cache
def _names(kind: Any) -> frozenset[str]:
    """Return the names of a dataclass's fields; asked for with every message, so kept."""
    return frozenset(item.name for item in dataclasses.fields(kind))


def _write(value: Any, *left_out: str) -> dict[str, Any]:
    """Return the fields of a value as the header of its envelope."""
    return {name: item for name, item in vars(value).items() if name not in left_out}


def _read(kind: type[_T], header: dict[str, Any], **more: Any) -> _T:
    """Build ``kind`` from the fields of ``header`` that it knows; a missing one is an EnvelopeError."""
    names = _names(kind)  # type: ignore[arg-type]  # a class is hashable
    try:
        return kind(**{key: value for key, value in header.items() if key in names}, **more)
    except TypeError as error:
        raise envelope.EnvelopeError(f"not a {kind.__name__}: {error}") from error


def _parcel(header: dict[str, Any]) -> Parcel | None:
    """Return the parcel in the header of an envelope."""
    said = header.get("parcel")
    return None if said is None else Parcel(*said)


@dataclass(frozen=True)
class RunRequest:
    """One run that somebody waits for."""

    id: str
    widget_id: str
    slug: str
    #: script | scheduled | api | gui
    kind: str
    #: owner | schedule | route | client_call | server_call | background | uplink | email
    trigger: str
    revision: int
    #: sha256 hex of the revision's files (``keys.CODE + digest``)
    code: str
    #: Digest of the environment, or None for a widget without packages.
    environment: str | None
    #: Unix time in ms: later than this nobody waits for a place any more; the runner answers ``busy``.
    start_before_ms: int
    #: Seconds of user code, from its start.
    timeout_s: float
    #: The site process to answer (``keys.REPLY + site``), or None when nobody waits for a reply.
    site: str | None
    #: Positional arguments of a script.
    args: tuple[str | int | float, ...] = ()
    #: A function of ``main.py`` to call once the file has run: ``{"function", "arguments": [[name, kind, value]]}``
    #: (``widget_model.forms.call``).
    call: dict[str, Any] | None = None
    #: For trigger "route": method, path, query_params, form_params, origin, headers, remote_address, username,
    #: password, content_type, file_name, has_body, ``prefix`` ("route" or "http"), and ``key``, the name of the API key
    #: that it came with, if it did.
    route: dict[str, Any] | None = None
    #: For a call of a server function (``functions.py``): what is called, by whom, in whose session. ``body`` holds the
    #: media of its arguments; the reply's body is a ServiceAnswer.
    function: dict[str, Any] | None = None
    #: The name of the background task that it is (``background.py``); "" for none.
    task: str = ""
    #: Whether events are streamed to ``keys.EVENTS + id`` while the run lasts (runs of owners).
    live: bool = False
    #: Whether somebody can answer what it asks on stdin (``inputs.py``); only ever true of a live run.
    interactive: bool = False
    #: Public origin of the widget, for ``get_app_origin``.
    origin: str = ""
    #: The id of the visitor's session that it runs in; "" for nobody's.
    session: str = ""
    #: The id of the visit (``keys.VISIT``): that of the route's run, also in what that calls; "" without a browser.
    visit: str = ""
    #: What is in that session, as the library writes ``sessionData``; None for nothing.
    session_data: dict[str, Any] | None = None
    #: The widget's generation (``submit.py``) if its kept child of that generation is to serve it (S-14); None for
    #: a process of its own.
    keep: int | None = None
    #: The id of the widget's account, which bounds how many processes are kept for it.
    account: str = ""
    #: The body of a route's request, or the frames of a server function's media.
    body: bytes = b""
    #: Bytes of a body that is not here, but asked for in parts (``body_parts.py``); 0 when it is here.
    body_bytes: int = 0
    #: The media of a server function's arguments, where they are not in ``body``.
    parcel: Parcel | None = None

    @property
    def runs_file(self) -> str | None:
        """The file that is run from top to bottom; None when something is called."""
        if self.task.startswith(background.SCRIPT):
            return background.script_file(self.task)
        return "main.py" if self.kind in SCRIPTS and self.function is None else None

    @property
    def opens_pages(self) -> bool:
        """Whether its answer may be one that the site makes a page of: that of a route of a GUI."""
        return self.kind == "gui" and self.route is not None and self.route.get("prefix") == "route"

    @property
    def is_background(self) -> bool:
        """Whether nobody waits for it, and it may take an hour: it leaves places to what people wait for."""
        return self.trigger == "background" or bool(self.task and self.runs_file is None)

    def to_envelope(self) -> bytes:
        """Return the request as bytes."""
        return envelope.seal(_write(self, "body"), self.body)

    @classmethod
    def from_envelope(cls, data: bytes) -> "RunRequest":
        """Read what ``to_envelope`` wrote; EnvelopeError when it is something else."""
        header, body = envelope.unseal(data)
        header["args"] = tuple(header.get("args", ()))
        header["parcel"] = _parcel(header)
        return _read(cls, header, body=body)


@dataclass(frozen=True)
class RunReply:
    """The answer to a RunRequest with a ``site``; a streamed body follows in replies with ``part`` counting up."""

    id: str
    #: done (a result of user code, good or bad) | busy (no place in time) | code_missing (set keys.CODE and ask again)
    #: | lost (the runner or the sandbox went away: 502) | body_wanted (asks for the ``part`` of the request's body)
    status: str
    #: An Outcome value when status is done.
    outcome: str = "ok"
    #: HTTP status and headers for the caller of a route; each header a (name, value) pair.
    http_status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    #: 0 for the reply itself; 1, 2, ... for the parts of a body that follow.
    part: int = 0
    #: Whether another part follows.
    more: bool = False
    #: Bytes of the whole body where that is not what is here: of a streamed one, or one that HEAD leaves out. -1: not
    #: known. None: it is here, or comes in parts of unknown length.
    length: int | None = None
    #: The runner to tell how far the caller has read (PartsRead), for a body that is streamed, or to give parts of the
    #: request's body; else "".
    runner: str = ""
    #: ``sessionData`` as user code left it; None when it changed nothing.
    session_data: dict[str, Any] | None = None
    #: User code did something to its visitor's session or cookies (``ServiceAnswer.visited``).
    visited: bool = False
    body: bytes = b""

    def to_envelope(self) -> bytes:
        """Return the reply as bytes."""
        return envelope.seal(_write(self, "body"), self.body)

    @classmethod
    def from_envelope(cls, data: bytes) -> "RunReply":
        """Read what ``to_envelope`` wrote."""
        header, body = envelope.unseal(data)
        header["headers"] = tuple((name, value) for name, value in header.get("headers", ()))
        return _read(cls, header, body=body)


@dataclass(frozen=True)
class PartsRead:
    """How far the caller of a route has read a streamed body (``keys.PARTS_READ`` + runner)."""

    #: The run's id.
    id: str
    #: Every part up to this one has been handed on.
    part: int
    #: Nobody reads any further.
    gone: bool = False

    def to_envelope(self) -> bytes:
        """Return it as bytes."""
        return envelope.seal(_write(self))

    @classmethod
    def from_envelope(cls, data: bytes) -> "PartsRead":
        """Read what ``to_envelope`` wrote."""
        header, _ = envelope.unseal(data)
        return _read(cls, header)


@dataclass(frozen=True)
class RunEvent:
    """One thing that a run said. ``seq`` counts from 1 without gaps; order is the order in which it happened."""

    seq: int
    #: Unix time in seconds.
    time: float
    #: stdout | stderr | display | ask | input | error | status
    kind: str
    text: str
    #: display: {"mime": {type: text or JSON}, "blobs"?: {type: {"file": <id>, "bytes", "width"?, "height"?}},
    #: "note"?: <why a part is missing>}. ask, input: see ``inputs.py``. error: {"type", "message", "trace": [[file,
    #: line], ...]}. status: {"status", "outcome", ...}: the last event of every run is one, its data the finished
    #: RunRecord's fields.
    data: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the event as the JSON API shows it; ``data`` only where there is any."""
        shown = _write(self)
        if self.data is None:
            del shown["data"]
        return shown


def pack_events(events: Iterable[RunEvent]) -> bytes:
    """Return a batch of events as the value of ``keys.EVENTS_FIELD``."""
    return json.dumps([event.as_dict() for event in events], separators=(",", ":")).encode()


def unpack_events(data: bytes) -> list[dict[str, Any]]:
    """Read what ``pack_events`` wrote, as the JSON API shows it."""
    events: list[dict[str, Any]] = json.loads(data)
    return events


@dataclass(frozen=True)
class RunRecord:
    """What is kept of a finished run; the runner adds it to ``keys.RECORDS``, the site worker stores it."""

    id: str
    widget_id: str
    trigger: str
    revision: int
    #: An Outcome value.
    outcome: str
    #: Unix times in seconds.
    started_at: float
    finished_at: float
    #: In words, for the owner: "Server code took too long", "ZeroDivisionError: division by zero", ...; "" when ok.
    error: str = ""
    cpu_s: float = 0.0
    #: Peak resident memory of the child, kB.
    rss_kb: int = 0
    exit_code: int | None = None
    #: For routes: {"method", "path", "status", "remote_address"}, and "key" where there was one. For server functions:
    #: {"function", "caller"}. Of what an uplink did ``ON_UPLINK``, too.
    request: dict[str, Any] | None = None
    #: The events of a run that was not live, as dicts (live ones are read from their stream).
    events: tuple[dict[str, Any], ...] = field(default=())
    #: The fields of each ``run_files.RunFile``, whose bytes wait at ``keys.RUN_FILE``.
    files: tuple[dict[str, Any], ...] = field(default=())
    #: What a script returned (W-10): JSON, at most ``start.RETURNED_BYTES`` of it.
    returned: Any = None
    #: Of a background task: {"answer", "state"}, each as an answer's message has it ({"response", "objects", ...} or
    #: {"error"}), or None.
    task: dict[str, Any] | None = None

    def to_envelope(self) -> bytes:
        """Return the record as bytes."""
        return envelope.seal(_write(self))

    @classmethod
    def from_envelope(cls, data: bytes) -> "RunRecord":
        """Read what ``to_envelope`` wrote."""
        header, _ = envelope.unseal(data)
        header["events"] = tuple(header.get("events", ()))
        header["files"] = tuple(header.get("files", ()))
        return _read(cls, header)


@dataclass(frozen=True)
class ServiceCall:
    """A call from user code for a service of the site or a server function, relayed by the runner
    (``keys.SERVICE_QUEUE``).

    Calls of uplinks are such calls, too, made by the site process that holds the link. Which widget and run a call
    comes from is set by the runner or that site, never by user code.
    """

    id: str
    #: The runner to answer (``keys.SERVICE_REPLY + runner``).
    runner: str
    run_id: str
    widget_id: str
    #: Who is served: the trigger of the run.
    trigger: str
    origin: str
    #: "anvil.private.get_app_origin", ...
    command: str
    #: The Anvil message as it came, args and kwargs still flattened (``objects`` beside them).
    message: dict[str, Any] = field(default_factory=dict)
    #: The chunks of the call's media as they came: frames (``frames.py``), CHUNK_HEADER and bytes in turn. Large
    #: ones are not here, but in ``parcel``.
    media: bytes = b""
    #: The runner's public key (X25519, base64): answers that nobody else may read are encrypted for it.
    seal_key: str = ""
    #: Who calls, as ``context.remote_caller.type`` has it: server_module | uplink | background_task | client_uplink |
    #: browser. The first three are trusted.
    caller: str = "server_module"
    #: What was called before it, newest first: frames of Anvil's call-stack (spec/anvil-protocol.md 1.3).
    call_stack: tuple[dict[str, Any], ...] = ()
    #: The session that it is made in; "" when it has none yet.
    session: str = ""
    #: The widget's name when the run began; it may have another one by now.
    slug: str = ""
    #: Who began it all, as ``context.client`` has it: {"type", "ip", "location"}.
    client: dict[str, Any] = field(default_factory=dict)
    #: The visit that it belongs to; "" without a browser.
    visit: str = ""
    #: What is in its session, for an uplink; None for nothing.
    session_data: dict[str, Any] | None = None
    #: The runs that wait for the run that makes it, nearest first: its call stack by ``run_id``. It has a part in what
    #: they hold open (a transaction).
    within: tuple[str, ...] = ()
    #: Its media, where they are not in ``media``.
    parcel: Parcel | None = None

    def to_envelope(self) -> bytes:
        """Return the call as bytes."""
        return envelope.seal(_write(self, "media"), self.media)

    @classmethod
    def from_envelope(cls, data: bytes) -> "ServiceCall":
        """Read what ``to_envelope`` wrote."""
        header, media = envelope.unseal(data)
        header["call_stack"] = tuple(header.get("call_stack", ()))
        header["within"] = tuple(header.get("within", ()))
        header["parcel"] = _parcel(header)
        return _read(cls, header, media=media)


@dataclass(frozen=True)
class ServiceAnswer:
    """The answer to a ServiceCall: the site's to a runner (``keys.SERVICE_REPLY`` + runner), or a runner's to the site
    as the body of a RunReply, when a server function of the widget's own code was called."""

    #: The ServiceCall's id.
    id: str
    #: ``response`` or ``error`` ({"type", "message", "trace"}) and ``objects``, as Anvil's message has them; the runner
    #: puts in the id that the child asked with.
    message: dict[str, Any] = field(default_factory=dict)
    #: The chunks of the answer's media: frames, CHUNK_HEADER and bytes in turn; ``requestId`` is set by the runner.
    media: bytes = b""
    #: Texts (secrets) that the runner hides in whatever the run says from then on.
    mask: tuple[str, ...] = ()
    #: ``media`` is the envelope of the answer itself, encrypted for the runner.
    is_sealed: bool = False
    #: The call changed what the browser is to be told (``RunReply.visited``).
    visited: bool = False
    #: What an uplink left in the call's session; None when it changed nothing.
    session_data: dict[str, Any] | None = None
    #: Its media, where they are not in ``media``.
    parcel: Parcel | None = None

    def to_envelope(self) -> bytes:
        """Return the answer as bytes."""
        return envelope.seal(_write(self, "media"), self.media)

    @classmethod
    def from_envelope(cls, data: bytes) -> "ServiceAnswer":
        """Read what ``to_envelope`` wrote."""
        header, media = envelope.unseal(data)
        header["mask"] = tuple(header.get("mask", ()))
        header["parcel"] = _parcel(header)
        return _read(cls, header, media=media)
