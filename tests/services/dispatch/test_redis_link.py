"""Connections to Redis: what is published and lost is told, and nobody connects after the end."""

import asyncio
import contextlib

import pytest
import redis.asyncio as aioredis
from redis.exceptions import ConnectionError as RedisConnectionError
from tests.services.fake_runner import eventually_true

from widget_site.dispatch.redis_link import RedisLink


async def test_what_is_published_is_heard_and_a_break_is_told(redis_url: str) -> None:
    link = RedisLink(redis_url)
    async with contextlib.aclosing(link.heard("heard-test:*")) as heard:
        assert await anext(heard) is None
        await link.client.publish("heard-test:a", "one")
        assert await anext(heard) == ("heard-test:a", b"one")

        await link.client.client_kill_filter(_type="pubsub", skipme=True)

        assert await asyncio.wait_for(anext(heard), 5) is None
        await link.client.publish("heard-test:b", "two")
        assert await anext(heard) == ("heard-test:b", b"two")
    await link.close()


async def test_whoever_stops_listening_leaves_no_connection(redis_url: str) -> None:
    link, other = RedisLink(redis_url), aioredis.Redis.from_url(redis_url)
    async with contextlib.aclosing(link.heard("left-test")) as heard:
        await anext(heard)
        before = await other.pubsub_numpat()
        assert before >= 1

    async def is_gone() -> bool:
        return bool(await other.pubsub_numpat() == before - 1)

    await eventually_true(is_gone, 10)
    await other.aclose()
    await link.close()


async def test_nobody_connects_after_the_end(redis_url: str) -> None:
    link = RedisLink(redis_url)
    assert await link.answers()
    await link.close()

    assert not await link.answers()
    with pytest.raises(RedisConnectionError, match="has closed its connections"):
        await link.acquire()


async def test_who_connects_while_all_is_closed_leaves_no_connection(redis_url: str) -> None:
    other = aioredis.Redis.from_url(redis_url)
    before = len(await other.client_list())
    # All are kept: what nobody has any more is closed anyway.
    links = [RedisLink(redis_url) for _ in range(60)]
    for turns, link in enumerate(links):
        asking = asyncio.create_task(link.answers())
        for _ in range(turns):
            await asyncio.sleep(0)

        await link.close()

        await asking

    async def are_gone() -> bool:
        return len(await other.client_list()) == before

    await eventually_true(are_gone, 5)
    await other.aclose()
