"""A page's link: an uplink's conversation, in which a page only calls."""

from dataclasses import dataclass
from typing import Any

from widget_site.public.gui.calls import Page, PageCalls
from widget_site.public.response import RawHeaders
from widget_site.uplink.link import GoneError, Incoming, Link
from widget_wire.runs import ServiceAnswer

#: Calls of one page that are answered at a time.
MAX_SERVING = 50


@dataclass(eq=False)
class PageLink(Link):
    """The link of an open page. ``{"type": "PING"}`` is answered by PONG; cookies are told by where to fetch them."""

    page: Page | None = None
    calls: PageCalls | None = None
    #: Keeps cookies until the page fetches them; returns the address.
    keep_cookies: Any = None

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
