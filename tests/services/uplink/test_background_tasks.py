"""Background tasks on the real anvil-uplink (K-13): launched, watched, not killed, missing when their program is."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.services.fake_runner import eventually_true
from tests.services.uplink.programs import WAIT_S, Caller, CallError

from widget_site.dispatch.errors import OnUplinkError
from widget_site.store import runs, tasks
from widget_wire.values import Media

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASKS = """
import datetime, pathlib, time

@anvil.server.background_task
def counts(numbers, media=None, then=None):
    anvil.server.task_state["seen"] = []
    for number in numbers:
        anvil.server.task_state["seen"].append(number)
    anvil.server.task_state["at"] = datetime.date(2026, 1, 2)
    c = anvil.server.context
    anvil.server.task_state["who"] = [c.type, c.client.type, c.remote_caller.type, c.background_task_id]
    while then and not pathlib.Path(then).exists():
        time.sleep(0.05)
    if then == "":
        raise ValueError("no such file")
    own = anvil.server.call("own", *numbers)
    size, day = media and len(media.get_bytes()), datetime.date(2026, 1, 3)
    return {"sum": sum(numbers), "bytes": size, "day": day, "own": own}

@anvil.server.background_task
def gives_media():
    return anvil.BlobMedia("text/plain", b"x")

@anvil.server.callable
def launches(name, *args):
    return anvil.server.launch_background_task(name, *args)

@anvil.server.callable
def kills(task_id):
    anvil.server.get_background_task(task_id).kill()
"""


async def told(caller: Caller, task_id: str) -> tasks.Task:
    """Return a task as it is when it is over."""
    found: list[tasks.Task] = []

    async def is_over() -> bool:
        task = await tasks.get(caller.served.parts.store, caller.widget.id, task_id)
        found[:] = [task] if task is not None and task.termination is not None else []
        return bool(found)

    await eventually_true(is_over, WAIT_S)
    return found[0]


async def until_awake(caller: Caller) -> None:
    """Wait until the widget's own code answers: a first sandbox may find no place in time on a busy machine."""

    async def answers() -> bool:
        with contextlib.suppress(CallError):
            return bool(await caller.call("own"))
        return False

    await eventually_true(answers, WAIT_S)


async def state_of(caller: Caller, task_id: str) -> Any:
    said = await caller.served.parts.dispatch.task_state(task_id)
    return said and said["response"]


async def until_waits(caller: Caller, task_id: str) -> dict[str, Any]:
    """Wait until a task has said everything; return its state."""
    state: dict[str, Any] = {}

    async def waits() -> bool:
        state.update(await state_of(caller, task_id) or {})
        return "who" in state

    await eventually_true(waits, WAIT_S)
    return state


async def test_k_13_b_02_b_06_b_11_a_task_on_an_uplink_is_launched_watched_and_asked(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    async with caller.program(python, TASKS, tmp_path):
        await caller.until_has("task:counts")
        await until_awake(caller)
        # From the sandbox: its server code launches it, with Media, and hands on what it is told.
        task_id = await caller.call("begins", [1, 2, 3], Media("a/b", b"12345"), str(go_on))
        state = await until_waits(caller, task_id)
        asked = await caller.call("asked", task_id)
        go_on.write_text("")
        task = await told(caller, task_id)
        ended = await caller.call("asked", task_id)

    assert state["who"] == ["uplink", "background_task", "server_module", task_id]
    assert asked == {
        "name": "counts", "running": True, "completed": False, "status": None, "listed": True,
        "state": {"seen": [1, 2, 3], "at": "2026-01-02", "who": state["who"]}, "value": None,
    }  # fmt: skip
    assert (task.termination, task.request) == (
        "completed", {"function": "task:counts", "caller": "server_module", "uplink": True}
    )  # fmt: skip
    own = ["own", [1, 2, 3], "uplink", True, "background_task"]
    assert ended == {
        **asked, "running": False, "completed": True, "status": "completed",
        "value": {"sum": 6, "bytes": 5, "day": "2026-01-03", "own": own},
    }  # fmt: skip


async def test_k_13_b_07_b_09_b_10_what_a_task_on_an_uplink_raises_and_may_not_return(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    async with caller.program(python, TASKS, tmp_path):
        await caller.until_has("launches")
        await until_awake(caller)
        failed = await caller.call("begins", [], None, "")
        media = await caller.served.parts.dispatch.start_task(caller.widget, "gives_media")
        task = await told(caller, failed)
        with pytest.raises(CallError) as caught:
            await caller.call("asked", failed)
        refused = await told(caller, media)
        run = await runs.get(caller.served.parts.store, failed, caller.served.owner.id)

    assert (task.termination, run.outcome, run.error) == ("failed", "error", "ValueError: no such file")
    assert (caught.value.kind, caught.value.text) == ("ValueError", "no such file")
    assert (refused.termination, "can't return Media" in refused.error) == ("failed", True)


async def test_k_13_b_12_b_16_it_is_not_killed_and_is_missing_when_its_uplink_is(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    dispatch = caller.served.parts.dispatch
    async with caller.program(python, TASKS, tmp_path) as program:
        await caller.until_has("kills")
        # By the uplink itself.
        launched = await caller.call("launches", "counts", [1], None, str(tmp_path / "never"))
        task_id = json.loads(launched.id)
        await until_waits(caller, task_id)
        kind, text = await caller.error("kills", task_id)
        with pytest.raises(OnUplinkError):
            await dispatch.stop_run(task_id)
        await program.until_says("Background tasks on the uplink cannot be killed")
        before = await tasks.get(caller.served.parts.store, caller.widget.id, task_id)
        program.process.kill()
        task = await told(caller, task_id)

    assert (kind, "nobody can stop from here" in text) == ("anvil.server.BackgroundTaskError", True)
    assert before is not None
    assert before.termination is None
    assert (task.termination, task.outcome) == ("missing", "crashed")
    _, state = await tasks.end_of(caller.served.parts.store, task_id)
    assert state is not None
    assert state["response"]["seen"] == [1]
    assert await caller.error("asked", task_id) == ("anvil.server.InternalError", "The background task failed (mia).")
