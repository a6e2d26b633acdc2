"""Speaks to one child as a runner does, over a socketpair, without a sandbox around it."""

import json
import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from widget_wire import frames

REPOSITORY = Path(__file__).parents[3]
GUEST_PATH = [
    REPOSITORY / "sandbox_images/guest",
    REPOSITORY / "sandbox_images/policy",
    REPOSITORY / "widgets",
]
STAND_INS = REPOSITORY / "sandbox_images/guest/stand_ins"
OFFERED = REPOSITORY / "sandbox_images/guest/widget_guest/offered"
#: How much of pictures and written files is taken.
KEEP = {"shown_bytes": 1_000_000, "files": 3, "file_bytes": 500_000, "files_bytes": 800_000}
TIMEOUT_S = 30

Message = dict[str, Any]


@dataclass
class Ended:
    """What a child sent, printed and left with."""

    messages: list[Message] = field(default_factory=list)
    media: list[bytes] = field(default_factory=list)
    #: ("stdout" | "stderr", text) in the order of arrival.
    printed: list[tuple[str, str]] = field(default_factory=list)
    status: int | None = None
    #: When its user code began (time.monotonic); None when it did not.
    began_at: float | None = None
    #: (kind of message or name of pipe, when it was read) in the order of arrival.
    arrivals: list[tuple[str, int]] = field(default_factory=list)

    @property
    def answer(self) -> Message:
        """The message that ended the run: END of a script, or the answer to the call."""
        return self.messages[-1]

    @property
    def http(self) -> Message:
        """A route's response."""
        response: Message = self.answer["response"]
        return response

    @property
    def error(self) -> Message:
        """A run's error."""
        error: Message = self.answer["error"]
        return error

    def output(self, stream: str) -> str:
        """Everything that came through one pipe."""
        return "".join(text for name, text in self.printed if name == stream)


