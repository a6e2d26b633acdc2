"""Which sandbox a claim gets, and when a sandbox goes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from tests.unit.engines.fakes import FakeEngine, until

from widget_runner.pool import NoSandbox, Pool, PoolPolicy
from widget_runner.sandbox import EgressKind


class Egress:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def adopt(self, name: str, kind: EgressKind, fds: list[int]) -> None:
        self.told.append(("adopt", kind))

    def bind(self, name: str, widget_id: str) -> None:
        self.told.append(("bind", widget_id))

    def release(self, name: str) -> None:
        self.told.append(("release",))


@asynccontextmanager
async def a_pool(
    engine: FakeEngine,
    policy: PoolPolicy | None = None,
    available_mb: Callable[[], int] = lambda: 10_000,
    egress: Egress | None = None,
) -> AsyncIterator[Pool]:
    pool = Pool(engine, policy or PoolPolicy(spare=1), owner="t", available_mb=available_mb, egress=egress)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()
        assert all(process.killed == 1 for process in engine.launched), "a sandbox was left"


async def test_a_claim_takes_one_in_reserve_and_the_reserve_is_filled_again() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=2)) as pool:
        await until(lambda: pool.counts()["unassigned"] == 2)
        sandbox = await pool.claim("a", "env", ("json",))
        assert sandbox is not None
        assert {"op": "bind", "environment": "env", "preload": ["json"]} in engine.launched[0].ops
        await until(lambda: pool.counts()["unassigned"] == 2)
        assert pool.counts()["warm"] == 1


async def test_a_widget_keeps_its_warm_sandbox() -> None:
    async with a_pool(FakeEngine()) as pool:
        first = await pool.claim("a")
        pool.release(first)
        assert await pool.claim("a") is first
        assert await pool.claim("b") is not first


async def test_a_claim_does_not_wait_for_the_refill_but_launches_its_own() -> None:
    engine = FakeEngine()
    engine.may_launch.clear()
    async with a_pool(engine, PoolPolicy(spare=1)) as pool:
        await until(lambda: engine.attempts == 1)  # the refill, held back
        claims = [asyncio.create_task(pool.claim(widget)) for widget in ("a", "b", "c")]
        await until(lambda: engine.attempts == 3)
        engine.may_launch.set()
        sandboxes = await asyncio.gather(*claims)
        assert len({sandbox.name for sandbox in sandboxes}) == 3


async def test_concurrent_first_claims_of_a_widget_share_one_sandbox() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0)) as pool:
        sandboxes = await asyncio.gather(*(pool.claim("a") for _ in range(8)))
        assert len({sandbox.name for sandbox in sandboxes}) == 1
        assert len(engine.launched) == 1


async def test_a_claim_that_is_cancelled_spoils_nothing_for_the_others() -> None:
    engine = FakeEngine()
    engine.may_launch.clear()
    async with a_pool(engine, PoolPolicy(spare=0)) as pool:
        first = asyncio.create_task(pool.claim("a"))
        second = asyncio.create_task(pool.claim("a"))
        await until(lambda: engine.attempts == 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        engine.may_launch.set()
        assert (await second).widget_id == "a"


async def test_a_launch_failure_is_told_in_words_and_tried_again_with_growing_waits() -> None:
    engine = FakeEngine()
    engine.refuses = "bwrap: no user namespaces on this machine"
    policy = PoolPolicy(spare=1, backoff_first_s=0.05, backoff_most_s=0.1)
    async with a_pool(engine, policy) as pool:
        with pytest.raises(NoSandbox, match="no user namespaces"):
            await asyncio.wait_for(pool.claim("a"), 2)
        attempts = engine.attempts
        await until(lambda: engine.attempts > attempts)
        engine.refuses = ""
        await until(lambda: pool.counts()["unassigned"] == 1)
        assert (await pool.claim("a")).widget_id == "a"


async def test_a_failing_engine_is_not_asked_again_at_once() -> None:
    engine = FakeEngine()
    engine.refuses = "broken"
    async with a_pool(engine, PoolPolicy(spare=4, launches=4, backoff_first_s=30)) as pool:
        await until(lambda: engine.attempts >= 4)
        await asyncio.sleep(0.2)
        assert engine.attempts == 4
        assert pool.counts()["launching"] == 0


async def test_an_old_sandbox_ends_after_its_runs_not_during_them() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0, age_s=0.1, idle_s=30)) as pool:
        old = await pool.claim("a")
        await asyncio.sleep(0.15)
        new = await pool.claim("a")
        assert new is not old
        assert engine.launched[0].killed == 0
        pool.release(old)
        await until(lambda: engine.launched[0].killed == 1)


async def test_a_sandbox_ends_after_its_number_of_runs() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0, runs=2)) as pool:
        first = await pool.claim("a")
        children = [first.run(), first.run()]
        pool.release(first)
        await until(lambda: engine.launched[0].killed == 1)
        assert await pool.claim("a") is not first
        for child in children:
            child.close()


async def test_a_sandbox_that_ran_out_of_memory_takes_no_new_run() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0)) as pool:
        first = await pool.claim("a")
        assert await pool.claim("a") is first
        engine.launched[0].kills_by_memory = 1
        pool.release(first)
        assert await pool.claim("a") is not first
        assert engine.launched[0].killed == 0, "its other run goes on"
        pool.release(first)
        await until(lambda: engine.launched[0].killed == 1)


async def test_a_worn_sandbox_goes_with_the_release_of_its_last_run() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0)) as pool:
        only = await pool.claim("a")
        engine.launched[0].kills_by_memory = 1

        pool.release(only)

        assert pool.counts()["warm"] == 0
        await until(lambda: engine.launched[0].killed == 1)


async def test_other_packages_need_another_sandbox() -> None:
    async with a_pool(FakeEngine()) as pool:
        first = await pool.claim("a", "one")
        pool.release(first)
        second = await pool.claim("a", "two")
        assert second is not first
        assert second.environment == "two"


async def test_claims_at_once_with_other_packages_each_get_their_own() -> None:
    engine = FakeEngine()
    engine.may_launch.clear()
    async with a_pool(engine, PoolPolicy(spare=0)) as pool:
        claims = [asyncio.create_task(pool.claim("a", environment)) for environment in ("one", "two")]
        await until(lambda: engine.attempts == 1)
        engine.may_launch.set()
        assert [(await claim).environment for claim in claims] == ["one", "two"]


async def test_an_idle_sandbox_goes() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0, idle_s=0.1)) as pool:
        pool.release(await pool.claim("a"))
        await until(lambda: engine.launched[0].killed == 1)
        assert pool.counts()["warm"] == 0


async def test_one_that_waited_long_in_reserve_is_not_idle_when_it_is_bound() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=1, idle_s=0.3)) as pool:
        await until(lambda: pool.counts()["unassigned"] == 1)
        await asyncio.sleep(0.4)
        sandbox = await asyncio.wait_for(pool.claim("a"), 2)
        await asyncio.sleep(0.4)
        assert sandbox.process is engine.launched[0]
        assert engine.launched[0].killed == 0


async def test_who_comes_just_when_one_was_bound_that_does_not_fit_holds_up_nobody() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0)) as pool:
        first = asyncio.create_task(pool.claim("a", "old packages"))
        later = []
        # One in each turn of the loop: one of them comes between the end of the binding and who waited for it.
        while not pool.counts()["warm"]:
            later.append(asyncio.create_task(pool.claim("a", "new packages")))
            await asyncio.sleep(0)
        later.append(asyncio.create_task(pool.claim("a", "new packages")))
        sandboxes = await asyncio.wait_for(asyncio.gather(*later), 5)
        assert {sandbox.environment for sandbox in sandboxes} == {"new packages"}
        assert (await asyncio.wait_for(first, 5)).environment == "old packages"


async def test_a_sandbox_that_does_not_answer_is_replaced() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0, ping_every_s=0.05, ping_timeout_s=0.05)) as pool:
        first = await pool.claim("a")
        engine.launched[0].answers.pop("ping")
        await until(lambda: engine.launched[0].killed == 1)
        pool.release(first)
        assert await pool.claim("a") is not first


async def test_a_sandbox_that_ends_by_itself_is_freed_and_replaced() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=0)) as pool:
        first = await pool.claim("a")
        engine.launched[0].theirs.shutdown(socket.SHUT_RDWR)
        await until(lambda: engine.launched[0].killed == 1)
        assert await pool.claim("a") is not first


async def test_the_longest_unused_sandbox_makes_room_for_a_new_widget() -> None:
    async with a_pool(FakeEngine(), PoolPolicy(spare=0, total=2)) as pool:
        for widget in ("a", "b"):
            pool.release(await pool.claim(widget))
        b = await pool.claim("b")
        await pool.claim("c")
        assert await pool.claim("b") is b
        with pytest.raises(NoSandbox, match="all 2 sandboxes"):
            await pool.claim("d")


@pytest.mark.parametrize("spare", [0, 2])
async def test_many_new_widgets_at_once_each_get_room_when_the_pool_is_full_of_idle_ones(spare: int) -> None:
    async with a_pool(FakeEngine(), PoolPolicy(spare=spare, total=8, launches=2)) as pool:
        for number in range(8):
            pool.release(await pool.claim(f"old-{number}"))

        async with asyncio.timeout(20):
            claimed = await asyncio.gather(*(pool.claim(f"new-{number}") for number in range(8)))

        assert len({sandbox.name for sandbox in claimed}) == 8


async def test_no_sandbox_is_launched_when_memory_is_short() -> None:
    engine = FakeEngine()
    async with a_pool(engine, PoolPolicy(spare=2, memory_reserve_mb=256), available_mb=lambda: 100) as pool:
        with pytest.raises(NoSandbox, match="256 MB"):
            await pool.claim("a")
        assert engine.attempts == 0


async def test_egress_learns_who_has_a_sandbox_and_when_it_is_gone() -> None:
    egress = Egress()
    async with a_pool(FakeEngine(), PoolPolicy(spare=0), egress=egress) as pool:
        await pool.claim("a")
        assert egress.told == [("bind", "a")]
    assert egress.told == [("bind", "a"), ("release",)]


async def test_a_closed_pool_refuses_those_who_still_wait() -> None:
    engine = FakeEngine()
    engine.may_launch.clear()
    pool = Pool(engine, PoolPolicy(spare=0), owner="t", available_mb=lambda: 10_000)
    await pool.start()
    waiting = asyncio.create_task(pool.claim("a"))
    await until(lambda: engine.attempts == 1)
    await pool.close()
    with pytest.raises(NoSandbox, match="stopping"):
        await waiting
