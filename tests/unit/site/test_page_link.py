"""Events on their way to one page: in order, and bounded when the page takes none."""

import asyncio
import json
from typing import Any

from widget_site.public.gui.link import MAX_PUSHED, PageLink
from widget_site.store.values import UplinkHolder
from widget_site.uplink.link import LinkParts
from widget_wire.media_budget import MediaBudget
from widget_wire.parcels import Parcels
from widget_wire.runs import ServiceAnswer, ServiceCall


class SlowPage:
    """A page that takes what it is sent while ``takes`` is set."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.takes = asyncio.Event()
        self.is_cut = False
        parcels = Parcels("s1", None, MediaBudget(1000), self._push)
        parts = LinkParts(self._answer, parcels, 1000, 1000, 1000, lambda _: None)
        holder = UplinkHolder("k1", "client", "w1", "mine")
        self.link = PageLink("l1", holder, "192.0.2.7", "http://mine", self, parts)

    def _push(self, key: str, data: bytes) -> None:
        raise AssertionError("nothing leaves this process")

    async def _answer(self, call: ServiceCall) -> ServiceAnswer:
        raise AssertionError("nothing is called")

    async def send(self, data: str | bytes) -> None:
        await self.takes.wait()
        self.sent.append(json.loads(data))

    def cut(self) -> None:
        self.is_cut = True


async def _settle() -> None:
    for _ in range(3 * MAX_PUSHED):
        await asyncio.sleep(0)


async def test_x_11_a_page_that_takes_no_events_is_cut_off() -> None:
    page = SlowPage()

    for number in range(MAX_PUSHED):
        page.link.push({"n": number})
    await _settle()
    was_cut = page.is_cut
    page.link.push({"n": "one too many"})

    assert (was_cut, page.is_cut, page.sent) == (False, True, [])
    page.link.close()


async def test_x_11_events_that_waited_arrive_in_order() -> None:
    page = SlowPage()

    for number in range(5):
        page.link.push({"n": number})
    page.takes.set()
    await _settle()
    page.link.push({"n": 5})
    await _settle()

    assert page.sent == [{"n": number} for number in range(6)]
    page.link.close()
