"""Using up the machine: bounded in the sandbox, and neither the supervisor nor a neighbour suffers."""

import asyncio
import time
from dataclasses import replace

from tests.attacks.outside import PRELUDE, Outside
from tests.fixtures.engines import START_TIMEOUT_S
from tests.fixtures.inside import begin, healthy, run

from widget_runner.engines.base import SandboxEngine, SandboxSpec
from widget_runner.sandbox import Sandbox

FORK_BOMB = """
n = 0
while n < 1000:
    try:
        if os.fork() == 0:
            os.closerange(0, 100); time.sleep(60); os._exit(0)
    except OSError:
        break
    n += 1
say(n)
"""
THREAD_BOMB = """
import threading
n = 0
while n < 1000:
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        break
    n += 1
say(n); os._exit(0)
"""
#: Touches 320 MB: more than the sandboxes' 256, less than the positive control's 768.
MEMORY_BOMB = "held = [os.urandom(4096) * 4096 for _ in range(20)]\nsay(sum(map(len, held)) >> 20)\n"
MEMORY_DOORS = {
    "heap": MEMORY_BOMB,
    "mmap": "import mmap\nm = mmap.mmap(-1, 320 << 20)\nfor i in range(0, 320 << 20, 4096): m[i] = 1\nsay(320)\n",
    "shared memory": "block = os.urandom(1 << 20)\n"
    "fs = [open(f'/dev/shm/f{i}-{os.getpid()}', 'wb') for i in range(8)]\n"
    "try:\n    for f in fs:\n        for _ in range(30): f.write(block); f.flush()\n"
    "    held = bytearray(os.urandom(4096)) * (80 * 256)\n    say(320)\n"
    "finally:\n    for f in fs: attempt(lambda: os.unlink(f.name))\n",
}
#: Forty processes, each too small to be worth a kill by itself: 480 MB in all.
SWARM = """
for _ in range(40):
    if os.fork() == 0:
        attempt(lambda: open('/proc/self/oom_score_adj', 'w').write('-999'))
        held = bytearray(os.urandom(4096)) * (12 * 256)
        time.sleep(2); os._exit(0)
alive = 0
while True:
    try:
        alive += os.wait()[1] == 0
    except ChildProcessError:
        break
say(alive)
"""
DISK_FILL = """
folders, written = FOLDERS, {}
for folder in folders:
    written[folder] = 0
    try:
        for i in range(9):
            with open(f'{folder}/fill{i}-{os.getpid()}', 'wb') as file:
                os.unlink(file.name)
                keep = os.dup(file.fileno())
                for _ in range(36):
                    os.write(keep, BLOCK); written[folder] += 1
    except OSError as error:
        pass
say(written)
"""


async def test_a_fork_bomb_ends_at_its_own_limit(outside: Outside, sandbox: Sandbox) -> None:
    assert await outside.said(FORK_BOMB) > 150, "no attack at all"
    ran = await run(sandbox, PRELUDE + FORK_BOMB)
    assert 10 < ran.said < 64
    assert await healthy(sandbox)


async def test_another_run_of_the_widget_can_fork_while_one_bombs(sandbox: Sandbox) -> None:
    bomb = await begin(sandbox, PRELUDE + FORK_BOMB + "time.sleep(60)")
    await bomb.said("\n")
    other = await run(
        sandbox,
        "import subprocess\nprint(subprocess.run(['/bin/echo', 'forked'], text=True, capture_output=True).stdout)",
    )
    assert other.out == "forked\n\n"
    assert (await bomb.end(0.1)).timed_out


async def test_a_thread_bomb_ends_at_its_own_limit(outside: Outside, sandbox: Sandbox) -> None:
    assert await outside.said(THREAD_BOMB) > 150, "no attack at all"
    ran = await run(sandbox, PRELUDE + THREAD_BOMB)
    assert 10 < ran.said < 64
    assert await healthy(sandbox)


async def test_a_memory_bomb_dies_and_the_sandbox_says_it_was_memory(outside: Outside, sandbox: Sandbox) -> None:
    for door, code in MEMORY_DOORS.items():
        assert await outside.said(code) == 320, "no attack at all"
        ran = await run(sandbox, PRELUDE + code)
        assert "320" not in ran.out, door
        assert ran.exit.status == -9, door
        assert ran.exit.oom_killed, door
        assert await healthy(sandbox), door


async def test_a_swarm_of_small_processes_can_not_make_the_supervisor_the_victim(
    outside: Outside, sandbox: Sandbox
) -> None:
    assert await outside.said(SWARM) == 40, "no attack at all"
    ran = await run(sandbox, PRELUDE + SWARM)
    assert sandbox.oom_kills() > 0
    assert ran.exit.oom_killed or ran.said < 40
    assert await healthy(sandbox)


