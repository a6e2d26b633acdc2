"""What this process holds of bodies of requests to the site itself: each has a bound, and so have all together."""

import weakref
from typing import Any

from quart import Quart, request
from quart.wrappers.request import Body

from widget_site.errors import BadRequestError, UnavailableError
from widget_site.public.body import CrumbsError, NoRoomError, Room, Share


class HeldBody(Body):
    """A body that takes room as it comes in; whoever waits for it gets 503 when there is none left."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._share: Share | None = None

    def hold(self, room: Room) -> None:
        """Take room for what comes in from now on, until ``give_back``."""
        self._share = Share(room)
        # Of a request that ended before anything of ours saw it.
        self._end = weakref.finalize(self, self._share.__exit__)

    def append(self, data: bytes) -> None:
        """Take a piece."""
        if self._share is not None and data and self._must_raise is None:
            try:
                self._share.take(len(data))
            except NoRoomError:
                text = "Too much is being sent to this site at this moment. Try again in a few seconds."
                self._refuse(UnavailableError(text, retry_after_s=2))
            except CrumbsError:
                self._refuse(BadRequestError("This request comes in too many pieces that are too small."))
        super().append(data)

    def give_back(self) -> None:
        """Give the room back; nothing that comes in later is taken."""
        if self._share is not None:
            self._refuse(self._must_raise or BadRequestError("This request is over."))
            self._end()

    def _refuse(self, error: Exception) -> None:
        self._must_raise = error
        self.clear()
        self.set_complete()


def set_up(app: Quart) -> None:
    """Have the requests of an app give back what they hold when they are over."""
    app.teardown_request(_give_back)


async def _give_back(_error: Any) -> None:
    if isinstance(request.body, HeldBody):
        request.body.give_back()
