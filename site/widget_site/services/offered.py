"""What a service gives to others without knowing them: kinds of lazy media, configuration for clients.

A service returns an ``Offered``; ``assembly`` brings them together. Its commands are answered by itself; what several
services answer together (``fetch_lazy_media``, ``get_client_config``) is answered by ``services.media``.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from widget_site.services.native import NativeCall
from widget_site.services.registry import Service
from widget_wire.values import LazyMedia, Media

#: Returns the content of media of one manager, whose signature was checked; NativeError when there is none.
Fetch = Callable[[NativeCall, LazyMedia], Awaitable[Media]]


@dataclass(frozen=True)
class Offered:
    """One service."""

    #: By command.
    services: Mapping[str, Service]
    #: By the manager that lazy media name.
    lazy_media: Mapping[str, Fetch] = field(default_factory=dict)
    #: What ``get_client_config`` answers, by the path that it names: a value, or a function that gives one for a call.
    client_config: Mapping[str, Any] = field(default_factory=dict)
