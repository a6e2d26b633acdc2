"""Files that come as the body of a request: larger than other bodies may be, and written to disk as they come."""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from quart import Quart, Request, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from widget_site.errors import BadRequestError, UnavailableError
from widget_site.held_bodies import HeldBody
from widget_site.parts import parts
from widget_site.public.body import Room

#: The addresses that take them.
_LARGE = re.compile(
    r"/api/v1/widgets/[^/]+/(?:tables-from-csv|tables/[^/]+/(?:csv|rows/\d+/media/.+)|data-files/.+)|/w/[^/]+/files"
)
#: Seconds for the next piece; files that come in at once.
_PIECE_S = 60.0
_AT_ONCE = 4


class SiteRequest(Request):
    """A request; its body may be larger where a file is taken, and is held where none is."""

    body_class = HeldBody
    #: Bytes of such a file.
    most: ClassVar[int]
    #: For the bodies that are held.
    room: ClassVar[Room]

    def __init__(self, *args: Any, max_content_length: int | None = None, **more: Any) -> None:
        is_file = args[0] in ("POST", "PUT") and _LARGE.fullmatch(str(args[2])) is not None
        super().__init__(*args, max_content_length=self.most if is_file else max_content_length, **more)
        if not is_file and isinstance(self.body, HeldBody):
            self.body.hold(self.room)


@dataclass(frozen=True)
class Received:
    """A file that came in; it is gone when the request is answered."""

    path: Path
    size_bytes: int
    #: As the sender named it; "" when not at all.
    content_type: str


@contextlib.asynccontextmanager
async def received() -> AsyncIterator[Received]:
    """Write the body of the current request to disk; UnavailableError when too many come in at once."""
    places: asyncio.Semaphore = current_app.extensions["widget_site_uploads"]
    if places.locked():
        raise UnavailableError("Too many files come in at once. Try again in a moment.", retry_after_s=2)
    async with places:
        with tempfile.NamedTemporaryFile(dir=parts().settings.data, prefix="upload-") as file:
            size = 0
            async for piece in _pieces():
                size += len(piece)
                if size > request.most:  # type: ignore[attr-defined]  # ours
                    raise RequestEntityTooLarge
                await asyncio.to_thread(file.write, piece)
            file.flush()
            yield Received(Path(file.name), size, request.headers.get("Content-Type", "")[:200])


def set_up(app: Quart, most_mb: float, held_mb: float) -> None:
    """Let an app take files of up to so many MB, and hold so many MB of all other bodies together."""

    class OurRequest(SiteRequest):
        most = int(most_mb * 1024 * 1024)
        room = Room(int(held_mb * 1024 * 1024))

    app.request_class = OurRequest
    app.extensions["widget_site_uploads"] = asyncio.Semaphore(_AT_ONCE)


async def _pieces() -> AsyncIterator[bytes]:
    body = aiter(request.body)
    while True:
        try:
            async with asyncio.timeout(_PIECE_S):
                yield await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise BadRequestError("The file stopped coming in.") from error
