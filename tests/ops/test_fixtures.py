"""The servers that other tests stand on are real, empty and on private sockets."""

import stat

import redis.asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.fixtures.redis_server import RedisServer

from widget_wire import keys
from widget_wire.submit import SUBMIT


async def test_each_test_starts_from_an_empty_redis(redis_client: redis.asyncio.Redis) -> None:
    assert await redis_client.dbsize() == 0

    await redis_client.set("left", "behind")


async def test_what_another_test_left_in_redis_is_gone(redis_client: redis.asyncio.Redis) -> None:
    assert await redis_client.get("left") is None


async def test_a_run_is_submitted_only_with_the_generation_that_is_live(redis_client: redis.asyncio.Redis) -> None:
    live = keys.LIVE + "w1"
    await redis_client.set(live, "7")
    submit = redis_client.register_script(SUBMIT)

    fresh = await submit(keys=[live, keys.RUN_QUEUE], args=["7", b"run", 1])
    full = await submit(keys=[live, keys.RUN_QUEUE], args=["7", b"run", 1])
    stale = await submit(keys=[live, keys.RUN_QUEUE], args=["6", b"run", 10])

    assert (fresh, full, stale) == (b"ok", b"full", b"stale")


async def test_a_database_is_fresh_and_takes_unicode(empty_database_url: str) -> None:
    engine = create_async_engine(empty_database_url)
    async with engine.begin() as db:
        await db.execute(text("CREATE TABLE notes (words TEXT)"))
        await db.execute(text("INSERT INTO notes VALUES ('żółć 🦒')"))
        words = (await db.execute(text("SELECT words FROM notes"))).scalar_one()
    await engine.dispose()

    assert words == "żółć 🦒"


def test_redis_listens_on_a_socket_alone(redis_server: RedisServer) -> None:
    assert stat.S_ISSOCK(redis_server.socket.stat().st_mode)
