"""The page of a GUI widget in a browser without any server: its files and its socket are played by the test."""

import functools
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, WebSocketRoute
from tests.browser.person import axe

from widget_site.assets import FOLDER

_numbers = itertools.count(1)
#: Python in a browser starts in a second; on a busy machine not so fast.
TIMEOUT_MS = 60_000

Function = Callable[..., Any]


def node(name: str, kind: str, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a component of a design, as ``Node`` of app.ts."""
    made = {"properties": {}, "layout": {}, "events": {}, "bindings": [], **more}
    return {"name": name, "type": kind, "children": list(children), **made}


def app(modules: dict[str, str], forms: dict[str, Any], start: str, kind: str = "form", **more: Any) -> dict[str, Any]:
    """Return an ``App`` of app.ts; a form is its root, or has more: {"root": …, "layout": …}."""
    return {
        "package": "shop",
        "modules": modules,
        "forms": {name: {"name": name, **(form if "root" in form else {"root": form})} for name, form in forms.items()},
        "startup": {"kind": kind, "name": start},
        "dependencies": {},
        "theme": {"colors": {"Primary 500": "rgb(1, 2, 3)"}, "html": {}},
        **more,
    }


class _Files(SimpleHTTPRequestHandler):
    """Sends built files as the site does to whoever asks."""

    extensions_map: dict[str, str] = {  # noqa: RUF012  # its own type in typeshed
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".css": "text/css",
    }

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cache-Control", "public, max-age=31536000, immutable")
        super().end_headers()

    def do_GET(self) -> None:
        """Send a file of the build, or what a test put at the address."""
        made = self.server.made.get(self.path)  # type: ignore[attr-defined]
        if made is None:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", made[0])
        self.send_header("Content-Length", str(len(made[1])))
        self.end_headers()
        self.wfile.write(made[1])

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Files(ThreadingHTTPServer):
    """Serves the build, and pages of tests: address → type and content."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(_Files, directory=str(FOLDER)))
        self.made: dict[str, tuple[str, bytes]] = {}
        self.address = f"http://localhost:{self.server_address[1]}"


@contextmanager
def built_files() -> Iterator[Files]:
    """Serve the build on a port of its own."""
    server = Files()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class WidgetPage:
    """One page with its widget; what it printed and what it said of errors."""

    def __init__(
        self, browser: Browser, files: Files, engine: str, made: dict[str, Any], functions: dict[str, Function]
    ) -> None:
        self._files, self._engine, self._app, self._functions = files, engine, made, functions
        self.printed: list[str] = []
        self.errors: list[str] = []
        self.sockets: list[WebSocketRoute] = []
        self.calls: list[dict[str, Any]] = []
        self.refuses = False
        #: Functions that are answered when the test says so (``release``), and calls of them that wait.
        self.slow: set[str] = set()
        self._held: list[Callable[[], None]] = []
        #: Function → what its answer as a whole is, as ``objects`` describe it, without the path.
        self.described: dict[str, list[dict[str, Any]]] = {}
        self._name = f"/w{next(_numbers)}"
        self._origin = files.address + self._name
        self._context = browser.new_context(viewport={"width": 1000, "height": 700})
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(TIMEOUT_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route("**/_/call", self._call)
        self.page.route_web_socket("**/_/ws", self._connect)

    def open(self, script: str = "") -> "WidgetPage":
        """Go there, after running ``script`` in the page, and wait until Python is live."""
        if script:
            self.page.add_init_script(script)
        self._files.made[f"{self._name}/"] = ("text/html", self._html().encode())
        self._files.made[f"{self._name}/app.json"] = ("application/json", json.dumps(self._app).encode())
        self.page.goto(f"{self._origin}/")
        return self

    def live(self) -> "WidgetPage":
        """Wait until Python is live."""
        self.page.wait_for_selector("html[data-python=live]", timeout=TIMEOUT_MS)
        return self

    def close(self) -> None:
        """Leave it."""
        self._context.close()

    def release(self) -> None:
        """Answer the calls that wait."""
        held, self._held = self._held, []
        for reply in held:
            reply()

    def push(self, name: str, payload: Any) -> None:
        """Raise an event for the page as server code does."""
        self.sockets[-1].send(json.dumps({"type": "EVENT", "name": name, "payload": payload, "objects": []}))

    def violations(self) -> list[str]:
        """Return what axe finds in the page as it is now."""
        return axe(self.page)

    def _heard(self, message: Any) -> None:
        (self.errors if message.type == "error" else self.printed).append(message.text)

    def _call(self, route: Route) -> None:
        said = json.loads(route.request.post_data or "")
        route.fulfill(json={"message": self._respond(said["message"]), "media": said["media"]})

    def _html(self) -> str:
        manifest = json.loads(Path(FOLDER, "manifest.json").read_text())
        address = {name: f"{self._files.address}/{made['file']}" for name, made in manifest.items()}
        boot = {
            "engine": self._engine,
            "assets": {
                name: place for name, place in address.items() if name.startswith("engines/") or name == "plotly.js"
            },
            "app": f"{self._origin}/app.json",
            "first": self._app,
            "app_info": {"id": "W1", "branch": "master", "environment": {"description": "Published", "tags": []}},
            "origin": self._origin,
            "api_origin": f"{self._origin}/_/api",
            "socket": f"{self._name}/_/ws",
            "call": f"{self._name}/_/call",
            "run_limit_ms": 0,
        }
        shown = json.dumps(boot).replace("<", "\\u003c")
        return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>shop</title>
<link rel="stylesheet" href="{address["gui.css"]}">
<script id="boot" type="application/json">{shown}</script></head>
<body><div id="app"></div><script type="module" crossorigin src="{address["page.ts"]}"></script></body></html>"""

    # --- the server

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.refuses:
            socket.close(code=1013)
            return
        self.sockets.append(socket)
        state: dict[str, Any] = {"waiting": {}, "header": None}
        socket.on_message(lambda data: self._take(socket, state, data))

    def _take(self, socket: WebSocketRoute, state: dict[str, Any], data: str | bytes) -> None:
        if isinstance(data, bytes):
            header = state["header"]
            message, media = state["waiting"][header["requestId"]]
            media[header["mediaId"]] = media.get(header["mediaId"], b"") + data
            if header["lastChunk"]:
                message["missing"] -= 1
        else:
            read = json.loads(data)
            if "page" in read:
                socket.send(json.dumps({"auth": "OK", "priv": "client"}))
                return
            if "id" not in read and read["type"] != "CHUNK_HEADER":
                return
            if read["type"] == "CHUNK_HEADER":
                state["header"] = read
                return
            if read["type"] == "PING":
                socket.send(json.dumps({"type": "PONG"}))
                return
            missing = len([item for item in read.get("objects", []) if item["type"] == ["DataMedia"]])
            message, media = {**read, "missing": missing}, {}
            state["waiting"][read["id"]] = (message, media)
        if message["missing"] == 0:
            del state["waiting"][message["id"]]
            reply = functools.partial(self._reply, socket, message, media)
            if message.get("command") in self.slow:
                self._held.append(reply)
            else:
                reply()

    def _reply(self, socket: WebSocketRoute, message: dict[str, Any], media: dict[str, bytes]) -> None:
        answer = self._respond(message)
        answer["id"] = message["id"]
        socket.send(json.dumps(answer))
        for item in answer.get("objects", []):
            if item["type"] != ["DataMedia"]:
                continue
            content = media[item["id"]]
            for index in range(0, max(len(content), 1), 65536):
                last = index + 65536 >= len(content)
                header = {"type": "CHUNK_HEADER", "requestId": message["id"], "mediaId": item["id"]}
                socket.send(json.dumps({**header, "chunkIndex": index // 65536, "lastChunk": last}))
                socket.send(content[index : index + 65536])

    def _respond(self, message: dict[str, Any]) -> dict[str, Any]:
        """Play the server: ``echo`` gives back its first argument as it came, the rest are the test's functions."""
        self.calls.append(message)
        command = message.get("command")
        if command == "echo":
            objects = [item for item in message["objects"] if item["path"][0] == "vt_global"] + [
                {**item, "path": ["response", *item["path"][2:]]}
                for item in message["objects"]
                if item["path"][:2] == ["args", 0]
            ]
            return {"response": message["args"][0], "vt_global": message.get("vt_global"), "objects": objects}
        if command == "news":
            return {"response": None, "capUpdates": {json.dumps(["news", 1]): {"n": 7}}}
        if command not in self._functions:
            kind = "anvil.server.NoServerFunctionError"
            text = f'No server function matching "{command}" has been registered'
            return {"error": {"type": kind, "message": text, "trace": []}}
        try:
            objects = [{**one, "path": ["response"]} for one in self.described.get(command, [])]
            return {"response": self._functions[command](*message["args"], **message["kwargs"]), "objects": objects}
        except Exception as error:
            told = {"type": type(error).__name__, "message": str(error), "trace": [["server_code/f.py", 3]]}
            return {"error": told}
