"""Calls that a page makes: checked, made in its visitor's session, and answered in what the page may see.

A page is a client as one with a client key is: a value that it got is signed for it alone, and opens nothing elsewhere.
"""

import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_site.dispatch import Dispatch, DispatchError
from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE
from widget_site.errors import UnavailableError
from widget_site.public.gui.bundles import Bundles
from widget_site.public.gui.reports import REPORT, Reports
from widget_site.public.limits import Concurrency
from widget_site.public.response import RawHeaders
from widget_site.public.visitors import Visitor, Visitors
from widget_site.services.signing import WidgetSigner
from widget_site.store.values import WidgetSnapshot
from widget_site.uplink.boundary import Boundary
from widget_wire import functions
from widget_wire import keys as wire_keys
from widget_wire.runs import ServiceAnswer, ServiceCall

log = logging.getLogger(__name__)

#: What a page calls in a second, in the long run and at once.
PER_SECOND, AT_ONCE = 50.0, 200.0
#: Calls of all pages of a widget that wait in this process.
MAX_OF_WIDGET = 200
#: How long it is known that a page's objects are worth nothing: no page is open for as long.
FORGOTTEN_S = 90 * 86_400
_TOO_MANY = "Too many calls: wait a moment."
_BUSY = "anvil.server.RuntimeUnavailableError"


class _RefusedError(Exception):
    """A call that is not made; ``kind`` is the error that the page gets."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclasses.dataclass(eq=False)
class Page:
    """A page that somebody has open."""

    #: What it calls itself: random, chosen by it, and the same when it connects again.
    name: str
    widget_id: str
    slug: str
    origin: str
    address: str
    visitor: Visitor
    #: Whether its owner let it in, so that it may go on with a private widget.
    is_preview: bool
    left: float = AT_ONCE
    counted_at: float = dataclasses.field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Count a call; False for one too many."""
        now = time.monotonic()
        self.left = min(AT_ONCE, self.left + (now - self.counted_at) * PER_SECOND)
        self.counted_at = now
        self.left -= 1
        return self.left >= 0


class PageCalls:
    """Answers calls of pages."""

    def __init__(
        self,
        dispatch: Dispatch,
        visitors: Visitors,
        bundles: Bundles,
        signing_keys: Callable[[], Sequence[bytes]],
        answer: Callable[[ServiceCall], Awaitable[ServiceAnswer]],
    ) -> None:
        self._dispatch = dispatch
        self._visitors = visitors
        self._bundles = bundles
        self._signing_keys = signing_keys
        self._answer = answer
        self._reports = Reports(dispatch.link)
        self._under_way = Concurrency(MAX_OF_WIDGET)

    async def answer(self, page: Page, call: ServiceCall) -> tuple[ServiceAnswer, RawHeaders]:
        """Return the answer to a call, and cookies for the browser where there are new ones.

        Of ``call`` its command, message and media count; whose it is, is the page's to say.
        """
        command = call.command
        try:
            widget = await self._admitted(page)
            if command == REPORT:
                await self._reports.keep(widget, page.address, call.message)
                return ServiceAnswer(new_id(), {"response": None, "objects": []}), []
            if not self._under_way.enter(page.widget_id):
                raise _RefusedError(_BUSY, _TOO_MANY)
            try:
                return await self._asked(page, call)
            finally:
                self._under_way.leave(page.widget_id)
        except _RefusedError as refusal:
            return functions.failed(new_id(), refusal.kind, str(refusal)), []
        except (DispatchError, UnavailableError) as error:
            return functions.failed(new_id(), _BUSY, str(error)), []
        except Exception:
            # The page must hear of it, whatever it was; the details are ours.
            log.exception("a call of %s by a page failed", command)
            return functions.failed(new_id(), "anvil.server.InternalError", "The call failed on our side."), []

    def given_out(self, widget: WidgetSnapshot, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """Return values of server code as a page that is about to be may have them; ValueError for what it can't."""
        keys = self._signing_keys()
        outside = WidgetSigner(keys, widget.widget_id, f"page {name}")
        given = Boundary(WidgetSigner(keys, widget.widget_id), outside, _no_modules)
        answer = given.given_out(ServiceAnswer(new_id(), message))
        if "error" in answer.message:
            raise ValueError(str(answer.message["error"]["message"]))
        return answer.message

    async def _admitted(self, page: Page) -> WidgetSnapshot:
        """Return the widget as it is now, for a page that may go on calling; _RefusedError."""
        if not page.take():
            raise _RefusedError(_BUSY, _TOO_MANY)
        widget = await self._dispatch.snapshots.get(page.slug)
        if widget is None or widget.widget_id != page.widget_id:
            raise _RefusedError(_BUSY, "This widget is not there any more.")
        if widget.visibility == "private" and not page.is_preview:
            raise _RefusedError("anvil.server.PermissionDenied", "This widget is private now.")
        return widget

    async def _asked(self, page: Page, given: ServiceCall) -> tuple[ServiceAnswer, RawHeaders]:
        visitor = await self._visitors.again(page.visitor)
        objects = await self._objects_of(page) if _has_signed(given.message) else None
        refused, call = await self._boundary(page, objects).taken_in(_call(page, visitor, given))
        if refused is not None:
            return refused, []
        answer = await self._answer(call)
        cookies: RawHeaders = []
        if answer.visited:
            page.visitor, cookies, forgets = await self._visitors.settle(visitor, page.visitor)
            if forgets:
                objects = await self._forget_objects_of(page)
        # Most calls bring nothing that is signed and are answered with nothing of it: Redis is not asked for them.
        if objects is None and _has_signed(answer.message):
            objects = await self._objects_of(page)
        return self._boundary(page, objects).given_out(answer), cookies

    async def _objects_of(self, page: Page) -> str:
        """Return what names the signatures of this page's objects; another one after a logout that says so (T-73)."""
        try:
            held: bytes | None = await self._dispatch.link.client.get(_objects_key(page))
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return "" if held is None else held.decode()

    async def _forget_objects_of(self, page: Page) -> str:
        made = new_id()
        try:
            await self._dispatch.link.client.set(_objects_key(page), made, ex=FORGOTTEN_S)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return made

    def _boundary(self, page: Page, objects: str | None) -> Boundary:
        keys = self._signing_keys()

        async def modules() -> frozenset[str]:
            widget = await self._dispatch.snapshots.get(page.slug)
            return frozenset() if widget is None else (await self._bundles.get(widget)).modules

        outside = WidgetSigner(keys, page.widget_id, f"page {page.name} {objects or ''}".rstrip())
        return Boundary(WidgetSigner(keys, page.widget_id), outside, modules)


async def _no_modules() -> frozenset[str]:
    return frozenset()


def _has_signed(message: dict[str, Any]) -> bool:
    return bool(message.get("objects")) or "liveObjectCall" in message


def _objects_key(page: Page) -> str:
    return f"{wire_keys.PAGE_OBJECTS}{page.widget_id}:{page.name}"


def _call(page: Page, visitor: Visitor, given: ServiceCall) -> ServiceCall:
    """Return a call as one of this page."""
    return dataclasses.replace(
        given,
        # Calls of a page are in no transaction with each other.
        run_id=f"page-{new_id()}",
        trigger="client_call",
        caller="browser",
        call_stack=({"type": "browser", "protocol-version": 8},),
        session=visitor.session.id,
        client={"type": "browser", "ip": page.address, "location": None},
        visit=visitor.run_id,
    )
