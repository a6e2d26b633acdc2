"""What every engine promises. A new engine is done when it passes this file (and ``tests/attacks``)."""

import asyncio
import json
import os
from dataclasses import replace
from typing import Any

import pytest
from tests.fixtures.engines import ENVIRONMENTS, START_TIMEOUT_S
from tests.fixtures.inside import Running, begin, healthy, run, start_frame

import widget_policy
from widget_runner import probe
from widget_runner.engines import make_engine
from widget_runner.engines.base import EngineError, EngineSettings, SandboxEngine, SandboxSpec
from widget_runner.kept import KeptChild
from widget_runner.pool import Pool, PoolPolicy
from widget_runner.sandbox import Sandbox, SandboxGone
from widget_wire import frames
from widget_wire.runs import RunRequest


async def test_output_comes_complete_and_in_order(sandbox: Sandbox) -> None:
    code = (
        "import sys\n"
        "for i in range(2000):\n    print(i)\n    if i % 500 == 0: print('e', i, file=sys.stderr)\n"
        "sys.stdout.write('no line end \\u00e4\\U0001f600')"
    )
    ran = await run(sandbox, code)
    assert ran.out == "".join(f"{i}\n" for i in range(2000)) + "no line end ä😀"
    assert ran.err == "e 0\ne 500\ne 1000\ne 1500\n"
    assert (ran.error, ran.exit.status) == (None, 0)


async def test_a_script_asks_and_is_answered_and_nobody_else_reads_it(sandbox: Sandbox) -> None:
    code = "import subprocess\nprint(input('Name? '))\nsubprocess.run('cat; ls -l /proc/self/fd/0', shell=True)"
    asking = await begin(sandbox, code, interactive=True)
    await asking.said("Name? ")
    answer = frames.pack(frames.TEXT, json.dumps({"type": "INPUT", "text": "Ada\n"}).encode())
    await asyncio.get_running_loop().sock_sendall(asking.child.data, answer)

    ran = await asking.end()

    assert [frame for frame in ran.frames if frame["type"] == "ASK"] == [
        {"type": "ASK", "prompt": "Name? ", "secret": False}
    ]
    assert (ran.error, ran.out.startswith("Name? Ada\n")) == (None, True)
    assert "/dev/null" in ran.out
    silent = await run(sandbox, "import sys\nprint(repr(sys.stdin.read()))\ninput()")
    assert silent.out == "''\n"
    assert silent.error is not None
    assert silent.error["type"] == "EOFError"


async def test_an_exception_is_a_value_with_its_text(sandbox: Sandbox) -> None:
    ran = await run(sandbox, "def f():\n    return {}['key']\nf()")
    assert ran.error is not None
    assert ran.error["type"] == "KeyError"
    assert "key" in ran.error["message"]
    assert ran.exit.status == 1
    assert not sandbox.gone.is_set()


async def test_a_run_that_is_over_its_time_ends_with_all_it_started(sandbox: Sandbox) -> None:
    code = "import os, time\nfor _ in range(3): os.fork()\nprint('up', flush=True)\ntime.sleep(100)"
    before = sandbox.process.pids()
    running = await begin(sandbox, code)
    await running.said("up\n" * 8)
    ended = await running.child.finish(5)
    assert ended.status == -9
    assert len([pid for pid in sandbox.process.pids() if pid not in before]) <= 1  # a spare may have been made
    assert (await running.end()).out == "up\n" * 8
    assert await healthy(sandbox)


async def test_memory_has_an_outcome_of_its_own(sandbox: Sandbox, engine_settings: EngineSettings) -> None:
    ran = await run(sandbox, "held = bytearray(2 << 30)\nfor i in range(0, 2 << 30, 4096): held[i] = 1")
    if engine_settings.engine == "local" and not engine_settings.cgroup:
        # Without root there is no cgroup; a bound on each process's address space takes its place.
        assert ran.error is not None
        assert ran.error["type"] == "MemoryError"
        return
    assert (ran.exit.status, ran.exit.oom_killed) == (-9, True)
    ordinary = await run(sandbox, "held = bytearray(50 << 20)\nprint(len(held))")
    assert (ordinary.out, ordinary.exit.oom_killed) == (f"{50 << 20}\n", False)
    assert ordinary.exit.rss_kb > 50_000
    assert sandbox.oom_kills() >= 1