@dataclass(frozen=True)
class Children:
    """Starts children under a CPython 3.10."""

    python: str
    anvil: Path
    folder: Path

    def run_program(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a Python program that may import our code and the anvil library."""
        return subprocess.run(
            [self.python, "-B", *arguments],
            capture_output=True, text=True, timeout=TIMEOUT_S, env=self.environment(), **more,
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        """The modules that a child in a sandbox has, and no more."""
        path = [self.anvil, *GUEST_PATH, STAND_INS, OFFERED]
        return {
            "PYTHONPATH": ":".join(map(str, path)), "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8",
            "MPLBACKEND": "module://widgetry_matplotlib",
        }  # fmt: skip

    def script(self, source: str, *arguments: str, **more: Any) -> Ended:
        """Run a script to its end."""
        return self.serve([start("script", {"main.py": source}, argv=list(arguments), **more)])

    def interactive(self, source: str, *typed: str | None) -> Ended:
        """Run a script whose questions are answered with these lines in turn (None: the end of input)."""
        lines = iter(typed)

        def answer(message: Message) -> list[Message]:
            if message["type"] != "ASK":
                return [{"id": message["id"], "response": "called", "objects": []}]
            return [{"type": "INPUT", "text": next(lines)}]

        return self.serve([start("script", {"main.py": source}, interactive=True)], answer)

    def route(self, source: str, path: str = "/", body: bytes | None = None, **request: Any) -> Ended:
        """Send one request to a widget of routes."""
        return self.serve([start("api", {"main.py": source}), *call(path, body, **request)])

    def serve(self, sent: list[Message | bytes], answer: Callable[[Message], list[Message]] = lambda _: []) -> Ended:
        """Send frames to a child, answer its calls, and return what came of it."""
        ours, theirs = socket.socketpair()
        began = os.eventfd(0, os.EFD_NONBLOCK)
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [
                self.python, "-B", str(Path(__file__).with_name("one_child.py")),
                str(work), str(theirs.fileno()), str(began),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[theirs.fileno(), began],
            env=self.environment(),
        )  # fmt: skip
        theirs.close()
        with ours, process:
            ours.settimeout(TIMEOUT_S)
            send(ours, sent)
            assert process.stdout is not None
            assert process.stderr is not None
            sources = {"data": ours.fileno(), "stdout": process.stdout.fileno(), "stderr": process.stderr.fileno()}
            ended = collect(sources, ours, answer)
            ended.status = process.wait(TIMEOUT_S)
            ended.began_at = began_at(began)
        return ended


def began_at(descriptor: int) -> float | None:
    """Return what the eventfd of a run says, and close it."""
    try:
        return os.eventfd_read(descriptor) / 1e6
    except BlockingIOError:
        return None
    finally:
        os.close(descriptor)


def send(connection: socket.socket, sent: list[Message | bytes]) -> None:
    """Send messages and media as frames."""
    for item in sent:
        if isinstance(item, bytes):
            connection.sendall(frames.pack(frames.BINARY, item))
        else:
            connection.sendall(frames.pack(frames.TEXT, json.dumps(item).encode()))


def collect(sources: dict[str, int], ours: socket.socket, answer: Callable[[Message], list[Message]]) -> Ended:
    """Read the data socket and the pipes ("data", "stdout", "stderr") to their ends, answering calls on ``ours``."""
    ended, decoder = Ended(), frames.FrameDecoder()
    with selectors.DefaultSelector() as selector:
        for name, descriptor in sources.items():
            selector.register(descriptor, selectors.EVENT_READ, name)
        while selector.get_map():
            ready = selector.select(TIMEOUT_S)
            assert ready, f"nothing came for {TIMEOUT_S} s; so far {ended}"
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.data != "data":
                    ended.printed.append((key.data, data.decode()))
                    ended.arrivals.append((key.data, len(data)))
                else:
                    for kind, payload in decoder.feed(data):
                        _take(ended, kind, payload, ours, answer)
    return ended


def _take(
    ended: Ended, kind: bytes, payload: bytes, ours: socket.socket, answer: Callable[[Message], list[Message]]
) -> None:
    if kind == frames.BINARY:
        ended.media.append(payload)
        return
    message = json.loads(payload)
    ended.messages.append(message)
    if message.get("type") not in (None, "CHUNK_HEADER", "PRINTED"):
        ended.arrivals.append((message["type"], len(payload)))
    if message.get("type") in ("CALL", "ASK"):
        send(ours, [*answer(message)])


def start(kind: str, files: dict[str, Any], **more: Any) -> Message:
    """Return the first frame of a run."""
    head = {"type": "START", "kind": kind, "files": files, "main": "main.py", "random": "00ff", "keep": KEEP}
    return {**head, **more}


def call(path: str, body: bytes | None = None, prefix: str = "route", **request: Any) -> list[Message | bytes]:
    """Return the frames of a request, as a runner makes them of HTTP."""
    kwargs = {
        "method": "GET", "path": path, "query_params": {}, "form_params": {}, "origin": None, "headers": {},
        "remote_address": "192.0.2.1", "body": None, "username": None, "password": None,
        "same_app_alternate_origin": None, **request,
    }  # fmt: skip
    message = {
        "type": "CALL", "id": "server-1", "call-stack-id": "server-1", "command": f"{prefix}:{path}", "args": [],
        "kwargs": kwargs, "call-stack": [{"type": "http"}],
        "client": {"type": "http", "ip": "192.0.2.1", "location": None},
        "sessionData": {"session": {}, "objects": []}, "session-id": "s1", "app-info": {"id": "W1"}, "objects": [],
    }  # fmt: skip
    if body is None:
        return [message]
    media = {
        "type": ["DataMedia"], "path": ["kwargs", "body"], "id": "m1", "name": "up.bin",
        "mime-type": kwargs["headers"].get("content-type"),
    }  # fmt: skip
    chunk = {"type": "CHUNK_HEADER", "requestId": "server-1", "mediaId": "m1", "chunkIndex": 0, "lastChunk": True}
    return [{**message, "objects": [media]}, chunk, body]


def find_python() -> str:
    """Return the CPython 3.10 that the image would be made of."""
    sys.path.insert(0, str(REPOSITORY / "sandbox_images"))
    try:
        from python310.find_cpython import find
    finally:
        sys.path.pop(0)
    found = find()
    assert found is not None, "no CPython 3.10: set WIDGETRY_PYTHON310, or `uv python install 3.10`"
    return found.executable
