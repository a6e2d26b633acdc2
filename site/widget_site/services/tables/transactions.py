"""Transactions of user code: each belongs to a call stack, and lives in the site process that opened it.

What a call stack does with tables between ``open_transaction`` and ``close_transaction`` is in its transaction: also
what a server function does that is called meanwhile, for its caller waits for it (``ServiceCall.within``). Only the run
that opened it closes it. It is rolled back when that run is over (a run that is killed closes nothing) or its uplink
has gone, when nothing was done in it for IDLE_S, and after LIFE_S whatever happens. What is left of it until the run
closes it is the error that everything else gets.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from widget_site.services.native import NativeError
from widget_site.services.pins import Pins
from widget_site.store.data.homes import Homes, OpenTransaction
from widget_site.store.data.values import DataBusyError, DataConflictError
from widget_wire import keys
from widget_wire.runs import ServiceCall
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds.
IDLE_S = 10.0
LIFE_S = 30.0
_LOOK_S = 0.5
#: A run is looked for only after this: quick ones are listed nowhere.
_RUNNING_AFTER_S = 1.0
#: How long an ended transaction waits for its run to close it; and, of a run that is over, for the end of the functions
#: that it called: what they still do must not be kept beside what was rolled back.
_REMEMBERED_S = 3600.0
_OUTLIVED_S = 60.0
#: Calls of one widget that are worked on or wait at once: services answer a bounded number of calls of all widgets.
_AT_ONCE = 64
_EXPIRED = "This transaction has expired"
_ELSEWHERE = (
    "The transaction that this function was called in is open in another process of the site, where a function of an "
    "uplink has no part in it. Use tables before the transaction begins, or after it."
)
#: Callers that are runs of the widget's code, and programs outside.
_RUNS, _UPLINKS = frozenset({"server_module", "background_task"}), frozenset({"uplink", "client_uplink"})

#: Tells whether the run that made a call is still running.
IsRunning = Callable[[ServiceCall], Awaitable[bool]]


@dataclass
class _Open:
    source: ServiceCall
    transaction: OpenTransaction
    #: Threads of one run take turns.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    opened_at: float = field(default_factory=time.monotonic)
    used_at: float = field(default_factory=time.monotonic)
    #: Why it is over, once it is; then it holds nothing.
    ended: NativeError | None = None


class Transactions:
    """``async with``: inside, transactions that nobody closes are rolled back in time."""

    def __init__(
        self,
        homes: Homes,
        is_running: IsRunning,
        pins: Pins | None = None,
        *,
        idle_s: float = IDLE_S,
        life_s: float = LIFE_S,
    ) -> None:
        self._homes = homes
        self._is_running = is_running
        self._pins = pins
        self._at_once: Counter[str] = Counter()
        self._idle_s = idle_s
        self._life_s = life_s
        self._open: dict[tuple[str, str], _Open] = {}
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Transactions":
        self._watcher = asyncio.create_task(self._watch(), name="transactions of tables")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watcher is not None:
            await end_tasks(self._watcher)
        for held in self._open.values():
            await self._end(held, _EXPIRED)
        self._open.clear()

    async def begin(self, source: ServiceCall, *, relaxed: bool) -> None:
        """Open a transaction for a call stack; NativeError when it has one."""
        key = source.widget_id, source.run_id
        if await self._held(source) is not None:
            raise NativeError("anvil.tables.TableError", "You already have a transaction open here")
        transaction = await self._homes.begin(source.widget_id, relaxed=relaxed)
        if key in self._open:  # another thread of the run was quicker
            await transaction.rollback()
            raise NativeError("anvil.tables.TableError", "You already have a transaction open here")
        self._open[key] = _Open(source, transaction)
        if self._pins is not None:
            await self._pins.pin(source.run_id)

    async def close(self, source: ServiceCall, *, rollback: bool) -> None:
        """End the call stack's transaction; NativeError when what was to be kept is not, and when there is none."""
        held = self._open.get((source.widget_id, source.run_id))
        if held is None:
            raise NativeError("anvil.tables.TableError", "There is no transaction open here")
        async with held.turn:
            await self._forget(source)
            if held.ended is not None:
                if rollback:
                    return
                raise held.ended
            held.ended = _expired()
            if rollback:
                await held.transaction.rollback()
            else:
                await held.transaction.commit()

    async def run(self, source: ServiceCall, work: Callable[[Any], T], *, writes: bool) -> T:
        """Do work in the call stack's transaction, or in one of its own when it has none open."""
        widget_id = source.widget_id
        if self._at_once[widget_id] >= _AT_ONCE:
            raise DataBusyError("Too many calls use the tables of this widget at once")
        self._at_once[widget_id] += 1
        try:
            return await self._run(source, work, writes=writes)
        finally:
            self._at_once[widget_id] -= 1
            if not self._at_once[widget_id]:
                del self._at_once[widget_id]

    async def _run(self, source: ServiceCall, work: Callable[[Any], T], *, writes: bool) -> T:
        held = await self._held(source)
        if held is None:
            how = self._homes.write if writes else self._homes.read
            return await how(source.widget_id, work)
        async with held.turn:
            if held.ended is not None:
                raise held.ended
            held.used_at = time.monotonic()
            try:
                return await held.transaction.run(work, writes=writes)
            except DataConflictError as error:
                held.ended = NativeError("anvil.tables.TransactionConflict", str(error))
                await held.transaction.rollback()
                raise
            except asyncio.CancelledError:
                # Nobody knows how far the work came.
                held.ended = _expired()
                await held.transaction.rollback()
                raise
            finally:
                held.used_at = time.monotonic()

    async def _held(self, source: ServiceCall) -> _Open | None:
        """Return the transaction that a call has a part in: of its own run, else of the nearest that waits for it."""
        for run_id in (source.run_id, *source.within):
            if (source.widget_id, run_id) in self._open:
                return self._open[source.widget_id, run_id]
        # Calls of runs are handed over to whoever holds it; those of uplinks are answered where their link is.
        is_of_uplink = source.caller == "uplink" and source.within
        if is_of_uplink and self._pins is not None and await self._pins.elsewhere(source.within) is not None:
            raise NativeError("anvil.tables.TableError", _ELSEWHERE)
        return None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for held in list(self._open.values()):
                try:
                    await self._look_at(held)
                except Exception:
                    # The others must not stay open for it.
                    log.exception("the transaction of run %s could not be looked at", held.source.run_id)

    async def _look_at(self, held: _Open) -> None:
        now = time.monotonic()
        if held.ended is not None:
            unused_s = now - held.used_at
            if unused_s > _REMEMBERED_S or (unused_s > _OUTLIVED_S and not await self._is_running(held.source)):
                await self._forget(held.source)
            return
        is_idle = not held.turn.locked() and now - held.used_at > self._idle_s
        if is_idle or now - held.opened_at > self._life_s:
            await self._end(held, _EXPIRED)
        elif now - held.opened_at > _RUNNING_AFTER_S and not await self._is_running(held.source):
            await self._end(held, _EXPIRED)

    async def _forget(self, source: ServiceCall) -> None:
        if self._open.pop((source.widget_id, source.run_id), None) is not None and self._pins is not None:
            await self._pins.unpin(source.run_id)

    async def _end(self, held: _Open, text: str) -> None:
        async with held.turn:
            if held.ended is None:
                held.ended = NativeError("anvil.tables.TableError", text)
                await held.transaction.rollback()


def _expired() -> NativeError:
    return NativeError("anvil.tables.TableError", _EXPIRED)


def is_running_on(client: Any, is_linked: Callable[[ServiceCall], bool]) -> IsRunning:
    """Return what tells whether who made a call is still there: a run by Redis, an uplink by its link."""

    async def is_running(source: ServiceCall) -> bool:
        if source.caller in _UPLINKS:
            return is_linked(source)
        if source.caller not in _RUNS:
            return True
        runner = await client.hget(keys.TAKEN, source.run_id)
        return runner is not None and bool(await client.exists(keys.RUNNER + runner.decode()))

    return is_running
