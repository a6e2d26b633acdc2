"""What a process commits is told until it closes, and not after that."""

import asyncio
from typing import Any

from widget_site.dispatch.bells import Ringer


class _Client:
    def __init__(self) -> None:
        self.said: asyncio.Queue[str] = asyncio.Queue()

    async def publish(self, channel: str, text: str) -> None:
        self.said.put_nowait(text)


class _Link:
    def __init__(self) -> None:
        self.client = _Client()


async def test_nothing_is_told_after_it_was_closed() -> None:
    link: Any = _Link()
    ringer = Ringer(link)

    ringer.tell({"message"})
    async with asyncio.timeout(20):
        before = await link.client.said.get()
    await ringer.close()
    ringer.tell({"delivery"})
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    assert before == "message"
    assert others == []
    assert link.client.said.empty()
