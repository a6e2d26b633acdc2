"""A WebSocket client that can also misbehave."""

import asyncio
import json
from typing import Any

import wsproto
from tests.services.http_client import Pairs
from wsproto.connection import ConnectionType
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)


class RefusedError(Exception):
    """The handshake was answered with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Tab:
    """One browser tab's socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.ws = wsproto.WSConnection(ConnectionType.CLIENT)
        self._events: list[Event] = []
        self.close_code: int | None = None

    @classmethod
    async def open(cls, port: int, headers: Pairs, target: str = "/api/live", host: str = "") -> "Tab":
        tab = cls(*await asyncio.open_connection("127.0.0.1", port))
        extra = [(name.encode(), value.encode()) for name, value in headers]
        tab.writer.write(tab.ws.send(Request(host=host or f"localhost:{port}", target=target, extra_headers=extra)))
        event = await tab._next()
        if isinstance(event, RejectConnection):
            tab.writer.close()
            raise RefusedError(event.status_code)
        assert isinstance(event, AcceptConnection)
        return tab

    async def _next(self) -> Event:
        while not self._events:
            async with asyncio.timeout(10):
                data = await self.reader.read(65536)
            self.ws.receive_data(data or None)
            self._events += self.ws.events()
        return self._events.pop(0)

    async def say(self, **message: Any) -> None:
        await self.send_text(json.dumps(message))

    async def send_text(self, text: str) -> None:
        self.writer.write(self.ws.send(TextMessage(text)))
        await self.writer.drain()

    async def send(self, event: Message[Any]) -> None:
        self.writer.write(self.ws.send(event))
        await self.writer.drain()

    async def hear(self) -> dict[str, Any]:
        """Return the next message; ConnectionError when the site closes (``close_code`` says why)."""
        text = ""
        while True:
            event = await self._next()
            if isinstance(event, TextMessage):
                text += event.data
                if event.message_finished:
                    message: dict[str, Any] = json.loads(text)
                    return message
            elif isinstance(event, Ping):
                self.writer.write(self.ws.send(event.response()))
            elif isinstance(event, CloseConnection):
                self.close_code = int(event.code)
                raise ConnectionError(f"closed with {event.code}")

    async def hear_run(self, run_id: str) -> list[dict[str, Any]]:
        """Return the events of a run until it is done."""
        events: list[dict[str, Any]] = []
        while True:
            message = await self.hear()
            if message["op"] == "events" and message["run"] == run_id:
                events += message["events"]
                if message["done"]:
                    return events

    def close(self) -> None:
        self.writer.close()