async def test_each_run_has_a_fresh_file_system_and_process_table(sandbox: Sandbox) -> None:
    leave = "import os\nopen('/tmp/a', 'w').close(); open('a', 'w').close(); open('/dev/shm/a', 'w').close()\nos.fork()"
    await run(sandbox, leave)
    look = (
        "import json, os\nprint(json.dumps([os.listdir('/tmp'), os.listdir('/dev/shm'), os.path.exists('a'), "
        "os.getcwd(), [p for p in os.listdir('/proc') if p.isdigit()]]))"
    )
    assert (await run(sandbox, look)).said == [[], [], False, "/work", ["1"]]


async def test_two_runs_at_once_do_not_see_each_other(sandbox: Sandbox) -> None:
    code = (
        "import json, os, sys, time\nopen('/tmp/mine', 'w').write('MARK')\nprint('up', flush=True)\ntime.sleep(.5)\n"
        "print(json.dumps([open('/tmp/mine').read(), os.listdir('/tmp'), "
        "[p for p in os.listdir('/proc') if p.isdigit()]]))"
    )
    first, second = await begin(sandbox, code.replace("MARK", "one")), await begin(sandbox, code.replace("MARK", "two"))
    assert (await first.end()).said == ["one", ["mine"], ["1"]]
    assert (await second.end()).said == ["two", ["mine"], ["1"]]


async def test_a_kept_process_serves_calls_at_once_and_goes_when_it_is_retired(sandbox: Sandbox) -> None:
    code = (
        "import anvil.server, threading\nboth = threading.Barrier(2)\n"
        "@anvil.server.callable\ndef meet(name):\n    both.wait(30)\n    print(name)\n    return name\n"
    )
    request = RunRequest("r", "widget", "s", "api", "server_call", 1, "c", None, 0, 30.0, None, keep=1)
    start = [start_frame(code, kind="api", kept=True)]
    kept = KeptChild(sandbox.run(), sandbox, request, start)
    calls = [Running(kept.call()) for _ in range(2)]
    for running, name in zip(calls, ("one", "two"), strict=True):
        running.read()
        asked = {"type": "CALL", "id": name, "command": "meet", "args": [name], "kwargs": {}, "objects": []}
        more = {"call-stack": [{"type": "server_module"}], "client": {"type": "http"}, "session-id": name}
        frame = frames.pack(frames.TEXT, json.dumps({**asked, **more}).encode())
        await asyncio.get_running_loop().sock_sendall(running.child.data, frame)

    ended = [await running.end() for running in calls]

    assert [(ran.out, ran.exit.status, ran.frames[-1]["response"]) for ran in ended] == [
        ("one\n", 0, "one"),
        ("two\n", 0, "two"),
    ]
    assert sandbox.running == 1
    kept.retire("the test is over")
    async with asyncio.timeout(30):
        while sandbox.running:  # noqa: ASYNC110  # the supervisor tells the sandbox alone
            await asyncio.sleep(0.01)
    assert await healthy(sandbox)


async def test_a_spare_is_made_only_once_every_run_has_answered(sandbox: Sandbox) -> None:
    first, second = [await begin(sandbox, "print('up', flush=True)\nimport time\ntime.sleep(60)") for _ in range(2)]
    await first.said("up\n")
    await second.said("up\n")
    busy = len(sandbox.process.pids())
    first.child.note_answered()
    assert await sandbox.ping(5)
    assert len(sandbox.process.pids()) == busy
    second.child.note_answered()
    for _ in range(500):
        if len(sandbox.process.pids()) == busy + 1:
            break
        await asyncio.sleep(0.01)
    assert len(sandbox.process.pids()) == busy + 1
    for running in (first, second):
        await running.child.finish(5)
        await running.end()
    assert await healthy(sandbox)


async def test_a_widget_sees_its_own_environment_and_no_other(engine: SandboxEngine, spec: SandboxSpec) -> None:
    sandbox = await Sandbox.start(engine, spec, START_TIMEOUT_S)
    try:
        await sandbox.bind("widget", ENVIRONMENTS[0], ("csv",))
        assert "csv" in sandbox.preloaded
        code = (
            "import json, os, only_in_a\ntry:\n    import only_in_b\nexcept ImportError:\n    other = None\n"
            "else:\n    other = only_in_b.NAME\n"
            "try:\n    open('/env/x', 'w')\nexcept OSError as error:\n    refused = error.errno\n"
            "print(json.dumps([only_in_a.NAME, other, refused, os.listdir('/envs'), os.listdir('/run/sbx')]))"
        )
        assert (await run(sandbox, code)).said == [ENVIRONMENTS[0], None, 30, [], []]
    finally:
        await sandbox.close()


