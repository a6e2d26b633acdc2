"""Sockets of our own pages: how many there may be, and that all end with the site."""

import asyncio
from typing import Any

from widget_site.conversation import Conversation
from widget_site.doorway import Doorway


def _doorway(most: int, most_of_one: int) -> Doorway:
    parts: Any = None
    return Doorway(parts, most, most_of_one)


async def _nothing(*_: str) -> str:
    return await asyncio.Future()


async def _send(_: str) -> None: ...


class _Silent(Conversation):
    def __init__(self) -> None:
        super().__init__(_nothing, _send)

    async def run(self) -> None:
        await self._until_one_ends()


def test_places_of_one_account_count_before_its_conversations_begin() -> None:
    doorway = _doorway(10, 2)

    with doorway.place("alice") as first, doorway.place("alice") as second:
        with doorway.place("alice") as third:
            assert (first, second, third) == (True, True, False)
        with doorway.place("bob") as of_another:
            assert of_another

    with doorway.place("alice") as again:
        assert again


def test_places_of_all_accounts_are_bounded() -> None:
    doorway = _doorway(2, 2)

    with doorway.place("alice"), doorway.place("bob"), doorway.place("charlie") as third:
        assert not third


async def test_a_conversation_that_begins_while_the_site_stops_ends_at_once() -> None:
    doorway, open_before, late = _doorway(10, 10), _Silent(), _Silent()

    with doorway.let_in(open_before):
        talking = asyncio.create_task(open_before.run())
        doorway.close_all()
        async with asyncio.timeout(20):
            await talking
    with doorway.let_in(late):
        assert len(doorway) == 1
        async with asyncio.timeout(20):
            await late.run()

    assert len(doorway) == 0
