"""One editor's language tools: what its site asks for is done in a sandbox, what the tools say goes back."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable
from typing import Any, cast

import redis.asyncio
import redis.exceptions

from widget_runner.engines.base import EngineError
from widget_runner.language.tool_sandbox import ToolError, ToolSandbox
from widget_wire import keys
from widget_wire.language import IDLE_S, MAX_MESSAGE_BYTES
from widget_wire.tasks import end_tasks

_log = logging.getLogger(__name__)

_WAIT_S = 2
#: Checks that wait; a newer text makes an older check pointless.
_MAX_WAITING = 4
_HEADER = b"Content-Length: "
_MAX_HEADER_BYTES = 1000


class LanguageSession:
    """Serves until its site closes it, is silent for IDLE_S or lets things pile up, or the sandbox ends."""

    def __init__(self, client: redis.asyncio.Redis, session: str, sandbox: ToolSandbox) -> None:
        self._client = client
        self._name = session
        self._sandbox = sandbox
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_MAX_WAITING)
        self._to_server: asyncio.Queue[bytes] = asyncio.Queue(keys.LANGUAGE_WAITING_MAX)
        self._serving: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve; returns when the session is over."""
        tasks = [asyncio.create_task(work) for work in (self._hear(), self._use_tools(), self._sandbox.gone.wait())]
        try:
            await self.say(op="ready")
            done, _ = await asyncio.wait([*tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        except (_OverError, EngineError, redis.exceptions.RedisError, OSError) as error:
            _log.info("language session %s ends: %s", self._name, error)
        finally:
            if self._serving is not None:
                tasks.append(self._serving)
            await end_tasks(*tasks)

    async def say(self, **message: Any) -> None:
        """Tell the site; the session is over when it does not listen."""
        key = keys.LANGUAGE_OUT + self._name
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.rpush(key, json.dumps(message))
            pipe.expire(key, keys.LANGUAGE_TTL_S)
            waiting, _ = await pipe.execute()
        if waiting > keys.LANGUAGE_WAITING_MAX:
            raise _OverError("its site does not listen")

    async def _hear(self) -> None:
        key, heard_at = keys.LANGUAGE_IN + self._name, time.monotonic()
        while True:
            popped: Any = await cast("Awaitable[Any]", self._client.blpop([key], timeout=_WAIT_S))
            if popped is None:
                if time.monotonic() - heard_at > IDLE_S:
                    raise _OverError("nothing was asked for some time")
                continue
            heard_at = time.monotonic()
            message = json.loads(popped[1])
            match message["op"]:
                case "check" | "format":
                    if self._waiting.full():
                        self._waiting.get_nowait()
                    self._waiting.put_nowait(message)
                case "file":
                    await self._sandbox.keep(message["path"], message["text"])
                case "files":
                    for path, text in message["files"].items():
                        await self._sandbox.keep(path, text)
                case "server":
                    self._tell_server(message["message"])
                case _:
                    raise _OverError("its site closed it")

    async def _use_tools(self) -> None:
        while True:
            asked = await self._waiting.get()
            try:
                said = await self._sandbox.run(asked["op"], asked["text"])
            except ToolError as error:
                # What it started may still be at it, so nothing of it is used any more.
                raise _OverError(str(error)) from error
            text = None if said is None else said.decode("utf-8", "replace")
            if asked["op"] == "check":
                await self.say(op="checked", id=asked["id"], found=text)
            else:
                await self.say(op="formatted", id=asked["id"], text=text)

    # --- the language server ---

    def _tell_server(self, message: Any) -> None:
        body = json.dumps(message).encode()
        if self._to_server.full() or len(body) > MAX_MESSAGE_BYTES:
            raise _OverError("the language server is asked for more than it does")
        self._to_server.put_nowait(_HEADER + b"%d\r\n\r\n" % len(body) + body)
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
            # Its end is the end of the sandbox, and so of the session.
            self._serving.add_done_callback(lambda _: self._sandbox.gone.set())

    async def _serve(self) -> None:
        async with self._sandbox.open_server() as (_, reader, writer):
            writing = asyncio.create_task(self._write(writer))
            try:
                while (body := await _read_message(reader)) is not None:
                    await self.say(op="server", message=body.decode("utf-8", "replace"))
            except (_OverError, redis.exceptions.RedisError, OSError) as error:
                _log.info("language session %s ends: %s", self._name, error)
            finally:
                await end_tasks(writing)

    async def _write(self, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(await self._to_server.get())
            await writer.drain()


class _OverError(Exception):
    """The session is over; the text says why."""


async def _read_message(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next message of a language server; None at its end, _OverError for what is none."""
    size = 0
    try:
        while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
            if len(line) > _MAX_HEADER_BYTES:
                raise _OverError("the language server said something unknown")
            if line.lower().startswith(_HEADER.lower()):
                size = int(line[len(_HEADER) :])
        if not 0 < size <= MAX_MESSAGE_BYTES:
            raise _OverError("the language server said too much")
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError:
        return None
    except (ValueError, asyncio.LimitOverrunError) as error:
        raise _OverError("the language server said something unknown") from error