@pytest.mark.parametrize("environment", ["../../etc", "c" * 64, ".", "/"])
async def test_an_environment_that_is_none_is_refused(
    environment: str, engine: SandboxEngine, spec: SandboxSpec
) -> None:
    sandbox = await Sandbox.start(engine, spec, START_TIMEOUT_S)
    try:
        with pytest.raises(SandboxGone, match="could not be bound"):
            await sandbox.bind("widget", environment)
    finally:
        await sandbox.close()


async def test_stdin_is_closed_and_the_environment_variables_are_those_granted(sandbox: Sandbox) -> None:
    ran = await run(sandbox, "import json, os, sys\nprint(json.dumps([os.read(0, 1).decode(), dict(os.environ)]))")
    stdin, variables = ran.said
    assert stdin == ""
    granted = {line["name"]: line["value"] for line in widget_policy.page("environment")["always"]}
    assert variables == granted


async def test_there_is_no_network_but_what_the_egress_link_lets_out(sandbox: Sandbox) -> None:
    assert sandbox.egress == "transparent"
    code = (
        "import json, socket\ndef hear(address):\n    with socket.socket() as s:\n        s.settimeout(1)\n"
        "        try:\n            s.connect(address)\n            return s.recv(1).decode()\n"
        "        except OSError as error:\n            return type(error).__name__\n"
        "print(json.dumps([hear(('192.0.2.1', 80)), [n for _, n in socket.if_nameindex()]]))"
    )
    answer, interfaces = (await run(sandbox, code)).said
    assert answer in ("TimeoutError", "ConnectionResetError", "ConnectionRefusedError", "OSError", "timeout", "")
    assert interfaces == ["lo"]


async def test_a_claim_that_is_cancelled_frees_everything(
    engine: SandboxEngine, engine_settings: EngineSettings
) -> None:
    pool = Pool(engine, PoolPolicy(spare=0, memory_mb=128), owner=engine_settings.owner)
    claim = asyncio.create_task(pool.claim("a"))
    await asyncio.sleep(0.02)
    claim.cancel()
    with pytest.raises(asyncio.CancelledError):
        await claim
    await pool.close()
    assert await engine.sweep() == 0


async def test_a_start_that_is_out_of_time_leaves_nothing(engine: SandboxEngine, spec: SandboxSpec) -> None:
    with pytest.raises(EngineError, match="not ready"):
        await Sandbox.start(engine, spec, 0.005)
    assert await engine.sweep() == 0


async def test_closing_twice_and_asking_a_closed_one_is_harmless(engine: SandboxEngine, spec: SandboxSpec) -> None:
    sandbox = await Sandbox.start(engine, spec, START_TIMEOUT_S)
    await sandbox.close()
    await sandbox.close()
    assert not await sandbox.ping(1)
    assert sandbox.process.pids() == []
    with pytest.raises(SandboxGone):
        sandbox.run()


async def test_its_probe_finds_it_isolated(engine: SandboxEngine) -> None:
    report = await engine.probe()
    assert report.usable, report.notes
    assert (report.mode, report.egress) == ("userns", "transparent")
    assert report.memory_cgroup == (report.name == "docker" or os.geteuid() == 0)


async def test_a_runs_result_is_the_same_on_every_engine(sandbox: Sandbox) -> None:
    code = (
        "import json, os, sys, platform, resource\n"
        "print(json.dumps([sys.version_info[:2], os.getcwd(), os.getuid(), os.getgid(), os.getpid(), "
        "os.cpu_count() > 0, platform.node(), resource.getrlimit(resource.RLIMIT_NPROC), "
        "resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_FSIZE), sys.flags.isolated]))"
    )
    assert (await run(sandbox, code)).said == [
        [3, 10], "/work", 1000, 1000, 1, True, "widget", [64, 64], [0, 0], [256 << 20, 256 << 20], 0,
    ]  # fmt: skip


def found(**changes: Any) -> dict[str, Any]:
    """What the probe's run says in a sound sandbox, with ``changes``."""
    kinds = ("pid", "mnt", "user", "net", "ipc", "uts")
    sound = {
        "pid": 1, "others": [], "namespaces": dict.fromkeys(kinds, 1), "capabilities": ["0000"] * 5, "seccomp": "2",
        "no_new_privileges": "1", "writable": [], "interfaces": ["lo"], "escaped": False,
    }  # fmt: skip
    return sound | changes


