"""Hears which widgets were changed, so that what is kept for one does not outlive what it was made of.

The messages are hints and may be lost: a call names the generation that it wants (``RunRequest.keep``). This is for the
processes that no call comes to any more, because their widget was deleted, taken down, or keeps none now.
"""

import asyncio
import logging
from collections.abc import Callable

import redis.asyncio
import redis.exceptions

from widget_wire import keys

_log = logging.getLogger(__name__)

_LISTEN_S = 2.0
_RETRY_S = 0.5


class WidgetChanges:
    """Calls ``changed`` with the id of each widget that was changed."""

    def __init__(self, client: redis.asyncio.Redis, changed: Callable[[str], None]) -> None:
        self._client = client
        self._changed = changed

    async def run(self) -> None:
        """Listen, for ever; it ends by cancellation."""
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.subscribe(keys.CHANGED_CHANNEL)
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_LISTEN_S)
                        if message is not None:
                            self._changed(message["data"].decode("utf-8", "replace"))
            except (redis.exceptions.RedisError, OSError) as error:
                _log.warning("changes of widgets are not heard: %s", type(error).__name__)
            await asyncio.sleep(_RETRY_S)