async def test_many_runs_at_once_that_fill_memory_leave_the_supervisor(sandbox: Sandbox) -> None:
    fill = (
        PRELUDE + "open('/tmp/f', 'wb').write(os.urandom(1 << 20) * 50)\nheld = os.urandom(4096) * 5120\ntime.sleep(1)"
    )
    runs = [await begin(sandbox, fill) for _ in range(6)]
    ended = await asyncio.gather(*(one.end() for one in runs))
    assert sandbox.oom_kills() > 0
    assert any(one.exit.oom_killed for one in ended)
    assert await healthy(sandbox)


async def test_a_neighbour_does_not_feel_a_memory_bomb(
    engine: SandboxEngine, spec: SandboxSpec, sandbox: Sandbox
) -> None:
    neighbour = await Sandbox.start(engine, replace(spec, name=spec.name + "-n"), START_TIMEOUT_S)
    try:
        await neighbour.bind("neighbour")
        long = await begin(neighbour, "import time\nheld = bytearray(100 << 20)\ntime.sleep(1.5)\nprint(len(held))")
        await run(sandbox, PRELUDE + MEMORY_BOMB)
        ended = await long.end()
        assert (ended.exit.status, ended.out) == (0, f"{100 << 20}\n")
        assert neighbour.oom_kills() == 0
    finally:
        await neighbour.close()


async def test_a_full_disk_is_the_runs_own(outside: Outside, engine: SandboxEngine, spec: SandboxSpec) -> None:
    code = "BLOCK = os.urandom(1 << 20)\n" + DISK_FILL
    control = await outside.said("FOLDERS = ['/var/tmp']\n" + code)
    assert control["/var/tmp"] > 300, "no attack at all"
    # More memory than the file system may have: its own bound must stop the run.
    sandbox = await Sandbox.start(engine, replace(spec, name=spec.name + "-d", memory_mb=512), START_TIMEOUT_S)
    try:
        await sandbox.bind("widget")
        folders = "FOLDERS = ['/tmp', '/work', '/dev/shm', '/var/tmp', '/', '/env', '/dev']\n"
        ran = await run(sandbox, PRELUDE + folders + code, timeout_s=30)
        assert sum(ran.said.values()) <= 256
        assert ran.said["/tmp"] > 200
        assert [ran.said[folder] for folder in ("/var/tmp", "/", "/env", "/dev")] == [0, 0, 0, 0]
        assert (await run(sandbox, "open('/tmp/x', 'wb').write(b'x' * 1000000)\nprint('written')")).out == "written\n"
    finally:
        await sandbox.close()


async def test_files_without_end_and_files_of_huge_size_are_refused(outside: Outside, sandbox: Sandbox) -> None:
    many = (
        "import tempfile\nfolder = tempfile.mkdtemp()\nn = 0\n"
        "try:\n    for n in range(20000): open(f'{folder}/{n}', 'w').close()\n"
        "except OSError: pass\nimport shutil\nshutil.rmtree(folder)\nsay(n)"
    )
    huge = (
        "import tempfile\nf = tempfile.NamedTemporaryFile(dir='/tmp')\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "say(attempt(lambda: os.ftruncate(f.fileno(), 300 << 20)))"
    )
    assert await outside.said(many) == 19999, "no attack at all"
    assert await outside.said(huge) is None, "no attack at all"
    assert (await run(sandbox, PRELUDE + many, timeout_s=30)).said < 16384
    assert "EFBIG" in (await run(sandbox, PRELUDE + huge)).said
    assert await healthy(sandbox)


async def test_output_without_end_is_drained_and_not_kept(outside: Outside, sandbox: Sandbox) -> None:
    flood = "block = b'x' * 65536\nend = time.time() + 1\nwhile time.time() < end: os.write(1, block)\n"
    _, control = await outside.run(flood)
    assert len(control) > 10_000_000, "no attack at all"
    ran = await run(sandbox, PRELUDE + flood)
    assert ran.out_bytes > 10_000_000
    assert len(ran.out) <= 1_000_000
    assert await healthy(sandbox)


async def test_a_run_that_nobody_reads_holds_up_nobody_else(sandbox: Sandbox) -> None:
    silent = sandbox.run()  # neither fed nor read
    began = time.monotonic()
    assert await healthy(sandbox)
    assert time.monotonic() - began < 10
    assert (await silent.finish(5)).status is not None
    silent.close()
