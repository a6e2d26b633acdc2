"""What a conversation with an uplink is made of: its socket, the messages and calls under way, how it breaks."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from widget_wire.media_intake import MediaIntake
from widget_wire.parcel import Parcel
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.spool import Spool


class LinkError(Exception):
    """The peer did what ends its link; it is told the text."""


class GoneError(Exception):
    """The connection is gone."""


class Wire(Protocol):
    """The socket, as a link needs it."""

    async def send(self, data: str | bytes) -> None:
        """Send one message; waits while the peer takes none, and raises OSError or TimeoutError when it is gone."""

    def cut(self) -> None:
        """Close the connection."""


@dataclass(eq=False)
class Incoming:
    """A message whose media are on their way."""

    message: dict[str, Any]
    media: MediaIntake
    #: The media of a call until it is answered, and where others find them when they are large.
    spool: Spool | None = None
    parcel: Parcel | None = None


@dataclass(eq=False)
class Pending:
    """A call that this uplink is to answer."""

    call: ServiceCall
    answer: "asyncio.Future[ServiceAnswer]"
    incoming: Incoming | None = None
    #: The last state of a background task, as an answer's message.
    state: dict[str, Any] | None = None

    def settle(self, answer: ServiceAnswer) -> None:
        """Give the answer to who waits for it, unless there was one."""
        if not self.answer.done():
            self.answer.set_result(answer)