@pytest.mark.parametrize(
    ("hole", "words"),
    [
        ({"others": ["7"]}, "other processes"),
        ({"pid": 7}, "process 1"),
        ({"namespaces": {"net": os.stat("/proc/self/ns/net").st_ino}}, "net namespace"),
        ({"capabilities": ["0", "0", "0", "20", "0"]}, "capabilities"),
        ({"seccomp": "0"}, "system call filter"),
        ({"no_new_privileges": "0"}, "privileges"),
        ({"writable": ["/etc"]}, "/etc"),
        ({"interfaces": ["eth0", "lo"]}, "eth0"),
        ({"escaped": True}, "metadata"),
    ],
)
def test_the_probe_names_each_hole(hole: dict[str, Any], words: str) -> None:
    assert probe.what_is_open(found()) == []
    named = probe.what_is_open(found(**hole))
    assert len(named) == 1
    assert words in named[0]


async def test_auto_is_docker_only_where_an_engine_has_our_image(
    docker_settings: EngineSettings, local_settings: EngineSettings
) -> None:
    both = replace(local_settings, engine="auto", docker_url=docker_settings.docker_url, image=docker_settings.image)
    names = []
    for settings in (both, replace(both, image="no-such-image"), replace(both, docker_url="unix:///nowhere.sock")):
        engine = await make_engine(settings)
        names.append(engine.name)
        await engine.close()
    assert names == ["docker", "local", "local"]


async def test_what_is_missing_is_said_in_words(local_settings: EngineSettings) -> None:
    with pytest.raises(EngineError, match=r"sandbox_images/build\.py"):
        await make_engine(replace(local_settings, rootfs=local_settings.runtime))
    with pytest.raises(EngineError, match="not auto, docker or local"):
        await make_engine(replace(local_settings, engine="magic"))
    nobody = await make_engine(replace(local_settings, launcher=local_settings.runtime / "nobody.sock"))
    report = await nobody.probe()
    assert not report.usable
    assert "no launcher answers" in report.notes[0]
    assert json.dumps(report.notes)
    await nobody.close()


STREAMING = """
import anvil.server
@anvil.server.route('/short')
def short():
    yield 'one, '
    yield b'two'
@anvil.server.route('/endless')
def endless():
    n = 0
    while True:
        n += 1
        print(n, flush=True)
        yield b'x' * 65536
"""


def route_call(path: str) -> bytes:
    request: dict[str, Any] = {
        "method": "GET",
        "path": path,
        "query_params": {},
        "form_params": {},
        "origin": None,
        "headers": {},
    }
    more = {"remote_address": "192.0.2.1", "body": None, "username": None, "password": None}
    call = {
        "type": "CALL", "id": "c1", "call-stack-id": "c1", "command": f"route:{path}", "args": [],
        "kwargs": {**request, **more}, "call-stack": [{"type": "http"}], "client": {"type": "http"},
        "sessionData": {"session": {}, "objects": []}, "app-info": {}, "objects": [],
    }  # fmt: skip
    return frames.pack(frames.TEXT, json.dumps(call).encode())


async def test_x_02_a_route_sends_its_answer_in_pieces(sandbox: Sandbox) -> None:
    streaming = await begin(sandbox, STREAMING, kind="api")
    await asyncio.get_running_loop().sock_sendall(streaming.child.data, route_call("/short"))

    ran = await streaming.end()

    pieces = [payload for kind, payload in frames.FrameDecoder().feed(ran.raw) if kind == frames.BINARY]
    assert b"".join(pieces) == b"one, two"
    assert [frame["stream"]["length"] for frame in ran.frames if "stream" in frame] == [None]
    assert ran.frames[-1] == {"type": "BODY_END"}


async def test_x_02_code_that_streams_waits_for_its_reader(sandbox: Sandbox) -> None:
    child = sandbox.run()
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(child.data, start_frame(STREAMING, kind="api") + route_call("/endless"))
    unread = Running(child)
    printed = asyncio.create_task(unread._pipe(child.stdout, unread.out))
    await unread.said("2\n")
    await asyncio.sleep(0.5)

    pieces = len(unread.out.split())

    assert pieces < 100
    await child.finish(grace_s=5)
    printed.cancel()
    await asyncio.gather(printed, return_exceptions=True)
    child.close()
    assert await healthy(sandbox)
