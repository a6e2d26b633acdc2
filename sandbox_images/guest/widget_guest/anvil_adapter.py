"""The one file that knows the inside of the pinned anvil-uplink: it becomes the ``anvil`` of server code here.

The wheel is written for a program that connects by WebSocket. Here its transport is the run's own socket, and a call
runs on the thread that reads this: the main one, so that signals reach it, or in a kept child the call's own. Nothing
else starts a thread: whoever waits for an answer from the site reads the socket meanwhile (``_Answers``). Which call a
thread works for, ``calls.current`` says.

Private names that are used: see ``PRIVATE_NAMES``; a test fails when the pinned wheel no longer has one.
"""

import contextlib
import importlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from widget_guest import asking, calls, media_files, output, script_module, streaming, task_state, tasks, tracebacks
from widget_guest.calls import Call
from widget_guest.link import Link, PayloadError, decoded, leave
from widget_guest.program import Loads
from widget_guest.route_patterns import Patterns
from widget_wire import background, frames
from widget_wire.start import INPUT, SESSION_BYTES

PRIVATE_NAMES = {
    "anvil._threaded_server": (
        "HttpRequest",
        "IncomingRequest",
        "IncomingResponse",
        "call_context",
        "call_info",
        "console_output",
        "default_app",
        "do_call",
        "ensure_anvil_tracer",
        "re",
        "send_reqresp",
        "threading",
        "waiting_for_calls",
        "wrap_debugger",
    ),
    "anvil._server": (
        "BackgroundTaskError",
        "BackgroundTaskKilled",
        "CallContext",
        "LazyMedia",
        "SerializationError",
        "_do_call",
        "_register_exception_type",
        "_report_exception",
        "_warnings",
        "api_request",
        "fill_out_media",
        "on_register",
        "re",
        "registrations",
    ),
    "anvil._serialise": ("IncomingReqResp", "_incoming_requests", "process_media_error", "serialise"),
    "anvil.server": ("_do_call", "call", "connect", "task_state"),
}

_TOO_MUCH_RETURNED = (
    "This function returned too much data - please use Media objects to transfer large amounts of data."
)
_TOO_MUCH_PASSED = (
    "Tried to pass too much data to a server function - please use Media objects to transfer large amounts of data."
)
_CONNECT_HELP = (
    "anvil.server.connect() is for programs that run elsewhere. This code already runs on the server: leave the line "
    "out, and everything of anvil.server works."
)
_TOO_MUCH_KEPT = (
    "Tried to store too much in anvil.server.session: {} bytes; at most {} are kept. Put large values in a Data Table."
)
_MESSAGE_CHARS = 10_000
#: Modules of ``anvil`` that the wheel does not have, or whose files it lacks.
_BESIDE = f"{os.path.dirname(__file__)}/beside_anvil"
#: What a run does by itself that elsewhere the site would do: name of the command, module and function.
_INSIDE = {
    "anvil.private.http.request": ("anvil.http", "exchange"),
    "anvil.private.http.url_encode": ("anvil.http", "url_encode"),
    "anvil.private.http.url_decode": ("anvil.http", "url_decode"),
}

_canonical = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode

#: Set by ``prepare``, before any child is forked.
_library = SimpleNamespace()


def prepare() -> None:
    """Import the library and fit it for server code; done once, by the supervisor."""
    _import_without_websocket()
    threaded, server, public = _library.threaded, _library.server, _library.public
    for folder in ("anvil", "anvil_downlink_util"):
        tracebacks.count_as_platform(sys.modules[folder].__path__[0])
    # Before anvil.tables is ever imported: it asks which flavour it is in.
    server.CallContext._DEFAULT_TYPE = threaded.call_context.type = "server_module"
    server._do_call = public._do_call = _inside_first(threaded.do_call)
    server._register_exception_type("anvil.server.BackgroundTaskKilled", server.BackgroundTaskKilled)
    server.on_register = None
    threaded.HttpRequest.body_json = property(_body_json)
    threaded.re = server.re = Patterns()
    threaded.wrap_debugger = _without_debugger
    threaded.threading = SimpleNamespace(Thread=_on_this_thread)
    threaded.send_reqresp = send
    threaded.waiting_for_calls = _AnswersOfCaller()
    threaded.console_output = _Console()
    server._report_exception = _reporting(server._report_exception)
    threaded.ensure_anvil_tracer()
    sys.modules["anvil"].__path__.insert(0, _BESIDE)
    tracebacks.count_as_platform(_BESIDE)
    _add_what_uplinks_lack(public, threaded)
    script_module.add(sys.modules["anvil"])
    media_files.add(sys.modules["anvil"].Media)


