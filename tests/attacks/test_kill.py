"""A run that does not want to end."""

import pytest
from tests.attacks.outside import PRELUDE, Outside
from tests.fixtures.inside import begin, healthy, run

from widget_runner.sandbox import Sandbox

STUBBORN = {
    "loops with all signals blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
    "print('up', flush=True)\nwhile True: pass",
    "stopped itself": "print('up', flush=True)\nos.kill(os.getpid(), signal.SIGSTOP)\n"
    "libc.raise_(19) if hasattr(libc, 'raise_') else 0\ntime.sleep(100)",
    "blocked in a read": "a, b = socket.socketpair()\nprint('up', flush=True)\na.recv(1)",
    "has 60 processes that fork": "print('up', flush=True)\nwhile True:\n    try:\n        if os.fork() == 0:\n"
    "            while True: os.getpid()\n    except OSError: time.sleep(.01)",
    "holds 150 MB": "held = os.urandom(4096) * (150 * 256)\nprint('up', flush=True)\ntime.sleep(100)",
}


@pytest.mark.parametrize("how", STUBBORN)
async def test_it_is_killed_with_all_it_started(how: str, outside: Outside, sandbox: Sandbox) -> None:
    # The positive control: SIGTERM, the polite way, does not end it outside.
    if how == "loops with all signals blocked":
        process = await outside.start(STUBBORN[how])
        assert process.stdout is not None
        await process.stdout.readline()
        process.terminate()
        with pytest.raises(TimeoutError):
            await _wait(process, 0.3)
        process.kill()
        await process.wait()
    running = await begin(sandbox, PRELUDE + STUBBORN[how])
    await running.said("up")
    before = sandbox.process.pids()
    ended = await running.child.finish(grace_s=5)
    assert ended.status == -9
    assert not ended.oom_killed
    assert not sandbox.gone.is_set()
    await running.end()
    assert await healthy(sandbox)
    assert len(sandbox.process.pids()) <= len(before)


async def _wait(process: object, seconds: float) -> None:
    import asyncio

    assert isinstance(process, asyncio.subprocess.Process)
    async with asyncio.timeout(seconds):
        await process.wait()


@pytest.mark.parametrize(
    ("code", "statuses"),
    [
        ("os.abort()", {-6, -11}),
        ("ctypes.string_at(0)", {-11}),
        ("os._exit(9)", {9}),
        ("os.closerange(0, 100)", {0, 1, 70, 120}),
        ("sys.exit('text')", {1}),
    ],
)
async def test_a_crash_ends_that_run_only(code: str, statuses: set[int], outside: Outside, sandbox: Sandbox) -> None:
    control = await outside.start(code)
    await control.communicate()
    assert control.returncode != 0 or "closerange" in code
    ran = await run(sandbox, PRELUDE + code)
    assert not ran.timed_out
    assert ran.exit.status in statuses
    assert await healthy(sandbox)


async def test_a_sandbox_is_gone_with_everything_when_it_is_closed_under_a_fork_bomb(sandbox: Sandbox) -> None:
    running = await begin(sandbox, PRELUDE + STUBBORN["has 60 processes that fork"])
    await running.said("up")
    assert len(sandbox.process.pids()) > 2
    await sandbox.close()
    assert sandbox.process.pids() == []
    assert (await running.child.exit).status is None
    await running.end()
