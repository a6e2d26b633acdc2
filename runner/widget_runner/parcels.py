"""Large media that this runner holds, and fetches from others (``widget_wire.parcels``)."""

import asyncio
import logging
from pathlib import Path

from widget_runner.outbox import Outbox
from widget_runner.redis_line import AWAY, RedisLine
from widget_wire import keys
from widget_wire.envelope import EnvelopeError
from widget_wire.media_budget import MediaBudget
from widget_wire.parcels import Parcels

_log = logging.getLogger(__name__)

_RETRY_S = 0.5
_POLL_S = 2
#: A link that is silent for so much longer is broken.
_SILENCE_S = 5.0


class RunnerParcels(Parcels):
    """The parcels of this runner; ``run`` hears what others say of them."""

    def __init__(self, outbox: Outbox, runner_id: str, folder: Path | None = None, room_bytes: int = 1 << 30) -> None:
        super().__init__(runner_id, folder, MediaBudget(room_bytes), self._send)
        self._outbox = outbox

    async def run(self, line: RedisLine) -> None:
        """Hear what others say, for ever; it ends by cancellation."""
        key = keys.PARCELS + self.name
        while True:
            try:
                (popped,) = await line.execute([("BLPOP", key, _POLL_S)], _POLL_S + _SILENCE_S)
            except AWAY as error:
                _log.warning("no parts of media: %s", type(error).__name__)
                popped = error
            if isinstance(popped, list):
                self._hear(popped[1])
            elif popped is not None:
                await asyncio.sleep(_RETRY_S)

    async def drain(self, timeout_s: float) -> None:
        """Wait until what was given away has been fetched, within this time."""
        try:
            await asyncio.wait_for(self.emptied.wait(), timeout_s)
        except TimeoutError:
            _log.warning("the media of %d answers were not fetched to their end", len(self))

    def _hear(self, data: bytes) -> None:
        try:
            self.take(data)
        except EnvelopeError:
            _log.exception("a message about media could not be read")

    def _send(self, key: str, data: bytes) -> None:
        self._outbox.add("RPUSH", key, data, valid_s=keys.PARCELS_TTL_S)
        self._outbox.add("EXPIRE", key, keys.PARCELS_TTL_S, valid_s=keys.PARCELS_TTL_S)
