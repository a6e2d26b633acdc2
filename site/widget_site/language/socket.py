"""One editor's language socket: what the browser may ask is passed on, what the tools say is looked at."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from widget_site.conversation import DONE, GOING_AWAY, POLICY, ClosedError, Conversation
from widget_site.language import lsp
from widget_site.language.client_modules import ClientModules
from widget_site.language.findings import read_findings
from widget_site.language.link import LanguageLink, OverError
from widget_wire.language import IDLE_S, MAX_TEXT_CHARS

log = logging.getLogger(__name__)

#: Messages of a browser in WINDOW_S; typing makes a few a second.
MAX_MESSAGES = 400
WINDOW_S = 10.0
#: Requests that wait for the language server.
MAX_PENDING = 100
#: How often it is asked whether the account may still edit the widget, and whether that has the same packages.
CHECK_S = 30.0
#: Modules whose files one conversation may write.
MAX_WRITTEN = 500
#: What a client says of itself and that needs no answer.
_QUIET = frozenset({"initialized", "$/cancelRequest", "$/setTrace", "exit"})

Json = dict[str, Any]


class LanguageSocket(Conversation):
    """Speaks what ``language/__init__.py`` says with one editor."""

    def __init__(
        self,
        receive: Callable[[], Awaitable[str | bytes]],
        send: Callable[[str], Awaitable[None]],
        link: LanguageLink,
        modules: Mapping[str, str],
        over: Callable[[], Awaitable[int | None]],
        client: ClientModules | None = None,
    ) -> None:
        super().__init__(receive, send)
        self._link = link
        self._modules = modules
        self._written = set(modules)
        self._over = over
        self._client = client
        self._arrivals: deque[float] = deque(maxlen=MAX_MESSAGES + 1)
        self._next_id = 1
        #: Our number of a request to the language server -> the browser's, and its method.
        self._pending: dict[int, tuple[int, str]] = {}
        self._greeting: tuple[int, int] | None = None
        self._is_greeted = False

    async def run(self, account: str, environment: str) -> int:
        """Speak until somebody has enough; return the code to close with."""
        failure = await self._until_one_ends(self._read(), self._hear(account, environment), self._check())
        if isinstance(failure, ClosedError):
            return failure.code
        if failure is not None and not isinstance(failure, OverError):
            log.warning("a language socket ended", exc_info=failure)
        return GOING_AWAY if self._stopping.is_set() else DONE

    # --- from the browser ---

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    data = await self._receive()
            except TimeoutError as error:
                raise ClosedError(DONE) from error
            self._count()
            try:
                message = json.loads(data) if isinstance(data, str) else None
                await self._take(message)
            except (ValueError, RecursionError, KeyError, TypeError, lsp.RefusedError) as error:
                # Our own page says no such thing.
                raise ClosedError(POLICY) from error

    def _count(self) -> None:
        now = time.monotonic()
        self._arrivals.append(now)
        if len(self._arrivals) > MAX_MESSAGES and now - self._arrivals[0] < WINDOW_S:
            raise ClosedError(POLICY)

    async def _take(self, message: Any) -> None:
        match message["op"]:
            case "check" | "format":
                number, text = message["id"], message["text"]
                if type(number) is not int or not isinstance(text, str) or len(text) > MAX_TEXT_CHARS:
                    raise ValueError("not a text to check")
                await self._link.say(op=message["op"], id=number, text=_encodable(text))
            case "server":
                await self._take_lsp(message["message"])
            case "template":
                await self._take_template(message["path"], message["text"])
            case _:
                raise ValueError("unknown op")

    async def _take_template(self, path: Any, text: Any) -> None:
        if not isinstance(path, str) or not isinstance(text, str) or len(text) > MAX_TEXT_CHARS:
            raise ValueError("not a template")
        changed = await self._client.changed(path, text) if self._client is not None else {}
        for place, source in changed.items():
            await self._write(place, source)

    async def _take_lsp(self, message: Any) -> None:
        if not isinstance(message, dict):
            raise lsp.RefusedError("not an object")
        method = message.get("method")
        if method == "initialize":
            await self._greet(lsp.number(message.get("id")))
        elif method == "shutdown":
            await self._answer({"jsonrpc": "2.0", "id": lsp.number(message.get("id")), "result": None})
        elif method not in _QUIET:
            if not self._is_greeted:
                raise lsp.RefusedError("nothing passes before the greeting")
            if (written := lsp.written(message)) is not None:
                await self._write(*written)
            if method == "textDocument/didSave":
                return
            passed = lsp.to_server(message)
            if "id" in passed:
                passed["id"] = self._remember(passed["id"], passed["method"])
            await self._link.say(op="server", message=passed)

    async def _write(self, path: str, text: str) -> None:
        is_new = path not in self._written
        self._written.add(path)
        if len(self._written) > MAX_WRITTEN:
            raise ClosedError(POLICY)
        await self._link.say(op="file", path=path, text=_encodable(text))
        await self._link.say(op="server", message=lsp.file_changed(path, is_new=is_new))

    def _remember(self, browsers: int, method: str) -> int:
        if len(self._pending) >= MAX_PENDING:
            # The oldest was given up by whoever asked it.
            del self._pending[next(iter(self._pending))]
        self._next_id += 1
        self._pending[self._next_id] = (browsers, method)
        return self._next_id

    async def _greet(self, browsers: int) -> None:
        if self._greeting is not None:
            raise lsp.RefusedError("greeted twice")
        self._greeting = (self._next_id, browsers)
        if self._client is not None:
            made = await self._client.begin()
            self._written |= made.keys()
            await self._link.say(op="files", files=made)
        for path, text in self._modules.items():
            await self._link.say(op="file", path=path, text=text)
        await self._link.say(op="server", message=lsp.initialize(self._next_id))

    # --- from the tools ---

    async def _hear(self, account: str, environment: str) -> None:
        await self._link.open(account, environment)
        first = await self._link.first()
        if first["op"] != "ready":
            await self._send(op="refused", message=str(first.get("text", ""))[:500])
            raise ClosedError(DONE)
        await self._send(op="ready")
        while True:
            message = await self._link.hear()
            match message["op"]:
                case "checked":
                    # A large answer takes a while to look at, and others wait.
                    found = await asyncio.to_thread(read_findings, message["found"])
                    await self._send(op="checked", id=message["id"], found=found)
                case "formatted":
                    await self._send(op="formatted", id=message["id"], text=message["text"])
                case "server":
                    await self._hear_lsp(message["message"])
                case _:
                    raise ClosedError(DONE)

    async def _hear_lsp(self, text: str) -> None:
        try:
            message = json.loads(text)
            await self._hear_message(message)
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError, lsp.RefusedError) as error:
            log.info("the language server said what is not understood: %r", error)

    async def _hear_message(self, message: Json) -> None:
        if "method" in message and "id" in message:
            # It may ask for what it likes; here it gets nothing.
            items = message.get("params", {}).get("items") if isinstance(message.get("params"), dict) else None
            result = [None for _ in items[:100]] if isinstance(items, list) else None
            await self._link.say(op="server", message={"jsonrpc": "2.0", "id": message["id"], "result": result})
            return
        if "method" in message:
            if (passed := lsp.to_browser(message, None)) is not None:
                await self._answer(passed)
            return
        if self._greeting is not None and message["id"] == self._greeting[0] and not self._is_greeted:
            self._is_greeted = True
            await self._link.say(op="server", message={"jsonrpc": "2.0", "method": "initialized", "params": {}})
            can = {"capabilities": lsp.CAPABILITIES}
            await self._answer({"jsonrpc": "2.0", "id": self._greeting[1], "result": can})
            return
        browsers, method = self._pending.pop(message["id"])
        passed = lsp.to_browser({**message, "id": browsers}, method)
        if passed is not None:
            await self._answer(passed)

    async def _answer(self, message: Json) -> None:
        await self._send(op="server", message=message)

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            if (code := await self._over()) is not None:
                raise ClosedError(code)


def _encodable(text: str) -> str:
    """Return text without half characters, which no tool can read."""
    return text.encode("utf-8", "replace").decode()
