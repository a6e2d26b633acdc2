"""How many kept children there are, how long each lasts, and that they leave nothing behind."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

from tests.services.runner.kept_calls import COUNTER, count
from tests.services.runner.site_double import SiteDouble

from widget_runner.service import Runner
from widget_wire import keys


async def test_s_15_a_process_without_calls_ends_after_its_time(
    start_runner: Callable[..., Any], site: SiteDouble
) -> None:
    runner = await start_runner(kept_idle_s=0.5)
    assert (await count(site))["count"] == 1
    async with asyncio.timeout(30):
        while runner._pool.counts()["warm"]:  # noqa: ASYNC110  # the pool tells nobody
            await asyncio.sleep(0.05)

    assert (await count(site))["count"] == 1


async def test_a_process_ends_when_its_widget_is_changed_though_nobody_calls_it_any_more(
    runner: Runner, site: SiteDouble
) -> None:
    source = (
        COUNTER
        + """
import threading, time
def beat():
    while True:
        try:
            print("tick", flush=True)
        finally:
            time.sleep(0.05)
threading.Thread(target=beat, daemon=True).start()
"""
    )
    assert (await count(site, source))["count"] == 1
    kept = runner._intake._executor.kept
    await site.client.publish(keys.CHANGED_CHANNEL, "w2")
    assert (await count(site, source))["count"] == 2

    await site.client.publish(keys.CHANGED_CHANNEL, "w1")

    async with asyncio.timeout(30):
        while len(kept) or runner._pool._warm["w1"].sandbox.keeps:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.05)
    assert (await count(site, source))["count"] == 1


async def test_a_process_that_prints_without_end_while_nobody_calls_it_is_ended(
    runner: Runner, site: SiteDouble
) -> None:
    source = (
        COUNTER
        + """
import threading
go = threading.Event()

def flood():
    go.wait()
    while True:
        os.write(1, b"x" * 60_000)
threading.Thread(target=flood, daemon=True).start()

@anvil.server.route("/flood")
def begin():
    go.set()
    return "begun"
"""
    )
    assert (await count(site, source))["count"] == 1
    await site.get(source, "/flood", keep=1)

    async with asyncio.timeout(30):
        while runner._pool._warm["w1"].sandbox.keeps:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.05)

    assert (await count(site, source))["count"] == 1


async def test_an_account_keeps_so_many_processes_and_the_longest_idle_one_makes_room(
    start_runner: Callable[..., Any], site: SiteDouble
) -> None:
    await start_runner(kept_per_account=1)
    assert (await count(site, widget_id="w1", account="a"))["count"] == 1
    assert (await count(site, widget_id="w9", account="b"))["count"] == 1

    assert (await count(site, widget_id="w2", account="a"))["count"] == 1

    assert (await count(site, widget_id="w2", account="a"))["count"] == 2
    assert (await count(site, widget_id="w9", account="b"))["count"] == 2
    assert (await count(site, widget_id="w1", account="a"))["count"] == 1


async def test_where_all_places_are_taken_by_calls_a_widget_gets_a_process_for_each_call(
    start_runner: Callable[..., Any], site: SiteDouble
) -> None:
    await start_runner(kept=1)
    source = (
        COUNTER
        + """
@anvil.server.route("/ask")
def ask():
    return anvil.server.call("service")
"""
    )
    ask = await site.route(source, "/ask", widget_id="w1", keep=1)
    await site.submit(ask)
    call = await site.next_call()

    assert [(await count(site, widget_id="w2"))["count"] for _ in range(2)] == [1, 1]

    await site.answer_call(call, {"response": "done", "objects": []})
    assert (await site.reply()).body == b"done"


async def test_calls_leave_no_descriptors_behind(runner: Runner, site: SiteDouble) -> None:
    source = (
        COUNTER
        + """
@anvil.server.route("/open")
def opened():
    return {"open": len(os.listdir("/proc/self/fd")), "threads": len(os.listdir("/proc/self/task"))}
"""
    )

    async def opened() -> dict[str, int]:
        told: dict[str, int] = json.loads((await site.get(source, "/open", keep=1)).body)
        return told

    await opened()
    before, ours = await opened(), len(os.listdir("/proc/self/fd"))
    for _ in range(100):
        await count(site, source)

    after = await opened()
    assert after["open"] <= before["open"] + 8
    assert after["threads"] <= before["threads"] + 2
    assert len(os.listdir("/proc/self/fd")) <= ours + 16
