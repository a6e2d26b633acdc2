"""What Redis knows of runners and queues now: for administrators and metrics."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

from widget_site.dispatch.redis_link import RedisLink
from widget_wire import keys


@dataclass(frozen=True)
class RunnerState:
    """A runner that beats, as it describes itself."""

    id: str
    engine: str
    #: How children are isolated ("userns"), and how they reach the network.
    mode: str
    egress: str
    places: int
    running: int
    queued: int
    warm: int
    unassigned: int
    started_at: float
    #: What is weaker on its machine, each with what would mend it.
    notes: tuple[str, ...]


@dataclass(frozen=True)
class QueueState:
    """How long the queues are, and how long Redis took to say so."""

    runs: int
    services: int
    installs: int
    #: Records of finished runs that are not in the database yet.
    records: int
    redis_s: float


async def runners(link: RedisLink) -> list[RunnerState]:
    """Return the runners that beat; redis' own errors when it does not answer."""
    names = sorted(await cast(Awaitable[set[bytes]], link.client.smembers(keys.RUNNERS)))
    async with link.client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hgetall(keys.RUNNER + name.decode())
        found = await pipe.execute() if names else []
    return [_runner(name.decode(), said) for name, said in zip(names, found, strict=True) if said]


async def queues(link: RedisLink) -> QueueState:
    """Return the lengths of the queues; redis' own errors when it does not answer."""
    start = time.perf_counter()
    async with link.client.pipeline(transaction=False) as pipe:
        for key in (keys.RUN_QUEUE, keys.SERVICE_QUEUE, keys.INSTALL_QUEUE):
            pipe.llen(key)
        pipe.xlen(keys.RECORDS)
        runs, services, installs, records = await pipe.execute()
    return QueueState(runs, services, installs, records, redis_s=time.perf_counter() - start)


def _runner(name: str, said: dict[bytes, bytes]) -> RunnerState:
    told: dict[str, Any] = {key.decode(): value.decode("utf-8", "replace") for key, value in said.items()}
    counts = {key: int(told.get(key) or 0) for key in ("places", "running", "queued", "warm", "unassigned")}
    return RunnerState(
        id=name,
        engine=told.get("engine", ""),
        mode=told.get("mode", ""),
        egress=told.get("egress", ""),
        started_at=float(told.get("started_at") or 0),
        notes=tuple(line for line in told.get("notes", "").splitlines() if line),
        **counts,
    )
