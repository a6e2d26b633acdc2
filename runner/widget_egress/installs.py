"""The network of an install: only the package index, every byte counted, cut off at the limit (P-03)."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any

from widget_egress import connect_proxy
from widget_egress.index import IndexAwayError, IndexLearner
from widget_egress.outlet import Outlet, Shared

#: How often the runner is told what was used.
_TELL_S = 0.1

Tell = Callable[[dict[str, Any]], None]


class Installs:
    """Serves the sandboxes of installs. ``shared`` has the limit of an install in its meters."""

    def __init__(self, learner: IndexLearner, shared: Shared) -> None:
        self._learner = learner
        self._shared = shared

    def serve(self, name: str, listener: socket.socket, used: int, tell: Tell) -> "Metered":
        """Serve a sandbox's listener from the moment at which the index is known, until it is closed."""
        self._shared.meters.of(name).carry(used)
        return Metered(name, listener, self._learner, self._shared, tell)


class Metered:
    """One install's outlet."""

    def __init__(self, name: str, listener: socket.socket, learner: IndexLearner, shared: Shared, tell: Tell) -> None:
        self._name = name
        self._listener = listener
        self._learner = learner
        self._shared = shared
        self._tell = tell
        self._outlet: Outlet | None = None
        self._task = asyncio.create_task(self._serve())

    def close(self) -> None:
        """Break off what is open."""
        self._task.cancel()
        if self._outlet is not None:
            self._outlet.close()
        self._listener.close()

    async def _serve(self) -> None:
        try:
            index = await self._learner.current()
        except IndexAwayError as error:
            self._tell({"ev": "failed", "op": "adopt", "sandbox": self._name, "text": str(error)})
            return
        self._outlet = Outlet(self._name, index.policy(), self._shared, self._listener, None, connect_proxy.serve)
        self._outlet.start()
        self._outlet.bind(self._name)
        self._tell({"ev": "adopted", "sandbox": self._name, "index": index.url})
        meter, told = self._shared.meters.of(self._name), -1
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                if meter.total_bytes != told:
                    told = meter.total_bytes
                    spent = meter.spent(time.monotonic())
                    self._tell({"ev": "meter", "sandbox": self._name, "bytes": told, "spent": spent})
                await asyncio.sleep(_TELL_S)
