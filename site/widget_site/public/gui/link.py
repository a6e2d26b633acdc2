"""A page's link: an uplink's conversation, in which a page only calls."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from widget_model.ids import new_id
from widget_site.public.gui.calls import Page, PageCalls
from widget_site.public.response import RawHeaders
from widget_site.uplink.link import GoneError, Incoming, Link
from widget_wire.runs import ServiceAnswer

#: Calls of one page that are answered at a time.
MAX_SERVING = 50
#: Events that wait for a page to take them.
MAX_PUSHED = 200


@dataclass(eq=False)
class PageLink(Link):
    """The link of an open page. ``{"type": "PING"}`` is answered by PONG; cookies are told by where to fetch them."""

    page: Page | None = None
    calls: PageCalls | None = None
    #: Keeps cookies until the page fetches them; returns the address.
    keep_cookies: Any = None
    _events: deque[dict[str, Any]] = field(default_factory=deque)

    @property
    def session(self) -> str:
        """The id of the session that the page is in now."""
        assert self.page is not None
        return self.page.visitor.session.id

    @property
    def is_preview(self) -> bool:
        """Whether its owner let it see a private widget."""
        assert self.page is not None
        return self.page.is_preview

    def push(self, message: dict[str, Any]) -> None:
        """Send an event after those before it; a page that takes none is cut off, and connects again."""
        if self.is_gone or len(self._events) >= MAX_PUSHED:
            self.wire.cut()
            return
        self._events.append(message)
        if len(self._events) == 1:
            self._serve_task(f"events {new_id()}", self._send_events())

    async def _send_events(self) -> None:
        try:
            while self._events:
                await self._send(self._events[0])
                self._events.popleft()
        except GoneError:
            return

    def _act_on(self, message: dict[str, Any]) -> None:
        if message.get("type") == "PING":
            if len(self._serving) < MAX_SERVING:
                self._serve_task(f"ping {len(self._serving)}", self._pong())
            return
        super()._act_on(message)

    def _take_call(self, message: dict[str, Any]) -> None:
        call_id = message.get("id")
        if len(self._incoming) + len(self._serving) >= MAX_SERVING and isinstance(call_id, str):
            text = f"Too many calls at once: at most {MAX_SERVING} of one page are answered at a time."
            self._refuse_call(call_id, "anvil.server.RuntimeUnavailableError", text)
            return
        super()._take_call(message)

    async def _answer_of(self, incoming: Incoming) -> ServiceAnswer:
        assert self.page is not None
        assert self.calls is not None
        answer, cookies = await self.calls.answer(self.page, self._service_call(incoming))
        if cookies:
            await self._tell_cookies(cookies)
        return answer

    async def _tell_cookies(self, cookies: RawHeaders) -> None:
        address = await self.keep_cookies(cookies)
        try:
            await self._send({"type": "COOKIES", "address": address})
        except GoneError:
            return

    async def _pong(self) -> None:
        try:
            await self._send({"type": "PONG"})
        except GoneError:
            return


__all__ = ["MAX_SERVING", "PageLink"]
