"""Takes what waits in a queue of mail to a mail server, and notes what became of it. Part of the site worker.

What a killed worker had is tried again, so mail is sent at least once; a second copy has the same Message-ID.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from widget_site.dispatch.bells import Bell
from widget_site.errors import UnavailableError
from widget_site.mail.smtp import TIMEOUT_S, NotTakenError, RefusedError
from widget_site.store.queue import FAILED, WAITING, Job
from widget_site.store.store import Store

log = logging.getLogger(__name__)

AT_ONCE = 4
_LEASE_S = 4 * TIMEOUT_S
T = TypeVar("T", bound=Job)
#: Hands one over to a mail server and returns the state that it is in then, with what is to be told of it; raises
#: RefusedError or NotTakenError.
HandOver = Callable[[T], Awaitable[tuple[str, str]]]


class Box(Protocol[T]):
    """Where mail waits (the modules ``store.outbox`` and ``store.letters``)."""

    async def claim(self, store: Store, now: float, limit: int, lease_s: float) -> Sequence[T]:
        """Claim up to ``limit`` that are due."""

    async def settle(self, store: Store, job: T, /, state: str, error: str = "") -> None:
        """Note what came of a try (``queue.Queue.settle``)."""


class Carrier(Generic[T]):
    """Carries the mail of one box until it is cancelled."""

    def __init__(self, store: Store, box: Box[T], hand_over: HandOver[T], bell: Bell) -> None:
        self._store = store
        self._box = box
        self._hand_over = hand_over
        self._bell = bell

    async def run(self) -> None:
        """Send, again and again, through every absence of the database and of mail servers."""
        while True:
            try:
                while await self.send_due() == AT_ONCE:
                    pass
            except UnavailableError as error:
                log.warning("mail waits: %s", error)
            await self._bell.wait()

    async def send_due(self) -> int:
        """Send up to AT_ONCE of what is due; return how many were tried."""
        claimed = await self._box.claim(self._store, time.time(), AT_ONCE, _LEASE_S)
        await asyncio.gather(*(self._send(job) for job in claimed))
        return len(claimed)

    async def _send(self, job: T) -> None:
        try:
            state, said = await self._hand_over(job)
        except RefusedError as error:
            state, said = FAILED, str(error)
        except NotTakenError as error:
            state, said = WAITING, str(error)
        if state in (FAILED, WAITING):
            log.warning("%s is not taken (try %s): %s", job.id, job.attempts, said)
        await self._box.settle(self._store, job, state, said)
