"""The process of one run, after it has isolated itself: takes START, runs the widget, answers, leaves."""

import contextlib
import json
import os
import sys
from typing import Any

from widget_guest import (
    anvil_adapter,
    app_package,
    asking,
    calls,
    compiled_code,
    files,
    kept,
    module_finders,
    output,
    script,
    showing,
    tracebacks,
)
from widget_guest.link import Link, leave
from widget_guest.program import Loads, Program
from widget_guest.rich import after_import
from widget_wire import frames
from widget_wire.start import COMPILE, PRINTED, START

#: Kinds of widget whose main file is run top to bottom; the others answer a call.
_SCRIPTS = ("script", "scheduled")


def make_ready() -> Link:
    """Make what every run needs and that only names descriptors (0 to 3); done once, by the supervisor."""
    link = Link()
    output.replace_streams(lambda: _tell_that_it_printed(link))
    asking.replace_input()
    anvil_adapter.connect(link)
    showing.install()
    after_import.install()
    return link


def _tell_that_it_printed(link: Link) -> None:
    if link.is_here:  # what user code forked has no say
        with contextlib.suppress(OSError):
            link.send({"type": PRINTED})


def rehearse(link: Link) -> None:
    """Serve a route of our own that goes nowhere, and forget it.

    In the supervisor this fills caches (compiled expressions, specialised code) that every child inherits. In a child
    that waits for its run it makes the kernel copy, ahead of that, the pages that any run writes to: a first line
    0.8 ms earlier.
    ``link`` is what the library is connected to afterwards.
    """
    nowhere = _Nowhere(_REHEARSAL_START, _REHEARSAL_CALL)
    nowhere.belongs_here()
    anvil_adapter.connect(nowhere)
    start = nowhere.receive_message()
    source = files.content_bytes(start["files"]["main.py"])
    anvil_adapter.serve_call(calls.current(), Program(source, _REHEARSED))
    anvil_adapter.forget_calls()
    anvil_adapter.connect(link)
    del sys.modules[_REHEARSED]


def rehearse_app(link: Link) -> None:
    """Do as ``rehearse`` with a server function of a GUI of our own: its modules come from files.

    For a child that waits for its run, and has a /work already: an answer 0.3 ms earlier, more on a busy machine.
    """
    nowhere = _Nowhere(_APP_START, _APP_CALL)
    nowhere.belongs_here()
    anvil_adapter.connect(nowhere)
    start = nowhere.receive_message()
    placed = {path: content for path, content in start["files"].items() if "/" in path}
    files.place(placed, tracebacks.WORK)
    program = app_package.AppPackage(start["files"])
    anvil_adapter.serve_call(calls.current(), program)
    anvil_adapter.forget_calls()
    anvil_adapter.connect(link)
    program.forget()
    files.remove(placed, tracebacks.WORK)


def serve(link: Link) -> None:
    """Take one START from ``link``, run what it says, send the answer and end the process; a kept one serves on."""
    link.belongs_here()
    start = link.receive_message()
    if start.get("type") == COMPILE:
        compiled_code.answer(link, start)
        leave(0)
    if start.get("type") != START:
        raise ValueError(f"the first frame is {start.get('type')!r}, not {START}")
    _reseed(start)
    link.payload_bytes = start.get("payload_bytes", link.payload_bytes)
    link.keep.update(start.get("keep", {}))
    anvil_adapter.set_app(start.get("app", {}))
    is_app = start["kind"] == "gui"
    files.place(start["files"], tracebacks.WORK)
    main = start.get("main", "main.py")
    source = files.content_bytes(start["files"].get(main, ""))
    task = start.get("task")
    if task:
        anvil_adapter.begin_task(link, task["id"])
    if start["kind"] in _SCRIPTS:
        if main not in start["files"]:
            script.refuse(
                link, "anvil.server.NoServerFunctionError", f"There is no script {main.removesuffix('.py')!r}"
            )
        arguments = _script_arguments(link) if task and task["given"] else start.get("argv", [])
        if start.get("interactive"):
            asking.keyboard.connect(link, anvil_adapter.wait_until)
        leave(script.run(link, source, main, arguments, start.get("call"), start["files"]))
    sys.argv = [main]
    compiled = compiled_code.CompiledCode(start["files"], start.get("compiled", {}))
    if is_app:
        program: Loads = app_package.AppPackage(start["files"], compiled.of)
    else:
        program = Program(source, main, compiled.of(main, source))
        if len(compiled) > 1:
            module_finders.load_known(tracebacks.WORK, compiled, compiled.of)
    if start.get("kept"):
        kept.serve(link, program)
    anvil_adapter.serve_call(calls.current(), program)
    leave(0)


def _script_arguments(link: Link) -> list[Any]:
    """Return what a script was launched with; the run ends here when that can't be given to a script."""
    try:
        arguments, named = anvil_adapter.receive_arguments(link)
    except Exception as error:  # a class that is not there any more, say
        script.refuse(link, tracebacks.type_name(error), tracebacks.str_of(error))
    if named:
        script.refuse(link, "TypeError", "A script takes arguments by position only: they are in sys.argv.")
    return arguments


class _Nowhere(Link):
    """A link whose frames are here already, and whose answers nobody reads."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        super().__init__()
        for message in messages:
            self._received.extend(self._decoder.feed(frames.pack(frames.TEXT, json.dumps(message).encode())))

    def _write(self, data: bytes) -> None:
        pass

    def user_code_begins(self) -> None:
        pass


_REHEARSED = "widget_rehearsal"
_REHEARSAL_SOURCE = """
import anvil.server
from anvil.server import request

@anvil.server.route("/rehearsal/:name")
def answer(name, **rest):
    return {"name": name, "method": request.method, "rest": rest}
"""
_REHEARSAL_START = {"type": START, "kind": "api", "files": {"main.py": _REHEARSAL_SOURCE}}
_REHEARSAL_CALL = {
    "type": "CALL",
    "id": "rehearsal",
    "call-stack-id": "rehearsal",
    "command": "route:/rehearsal/x",
    "args": [],
    "kwargs": {
        "method": "GET",
        "path": "/rehearsal/x",
        "query_params": {"page": "1"},
        "form_params": {},
        "origin": None,
        "headers": {"host": "localhost"},
        "remote_address": "127.0.0.1",
        "body": None,
        "username": None,
        "password": None,
    },
    "call-stack": [{"type": "http"}],
    "client": {"type": "http", "ip": "127.0.0.1", "location": None},
    "sessionData": {"session": {}, "objects": []},
    "session-id": "rehearsal",
    "app-info": {},
    "objects": [],
}

_APP_SOURCE = """
import anvil.server

@anvil.server.callable
def answer(number):
    return number
"""
_APP_START = {
    "type": START,
    "kind": "gui",
    "files": {"anvil.yaml": f"package_name: {_REHEARSED}\n", "server_code/rehearsed.py": _APP_SOURCE},
}
_APP_CALL = {
    **_REHEARSAL_CALL,
    "command": "answer",
    "args": [1],
    "kwargs": {},
    "call-stack": [{"type": "browser", "protocol-version": 8}],
    "client": {"type": "browser", "ip": "127.0.0.1", "location": None},
}


def _reseed(start: dict[str, Any]) -> None:
    """Give numpy, should it have been preloaded, another random state than the run before had ([M]: it repeated)."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(int(start.get("random") or os.urandom(4).hex(), 16) % (1 << 32))
