"""``/_/lm/…`` below a widget's origin: media that its code gave an address (M-04, M-17).

What is sent came from anybody, so the browser takes it for what it is said to be (nosniff), shows only types that can
hold no script, and runs nothing in them (security test 51). All others are saved as files.
"""

import re
import urllib.parse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from widget_model.ids import new_id
from widget_site.public.response import RawHeaders, Responder
from widget_site.public.visitors import Visitor
from widget_site.services.media.addresses import PATH, Addressed, Addresses
from widget_site.services.signing import signer_of
from widget_site.store.values import WidgetSnapshot
from widget_wire import media_chunks
from widget_wire.functions import NATIVE
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import Media, flatten, inflate

#: Types that a browser shows in a page of ours, with parameters like charset.
_SHOWN = re.compile(r"(image/(?!svg)[\w.+-]+|audio/[\w.+-]+|video/[\w.+-]+|text/plain|application/pdf)\s*(;.*)?", re.I)
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;[\x20-\x7e]*)?")
_ANY_TYPE = "application/octet-stream"
_NEVER_MIND = {"anvil.server.TimeoutError", "anvil.server.RuntimeUnavailableError", "anvil.server.InternalError"}


class LazyMediaError(Exception):
    """What is answered instead of the media."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class LazyMediaPages:
    """Answers requests for media. ``answer`` answers calls as if a run of the widget made them."""

    def __init__(
        self,
        addresses: Addresses,
        signing_keys: Callable[[], Sequence[bytes]],
        answer: Callable[[ServiceCall], Awaitable[ServiceAnswer]],
    ) -> None:
        self._addresses = addresses
        self._signing_keys = signing_keys
        self._answer = answer

    @staticmethod
    def has(path: bytes) -> bool:
        """Whether this path is for media."""
        return path.startswith(PATH.encode())

    def read(self, widget: WidgetSnapshot, path: bytes, visitor: Visitor) -> Addressed:
        """Return what a path stands for; LazyMediaError when it stands for nothing that this visitor may have."""
        addressed = self._addresses.read(path.decode("latin-1"))
        if addressed is None or addressed.widget_id != widget.widget_id:
            raise LazyMediaError(403, "This address has expired, or was changed. Open the page that it is from again.")
        mine = {visitor.session.id, visitor.own.id if visitor.own else ""}
        if addressed.session and addressed.session not in mine:
            raise LazyMediaError(403, "This address is for the browser that it was made for.")
        return addressed

    async def send(self, responder: Responder, widget: WidgetSnapshot, origin: str, wanted: Addressed) -> None:
        """Send the media; LazyMediaError when there is none."""
        media = await self._fetched(widget, origin, wanted)
        await responder.whole(200, _headers(media, wanted), media.content)

    async def _fetched(self, widget: WidgetSnapshot, origin: str, wanted: Addressed) -> Media:
        call = ServiceCall(
            new_id(),
            "",
            new_id(),
            widget.widget_id,
            "lazy_media",
            origin,
            f"{NATIVE}fetch_lazy_media",
            caller=wanted.caller,
            session=wanted.session,
            slug=widget.slug,
            client={"type": "http", "ip": None, "location": None},
        )
        signer = signer_of(self._signing_keys(), call)
        message = flatten({"args": [wanted.media], "kwargs": {}}, signer).message
        answer = await self._answer(replace(call, message=message))
        error = answer.message.get("error")
        if error is not None:
            if error.get("type") in _NEVER_MIND:
                raise LazyMediaError(503, "This file could not be fetched now. Please try again.")
            raise LazyMediaError(404, "This file is not there any more, or could not be made.")
        made: Media = inflate(dict(answer.message), media_chunks.read(answer.media), signer)["response"]
        return made


def _headers(media: Media, wanted: Addressed) -> RawHeaders:
    kind = media.content_type or ""
    kind = kind if _TYPE.fullmatch(kind) else _ANY_TYPE
    is_shown = wanted.is_shown and _SHOWN.fullmatch(kind) is not None
    name = urllib.parse.quote((wanted.name or media.name or "").encode("utf-8", "replace")[:1000], safe="")
    named = f"; filename*=UTF-8''{name}" if name else ""
    # A browser's own reader of PDF files does not start in a sandbox.
    walls = "" if kind.lower().startswith("application/pdf") else "; sandbox"
    return [
        (b"content-type", kind.encode("latin-1")),
        (b"content-disposition", f"{'inline' if is_shown else 'attachment'}{named}".encode("latin-1")),
        (b"content-security-policy", f"default-src 'none'; style-src 'unsafe-inline'{walls}".encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"private, max-age=60"),
    ]
