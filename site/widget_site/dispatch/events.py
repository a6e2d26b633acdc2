"""What a run said, from its live stream while there is one, else from the database."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from widget_model.outcomes import Status
from widget_site.dispatch.ports import RunStore
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_wire import keys
from widget_wire.runs import RunEvent, unpack_events

#: The most events in one answer.
MAX_EVENTS = 1000
_ENTRIES = 500


@dataclass(frozen=True)
class EventPage:
    """Some events of a run, in order."""

    events: tuple[RunEvent, ...]
    #: Whether the last of them ends the run, or it had ended before.
    done: bool

    @property
    def last_seq(self) -> int:
        """The ``after`` of the next page, 0 for an empty one."""
        return self.events[-1].seq if self.events else 0


def read_entry(fields: dict[bytes, bytes]) -> list[RunEvent]:
    """Return the events of one stream entry; an entry that is none of ours is none."""
    try:
        return [
            RunEvent(
                int(item["seq"]), float(item["time"]), str(item["kind"]), str(item.get("text", "")), item.get("data")
            )
            for item in unpack_events(fields[keys.EVENTS_FIELD.encode()])
        ]
    except (KeyError, TypeError, ValueError):
        return []


def ends_run(event: RunEvent) -> bool:
    """Whether this is the last event of its run."""
    return event.kind == "status" and (event.data or {}).get("status") == Status.FINISHED


async def stream_events(link: RedisLink, run_id: str, after: int = 0) -> list[RunEvent] | None:
    """Return what the live stream holds above ``after``; None when there is no stream."""
    found: list[RunEvent] = []
    start, seen = "-", False
    while True:
        entries = await link.client.xrange(keys.EVENTS + run_id, min=start, count=_ENTRIES)
        for _, fields in entries:
            seen = True
            found += (event for event in read_entry(fields) if event.seq > after)
        if len(entries) < _ENTRIES:
            return found if seen else None
        start = "(" + entries[-1][0].decode()


async def last_event(link: RedisLink, run_id: str) -> RunEvent | None:
    """Return the newest event of the live stream."""
    entries = await link.client.xrevrange(keys.EVENTS + run_id, count=1)
    events = read_entry(entries[0][1]) if entries else []
    return events[-1] if events else None


async def add_last_event(link: RedisLink, run_id: str, event_time: float, data: dict[str, Any]) -> None:
    """End the stream of a run whose runner can't do it any more, so that those who follow it see the end."""
    last = await last_event(link, run_id)
    if last is not None and ends_run(last):
        return
    event = {"seq": (last.seq if last else 0) + 1, "time": event_time, "kind": "status", "text": "", "data": data}
    key = keys.EVENTS + run_id
    async with link.client.pipeline(transaction=True) as pipe:
        pipe.xadd(key, {keys.EVENTS_FIELD: json.dumps([event])})
        pipe.expire(key, keys.EVENTS_TTL_S)
        await pipe.execute()


async def tell_run(redis: Redis | Pipeline, widget_id: str, run_id: str) -> None:
    """Hint to whoever watches the widget that there is something new about a run."""
    await redis.publish(keys.WIDGET_CHANNEL + widget_id, json.dumps({"what": "run", "run": run_id}))


class Events:
    """Reads what runs said, wherever it lies."""

    def __init__(self, link: RedisLink, store: RunStore) -> None:
        self._link = link
        self._store = store

    async def after(self, run_id: str, seq: int, limit: int = MAX_EVENTS) -> EventPage:
        """Return up to ``limit`` events above ``seq``; who may see them is the caller's question."""
        is_finished = await self._store.is_finished(run_id)
        if not is_finished:
            try:
                live = await stream_events(self._link, run_id)
            except (*GONE, RedisError):
                live = None
            if live:
                wanted = [event for event in live if event.seq > seq]
                return EventPage(tuple(wanted[:limit]), ends_run(live[-1]) and len(wanted) <= limit)
        # One that is over is read here at once: its stream would have to be read from its beginning.
        kept = await self._store.events(run_id, seq, limit + 1)
        return EventPage(tuple(kept[:limit]), is_finished and len(kept) <= limit)

    async def overlay(self, run_id: str) -> dict[str, Any] | None:
        """Return what the live stream knows of a run that the database still calls unfinished.

        ``{"status": "running"}``, or all data of the run's last event; None when there is no stream.
        """
        try:
            last = await last_event(self._link, run_id)
        except (*GONE, RedisError):
            return None
        if last is None:
            return None
        if ends_run(last):
            return dict(last.data or {})
        return {"status": Status.RUNNING.value}


def as_dicts(events: Iterable[RunEvent]) -> list[dict[str, Any]]:
    """Return events as the JSON API shows them."""
    return [event.as_dict() for event in events]