def send(message: dict[str, Any], collect_capabilities: Any = None, remote_is_trusted: bool = False) -> None:
    """Send what the library has to say, for the call that this thread works for."""
    call = calls.current()
    link = call.link
    is_answer = "type" not in message
    if is_answer:
        output.flush()
        if not link.is_here:
            leave(0)  # user code forked and let the fork return, too
        message = _session_if_changed(call, message)
        if message.get("id") == call.id:
            task_state.teller.end()
        if message.get("id") == call.route_id:
            message = _fetched(message)
            if _send_streamed(link, message):
                return
    elif message.get("originating-call", "") is None and call.id is not None:
        # A thread of user code: the library knows no call for it.
        message = {**message, "originating-call": call.id, "call-stack-id": call.id}
    _library.serialise.serialise(
        message,
        _sender(link, _TOO_MUCH_RETURNED if is_answer else _TOO_MUCH_PASSED),
        collect_capabilities=collect_capabilities,
        remote_is_trusted=remote_is_trusted,
    )


def make_call(link: Link, streams: output.Streams = output.own) -> Call:
    """Return the call that comes on ``link``."""
    call = Call(link, streams)
    call.answers = _Answers(lambda: _take(call))
    return call


def connect(link: Link) -> None:
    """Make ``link`` the library's way to the site, for every thread that is in no other call."""
    calls.make_default(make_call(link))


def serve_call(call: Call, program: Loads) -> None:
    """Take the CALL that comes next on the call's link, run it in ``program``, and answer it; on this thread."""
    _library.program = program
    while not call.work:  # its own media may still be on their way
        _take(call)
    call.work.pop()()


def begin_task(link: Link, run_id: str) -> None:
    """Say that this run is a background task: it has a state, and knows its id."""
    _library.threaded.call_context._setup(background.client_of(run_id), [])
    task_state.teller.begin(link, _flat_state)


def receive_arguments(link: Link) -> tuple[list[Any], dict[str, Any]]:
    """Take the CALL that comes next on ``link``, with its media; return its arguments."""
    received: list[dict[str, Any]] = []

    class Arguments(_library.serialise.IncomingReqResp):  # type: ignore[misc,name-defined]  # the library is not typed
        def execute(self) -> None:
            self.reconstruct_remaining_data()
            received.append(self.json)

    Arguments(link.receive_message(), remote_is_trusted=True)
    while not received:
        _take(calls.current())
    return received[0]["args"], received[0]["kwargs"]


def wait_until(holds: Callable[[], bool]) -> None:
    """Receive frames until ``holds``; several threads may wait, here and for answers of the site."""
    waiting = _library.threaded.waiting_for_calls
    with waiting:
        while not holds():
            waiting.wait()


def set_app(info: dict[str, Any]) -> None:
    """Make ``info`` what ``anvil.app`` says of the widget, also outside of calls."""
    _library.threaded.default_app._setup(**{"theme_colors": {}, **info})


def forget_calls() -> None:
    """Make the library as it was before any call: no route, no session, no request, no module of a widget."""
    threaded, server = _library.threaded, _library.server
    server.registrations.clear()
    server._warnings.clear()
    for state in (threaded.call_info, threaded.call_context, server.api_request):
        object.__getattribute__(state, "__dict__").clear()
        type(state).__init__(state)
    sys.modules["anvil"].app.__dict__.clear()


