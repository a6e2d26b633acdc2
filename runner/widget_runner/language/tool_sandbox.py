"""One sandbox in which the tools of one editor run: started, given text, ended.

What tools say was made from text of strangers; here it is only bounded, and handed on as bytes.
"""

import asyncio
import contextlib
import itertools
import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

from widget_runner.engines.base import EngineError, SandboxEngine, SandboxProcess, SandboxSpec
from widget_wire.control import MAX_PACKET_BYTES, packet

_READY_S = 15.0
#: How long a tool may take that reads one file and ends; hostile text may make it slow.
TOOL_TIMEOUT_S = 10.0
MAX_OUTPUT_BYTES = 4 * 1024 * 1024


class ToolError(Exception):
    """A tool did not do its work in time and within bounds."""


class ToolSandbox:
    """Made by ``start``; ``close`` ends every process in it. For one task at a time."""

    def __init__(self, process: SandboxProcess) -> None:
        self._process = process
        self._control = process.control
        self._control.setblocking(False)
        self._numbers = itertools.count(1)
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._hearing: asyncio.Task[None] | None = None
        #: Set when the sandbox ended.
        self.gone = asyncio.Event()

    @classmethod
    async def start(cls, engine: SandboxEngine, spec: SandboxSpec) -> "ToolSandbox":
        """Start one; EngineError when it can't be."""
        sandbox = cls(await engine.launch(spec))
        try:
            async with asyncio.timeout(_READY_S):
                if (await sandbox._event()).get("ev") != "ready":
                    raise EngineError("the sandbox of language tools said something unknown")
        except BaseException as error:
            await asyncio.shield(sandbox.close())
            if isinstance(error, TimeoutError):
                raise EngineError("the sandbox of language tools was not ready in time") from error
            raise
        sandbox._hearing = asyncio.create_task(sandbox._hear())
        return sandbox

    async def run(self, tool: str, text: str) -> bytes | None:
        """Give a tool this text; return what it says, None when it failed. ToolError when it takes too much."""
        try:
            async with asyncio.timeout(TOOL_TIMEOUT_S), self._started(tool) as (number, reader, writer):
                reading = asyncio.create_task(_read_all(reader))
                try:
                    with contextlib.suppress(OSError):  # it ended without reading
                        writer.write(text.encode())
                        await writer.drain()
                    writer.close()
                    said = await reading
                    return said if await self._ended[number] == 0 else None
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
        except TimeoutError as error:
            raise ToolError("it took too long") from error

    def open_server(self) -> "contextlib.AbstractAsyncContextManager[Pipes]":
        """Return the language server's input and output, inside of a block."""
        return self._started("server")

    async def keep(self, path: str, text: str | None) -> None:
        """Keep a module of the widget for the server, which reads it from now on; None removes it."""
        if text is None:
            self._send(op="remove", path=path)
            return
        with self._numbered() as number, _Pipe() as pipe:
            self._send(pipe.out_of, op="file", id=number, path=path)
            transport, writer = await _writer(pipe.take(pipe.into))
            pipe.close(pipe.out_of)
            try:
                with contextlib.suppress(OSError):
                    writer.write(text.encode())
                    await writer.drain()
            finally:
                transport.close()
            await self._ended[number]

    async def close(self) -> None:
        """End it."""
        self.gone.set()
        if self._hearing is not None:
            self._hearing.cancel()
        await self._process.kill()
        self._control.close()

    @contextlib.contextmanager
    def _numbered(self) -> "Iterator[int]":
        """Give the number of an op; inside of the block its end is awaited in ``_ended``."""
        number = next(self._numbers)
        self._ended[number] = asyncio.get_running_loop().create_future()
        try:
            yield number
        finally:
            if not (left := self._ended.pop(number)).done():
                left.cancel()

    @contextlib.asynccontextmanager
    async def _started(self, tool: str) -> "AsyncIterator[Pipes]":
        async with contextlib.AsyncExitStack() as opened:
            number = opened.enter_context(self._numbered())
            given, said = opened.enter_context(_Pipe()), opened.enter_context(_Pipe())
            self._send(given.out_of, said.into, op="run", id=number, tool=tool)
            given.close(given.out_of)
            said.close(said.into)
            transport, writer = await _writer(given.take(given.into))
            opened.callback(transport.close)
            reader = asyncio.StreamReader(limit=MAX_OUTPUT_BYTES)
            reading, _ = await asyncio.get_running_loop().connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader),
                os.fdopen(said.take(said.out_of), "rb", buffering=0),
            )
            opened.callback(reading.close)
            yield number, reader, writer

    def _send(self, *descriptors: int, **fields: Any) -> None:
        try:
            if descriptors:
                socket.send_fds(self._control, [packet(**fields)], list(descriptors))
            else:
                self._control.send(packet(**fields))
        except OSError as error:
            raise EngineError(f"the sandbox of language tools went away: {error.strerror}") from error

    async def _hear(self) -> None:
        try:
            while True:
                event = await self._event()
                ended = self._ended.get(int(event["id"])) if event.get("ev") == "ended" else None
                if ended is not None and not ended.done():
                    ended.set_result(int(event["status"]))
        except (EngineError, KeyError, TypeError, ValueError):
            self.gone.set()
            for ended in self._ended.values():
                if not ended.done():
                    ended.set_result(-1)

    async def _event(self) -> dict[str, Any]:
        try:
            data = await asyncio.get_running_loop().sock_recv(self._control, MAX_PACKET_BYTES)
            event = json.loads(data) if data else None
        except (OSError, ValueError, RecursionError):
            event = None
        if not isinstance(event, dict):
            raise EngineError("the sandbox of language tools ended")
        return event


class _Pipe:
    """Both ends of a pipe; inside of the block they are closed in the end unless somebody took them."""

    def __init__(self) -> None:
        self.out_of, self.into = os.pipe()
        self._held = {self.out_of, self.into}

    def __enter__(self) -> "_Pipe":
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in list(self._held):
            self.close(descriptor)

    def take(self, descriptor: int) -> int:
        self._held.discard(descriptor)
        return descriptor

    def close(self, descriptor: int) -> None:
        self._held.discard(descriptor)
        os.close(descriptor)


Pipes = tuple[int, asyncio.StreamReader, asyncio.StreamWriter]


async def _writer(descriptor: int) -> tuple[asyncio.WriteTransport, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(descriptor, "wb", buffering=0)
    )
    return transport, asyncio.StreamWriter(transport, protocol, None, loop)


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    """Return everything up to the end; ToolError for more than is taken."""
    pieces, size = [], 0
    while piece := await reader.read(65536):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_OUTPUT_BYTES:
            raise ToolError("it said too much")
    return b"".join(pieces)
