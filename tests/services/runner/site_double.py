"""What a site does, as far as a runner can tell: hands runs over through Redis, reads replies, events and records."""

import asyncio
import time
from typing import Any, cast

import redis.asyncio

from widget_model.files import digest, encode_files
from widget_model.ids import new_id
from widget_wire import keys
from widget_wire.runs import PartsRead, RunRecord, RunReply, RunRequest, ServiceAnswer, ServiceCall, unpack_events

SITE = "test-site"


class SiteDouble:
    """One site process."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client

    async def publish(self, files: dict[str, Any]) -> str:
        """Put a revision's files where runners look for them; return its digest."""
        code = digest(files)
        await self.client.set(keys.CODE + code, encode_files(files), ex=keys.CODE_TTL_S)
        return code

    async def script(self, source: str, **more: Any) -> RunRequest:
        """Return the request of an owner's run of this script."""
        code = await self.publish({"main.py": source})
        return request(code, **{"kind": "script", "trigger": "owner", "live": True, "timeout_s": 20.0, **more})

    async def route(self, source: str, path: str = "/", method: str = "GET", **more: Any) -> RunRequest:
        """Return the request of an HTTP request to this API."""
        code = await self.publish({"main.py": source})
        asked = {
            "prefix": "route",
            "method": method,
            "path": path,
            "query_params": {},
            "form_params": {},
            "origin": None,
            "headers": {},
            "remote_address": "192.0.2.7",
            "username": None,
            "password": None,
            "content_type": None,
            "file_name": None,
            "has_body": bool(more.get("body")),
            **more.pop("asked", {}),
        }
        return request(code, **{"kind": "api", "trigger": "route", "route": asked, "timeout_s": 20.0, **more})

    async def function(self, source: str, command: str, message: dict[str, Any], **more: Any) -> RunRequest:
        """Return the request of a call of a server function of this source."""
        code = await self.publish({"main.py": source})
        asked = {
            "command": command,
            "caller": "uplink",
            "call_stack": [{"type": "uplink"}],
            "client": {"type": "uplink", "ip": None, "location": None},
            "session": "",
            "message": message,
        }
        return request(code, **{"kind": "api", "trigger": "uplink", "function": asked, "timeout_s": 20.0, **more})

    async def call_function(self, source: str, command: str, *args: Any, **more: Any) -> ServiceAnswer:
        """Call a server function with plain arguments and return the answer."""
        message = {"args": list(args), "kwargs": {}, "objects": []}
        reply = await self.call(await self.function(source, command, message, **more))
        assert reply.status == "done", reply
        return ServiceAnswer.from_envelope(reply.body)

    async def submit(self, *requests: RunRequest) -> None:
        """Push runs to the queue."""
        await cast(Any, self.client.rpush(keys.RUN_QUEUE, *(one.to_envelope() for one in requests)))

    async def reply(self, timeout_s: int = 20, site: str = SITE) -> RunReply:
        """Return the next reply to this site."""
        popped = await cast(Any, self.client.blpop([keys.REPLY + site], timeout=timeout_s))
        assert popped is not None, "no reply came"
        return RunReply.from_envelope(popped[1])

    async def call(self, one: RunRequest) -> RunReply:
        """Submit a run and return its reply, its parts put together."""
        await self.submit(one)
        site = one.site or SITE
        first = await self.reply(max(20, int(one.timeout_s)), site)
        body, part = first.body, first
        while part.more:
            if first.runner:
                said = PartsRead(first.id, part.part).to_envelope()
                await cast(Any, self.client.rpush(keys.PARTS_READ + first.runner, said))
            part = await self.reply(site=site)
            body += part.body
        return RunReply(first.id, first.status, first.outcome, first.http_status, first.headers, body=body)

    async def get(self, source: str, path: str = "/", method: str = "GET", **more: Any) -> RunReply:
        """Send an HTTP request to an API of this source."""
        return await self.call(await self.route(source, path, method, **more))

    async def record(self, run_id: str, timeout_s: float = 10) -> RunRecord:
        """Return the record of a run."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for _, fields in await self.client.xrevrange(keys.RECORDS, count=200):
                record = RunRecord.from_envelope(fields[keys.RECORDS_FIELD.encode()])
                if record.id == run_id:
                    return record
            await asyncio.sleep(0.02)
        raise AssertionError(f"no record of {run_id}")

    async def events(self, run_id: str) -> list[dict[str, Any]]:
        """Return what a live run said so far."""
        entries = await self.client.xrange(keys.EVENTS + run_id)
        return [event for _, fields in entries for event in unpack_events(fields[keys.EVENTS_FIELD.encode()])]

    async def wait_for_event(self, run_id: str, kind: str, text: str = "", timeout_s: float = 10) -> dict[str, Any]:
        """Return the first event of this kind that holds ``text``, once it is there."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for event in await self.events(run_id):
                if event["kind"] == kind and text in event["text"]:
                    return event
            await asyncio.sleep(0.01)
        raise AssertionError(f"no {kind} event with {text!r}: {await self.events(run_id)}")

    async def run_script(self, source: str, **more: Any) -> "Finished":
        """Run a script to its end."""
        one = await self.script(source, **more)
        await self.submit(one)
        return await self.finished(one.id)

    async def finished(self, run_id: str) -> "Finished":
        """Wait for the end of a run."""
        record = await self.record(run_id, timeout_s=30)
        return Finished(record, await self.events(run_id))

    async def stop(self, run_id: str) -> None:
        """Ask to stop a run."""
        await self.client.set(keys.STOP + run_id, "1", ex=keys.STOP_TTL_S)
        await self.client.publish(keys.STOP_CHANNEL, run_id)

    async def serve_call(self, message: dict[str, Any], media: bytes = b"") -> ServiceCall:
        """Answer the next service call with this message."""
        call = await self.next_call(10)
        await self.answer_call(call, message, media=media)
        return call

    async def next_call(self, timeout_s: int = 30) -> ServiceCall:
        """Return the next service call; it waits for ``answer_call``."""
        popped = await cast(Any, self.client.blpop([keys.SERVICE_QUEUE], timeout=timeout_s))
        assert popped is not None, "no service was called"
        return ServiceCall.from_envelope(popped[1])

    async def answer_call(self, call: ServiceCall, message: dict[str, Any], **more: Any) -> None:
        """Answer a service call."""
        answer = ServiceAnswer(call.id, message, **more)
        await cast(Any, self.client.rpush(keys.SERVICE_REPLY + call.runner, answer.to_envelope()))


class Finished:
    """A live run that ended."""

    def __init__(self, record: RunRecord, events: list[dict[str, Any]]) -> None:
        self.record = record
        self.events = events

    def text(self, kind: str = "stdout") -> str:
        """Everything of one kind of event."""
        return "".join(event["text"] for event in self.events if event["kind"] == kind)


def request(code: str, **fields: Any) -> RunRequest:
    """Return a request; what is not given is what most tests want."""
    widget = fields.pop("widget_id", "w1")
    return RunRequest(
        **{
            "id": new_id(),
            "widget_id": widget,
            "slug": "some-quiet-otter",
            "revision": 1,
            "code": code,
            "environment": None,
            "start_before_ms": int(time.time() * 1000) + 10_000,
            "site": SITE,
            "origin": "http://some-quiet-otter.localhost:8000",
            **fields,
        }
    )