def _session_if_changed(call: Call, message: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without the session when that is as it came; SerializationError when it is too large."""
    left = message.get("sessionData")
    if left is None:
        return message
    text = _canonical(left)
    if text == call.session:
        return {name: value for name, value in message.items() if name != "sessionData"}
    if len(text) > SESSION_BYTES:
        raise _library.server.SerializationError(_TOO_MUCH_KEPT.format(len(text), SESSION_BYTES))
    return message


def _flat_state(value: Any) -> dict[str, Any]:
    def refuse(_: Any) -> None:
        raise _library.server.SerializationError("Media can't be kept there")

    flat: dict[str, Any] = _library.server.fill_out_media({"response": value}, refuse, remote_is_trusted=True)
    return flat


def _import_without_websocket() -> None:
    """Import anvil.server with the stand-in for ws4py, and forget that one: a widget may bring the real one."""
    _library.public = importlib.import_module("anvil.server")
    _library.server = importlib.import_module("anvil._server")
    _library.serialise = importlib.import_module("anvil._serialise")
    _library.threaded = importlib.import_module("anvil._threaded_server")
    for name in [name for name in sys.modules if name.partition(".")[0] == "ws4py"]:
        del sys.modules[name]


def _add_what_uplinks_lack(public: Any, threaded: Any) -> None:
    def get_app_origin(environment_type: str | None = None, **options: Any) -> Any:
        return public.call("anvil.private.get_app_origin", environment_type, **options)

    def get_api_origin(environment_type: str | None = None, **options: Any) -> Any:
        return public.call("anvil.private.get_api_origin", environment_type, **options)

    def connect(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError(_CONNECT_HELP)

    public.session = threaded.call_info
    public.get_app_origin, public.get_api_origin = get_app_origin, get_api_origin
    public.connect = connect
    del public.task_state
    public.__class__ = task_state.ServerModule
    tasks.add(public)
    public.no_loading_indicator = contextlib.nullcontext()


def _inside_first(do_call: Callable[..., Any]) -> Callable[..., Any]:
    """Return what answers the calls of ``_INSIDE`` here and passes the others to the site with ``do_call``."""

    def call(args: Any, kwargs: Any, fn_name: str | None = None, live_object: Any = None) -> Any:
        if fn_name == background.LAUNCH and calls.current().loads_task:
            raise _library.server.BackgroundTaskError(tasks.IN_LOADING)
        inside = None if live_object is not None else _INSIDE.get(fn_name or "")
        if inside is None:
            return do_call(args, kwargs, fn_name=fn_name, live_object=live_object)
        module, name = inside
        return getattr(importlib.import_module(module), name)(*args, **(kwargs or {}))

    return call


def _without_debugger(function: Callable[..., Any], *arguments: Any, **more: Any) -> tuple[Any, bool]:
    """Call the function; the library would look for its debugger in every folder of sys.path first."""
    return function(*arguments, **more), False


def _body_json(request: Any) -> Any:
    """The request's body as JSON when its type, parameters such as charset aside, is application/json (H-37)."""
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if request.body is None or kind != "application/json":
        return None
    held = request.__dict__
    if "_body_json" not in held:
        held["_body_json"] = json.loads(request.body.get_bytes())
    return held["_body_json"]


def _reporting(original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """Add to the library's report of an exception what the owner's log shows, and leave out the platform's frames."""

    def report(request_id: Any = None) -> dict[str, Any]:
        failure = sys.exc_info()[1]
        answer = original(request_id)
        error = dict(answer["error"])
        error["message"] = str(error.get("message", ""))[:_MESSAGE_CHARS]
        error["trace"] = tracebacks.user_trace(error.get("trace", []))
        if failure is not None:
            error["traceback"] = tracebacks.formatted(failure)
        return {**answer, "error": error}

    return report


def _sender(link: Link, too_much: str) -> Callable[..., None]:
    """Return the function that the library sends frames with; what can't be sent is its SerializationError."""

    def send(message: dict[str, Any], blob: bytes | None = None) -> None:
        try:
            link.send(message, blob)
        except PayloadError as error:
            raise _library.server.SerializationError(too_much) from error
        except (TypeError, ValueError, RecursionError) as error:
            raise _library.server.SerializationError(f"Value must be JSON serializable: {error}") from error

    return send


def _fetched(message: dict[str, Any]) -> dict[str, Any]:
    """Return a route's answer with the content of lazy Media in its body: HTTP carries nothing else (H-53)."""
    response = message.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    if not isinstance(response, dict) or not isinstance(body, _library.server.LazyMedia):
        return message
    whole = sys.modules["anvil"].BlobMedia(body.content_type, body.get_bytes(), body.name)
    return {**message, "response": {**response, "body": whole}}


def _send_streamed(link: Link, message: dict[str, Any]) -> bool:
    """Send a route's answer piece by piece when its body is one for that; False when it was not sent."""
    response = message.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    is_media = isinstance(body, sys.modules["anvil"].Media)
    # A Media is an iterator, too, of lines.
    pieces = body if isinstance(body, Iterator) and not is_media else None
    if not is_media and pieces is None:
        return False

    def send_head(head: dict[str, Any]) -> None:
        _library.serialise.serialise(head, _sender(link, _TOO_MUCH_RETURNED))

    # A generator's code runs now, after the library thinks that the route is done; its request is still there.
    _library.server.api_request._prevent_access = False
    method = _library.server.api_request.method
    if pieces is None:
        return streaming.send_media(link, message, body, send_head, method)
    streaming.send_pieces(link, message, pieces, send_head, method)
    return True


def _on_this_thread(target: Callable[[], None]) -> Any:
    """Stand in for threading.Thread: what it is to do is done by the thread that serves the call."""
    return SimpleNamespace(start=lambda: calls.current().work.append(target))


def _load() -> None:
    """Load the widget, inside the library's own error handling (W-16)."""
    call = calls.current()
    call.link.user_code_begins()
    call.loads_task = call.is_task
    program = _library.program
    program.load()
    call.loads_task = False
    if program.part_failure is not None and not _is_registered(call.command):
        raise program.part_failure


def _is_registered(command: str) -> bool:
    """Whether the widget has a function of this name, by the library's own rule."""
    patterns = _library.server.re
    matches = (patterns.match(name, command) for name in _library.server.registrations)
    return any(found is not None and found.group(0) == command for found in matches)


def _take(call: Call) -> None:
    """Receive one frame of the call and hand it to the library."""
    kind, payload = call.link.receive()
    if kind == frames.BINARY:
        raise ValueError("bytes that nothing announced")
    message = decoded(payload)
    kind_of_message = message.get("type")
    if kind_of_message == "CALL":
        call.id = message["id"]
        call.command = str(message.get("command"))
        # As text: the library works on the very dict.
        call.session = _canonical(message.get("sessionData"))
        call.is_task = call.command.startswith(background.FUNCTION)
        if call.command.startswith(("route:", "http")):
            call.route_id = message["id"]
        _library.threaded.IncomingRequest(message, import_modules=_load)
    elif kind_of_message == "CHUNK_HEADER":
        # The library keeps one header for all: with several calls at once they would be mixed up.
        _library.serialise._incoming_requests[message["requestId"]].add_binary_data(message, call.link.receive()[1])
    elif kind_of_message == "MEDIA_ERROR":
        _library.serialise.process_media_error(message)
    elif kind_of_message == INPUT:
        asking.keyboard.answer(message["text"])
    elif kind_of_message is None and ("response" in message or "error" in message):
        _library.threaded.IncomingResponse(message)


class _Answers:
    """Stands where the library has a condition: a thread that waits for an answer reads the socket itself.

    With several threads waiting, one reads and wakes the others after each frame. So a run that never calls the site
    has no reader thread, and one that does needs none.
    """

    def __init__(self, take: Callable[[], None]) -> None:
        self._take = take
        self._condition = threading.Condition()
        self._someone_reads = False

    def __enter__(self) -> "_Answers":
        self._condition.__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        self._condition.__exit__(*details)

    def notify_all(self) -> None:
        """Wake every waiting thread."""
        self._condition.notify_all()

    def wait(self) -> None:
        """Return after something has arrived; held when called, as with a condition."""
        if self._someone_reads:
            self._condition.wait()
            return
        self._someone_reads = True
        self._condition.release()
        try:
            self._take()
        finally:
            self._condition.acquire()
            self._someone_reads = False
            self._condition.notify_all()

    def close(self) -> None:
        """Wait until no thread reads any more; the link must be at its end."""
        with self._condition:
            while self._someone_reads:
                self._condition.wait()


class _AnswersOfCaller:
    """The answers of whichever call a thread works for."""

    def __enter__(self) -> _Answers:
        answers: _Answers = calls.current().answers
        return answers.__enter__()

    def __exit__(self, *details: Any) -> None:
        calls.current().answers.__exit__(*details)

    def notify_all(self) -> None:
        """Wake every waiting thread of the call."""
        calls.current().answers.notify_all()

    def wait(self) -> None:
        """Return after something has arrived for the call."""
        calls.current().answers.wait()


class _Console:
    """Where the library writes when even an exception can't be reported."""

    def write(self, data: bytes) -> None:
        calls.current().streams.stdout.buffer.write(data)

    def flush(self) -> None:
        calls.current().streams.stdout.flush()
