"""Between the site and the runners: handing runs over, waiting for what they answer, reading what they said.

The API and the pages use ``Dispatch``: ``start_run``, ``stop_run``, ``status``, ``events_after`` and ``gate``.
"""

from widget_site.dispatch.database import StoredRuns
from widget_site.dispatch.dispatch import Dispatch, RouteAnswer
from widget_site.dispatch.errors import AwayError, BusyError, CallerGoneError, DispatchError, LostError
from widget_site.dispatch.events import EventPage
from widget_site.dispatch.gate import ServingGate
from widget_site.dispatch.ports import RunStore
from widget_site.dispatch.redis_link import RedisLink
from widget_site.dispatch.requests import Requests
from widget_site.dispatch.submit import UnknownWidgetError

__all__ = [
    "AwayError",
    "BusyError",
    "CallerGoneError",
    "Dispatch",
    "DispatchError",
    "EventPage",
    "LostError",
    "RedisLink",
    "Requests",
    "RouteAnswer",
    "RunStore",
    "ServingGate",
    "StoredRuns",
    "UnknownWidgetError",
]
