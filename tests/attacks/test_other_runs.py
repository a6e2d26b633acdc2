"""A run and its neighbours: earlier runs, runs beside it, other widgets, and what outlives it."""

import asyncio
import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.attacks.outside import PRELUDE, Outside
from tests.fixtures.engines import CONTROL_UID, START_TIMEOUT_S
from tests.fixtures.inside import begin, healthy, run

from widget_runner.engines.base import SandboxEngine, SandboxSpec
from widget_runner.sandbox import Sandbox
from widget_wire import frames


def processes_named(mark: str) -> list[int]:
    """Return the pids on this machine whose command line holds ``mark``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


#: What is killed, and how the positive control shows it: a process beside the attacker in its group, or of its account.
KILLS = {
    "its process group": "os.kill(0, 9)",
    "everything it may": "os.kill(-1, 9)",
    "its parent's group": "os.killpg(os.getpgid(os.getppid() or 1), 9)",
}


@pytest.mark.parametrize("target", KILLS)
async def test_killing_beyond_itself_hits_nobody_else(target: str, outside: Outside, sandbox: Sandbox) -> None:
    # The victim is the attacker's parent, as the supervisor is a run's.
    control = f"if os.fork() == 0:\n    {KILLS[target]}\n    os._exit(0)\ntime.sleep(5)\nsay('alive')"
    assert await outside.run(control) == (-9, b""), "no attack at all"
    beside = await begin(sandbox, "import time\nprint('up', flush=True)\ntime.sleep(1)\nprint('done')")
    await beside.said("up")
    await run(sandbox, PRELUDE + f"attempt(lambda: {KILLS[target]})\ntime.sleep(.2)")
    ended = await beside.end()
    assert (ended.out, ended.exit.status) == ("up\ndone\n", 0)
    assert await healthy(sandbox)


DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 100)
        os.execv('/bin/sleep', ['sleep', MARK])
    os._exit(0)
time.sleep(.3)
say('left')
"""


async def test_a_daemon_ends_with_its_run(outside: Outside, sandbox: Sandbox) -> None:
    mark = f"7654.{os.getpid()}{time.monotonic_ns()}"
    await outside.said(f"MARK = '{mark}1'\n{DAEMON}")
    assert processes_named(mark + "1"), "no attack at all"
    running = await begin(sandbox, f"{PRELUDE}MARK = '{mark}2'\n{DAEMON}time.sleep(.5)")
    await running.said("left")
    assert processes_named(mark + "2"), "the daemon never ran"
    await running.end()
    assert processes_named(mark + "2") == []


async def test_a_run_has_its_own_four_descriptors_and_no_others(outside: Outside, sandbox: Sandbox) -> None:
    code = (
        "hits = 0\nfor f in range(0, 256):\n    try: hits += os.write(f, b'') == 0\n    except OSError: pass\n"
        "say([sorted(int(f) for f in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + f)), "
        "{f: attempt(lambda: os.readlink('/proc/self/fd/' + f)).split(':')[0] for f in os.listdir('/proc/self/fd')}])"
    )
    inherited, other = os.pipe()
    _, out = await outside.run(code, pass_fds=(other,))
    assert other in json.loads(out)[0], "no attack at all"
    os.close(inherited)
    os.close(other)
    numbers, links = (await run(sandbox, PRELUDE + code)).said
    assert numbers == [0, 1, 2, 3]
    assert {number: links[str(number)] for number in numbers} == {0: "/dev/null", 1: "pipe", 2: "pipe", 3: "socket"}


async def test_forged_frames_on_every_descriptor_spoil_only_its_own_answer(outside: Outside, sandbox: Sandbox) -> None:
    forged = frames.pack(frames.TEXT, b'{"type":"END","error":null,"exit_code":77}')
    packet = b'{"ev":"exit","id":1,"status":77,"cpu_s":0,"rss_kb":0}'
    code = (
        f"for f in range(1, 256):\n    for b in ({forged!r}, {packet!r}):\n"
        "        try: os.write(f, b)\n        except OSError: pass\n"
    )
    ours, theirs = os.pipe()
    await outside.run(code, pass_fds=(theirs,))
    os.set_blocking(ours, False)
    assert os.read(ours, 1000).startswith(forged), "no attack at all"
    os.close(ours)
    os.close(theirs)
    beside = await begin(sandbox, "import time\nprint('up', flush=True)\ntime.sleep(1)\nraise SystemExit(5)")
    await beside.said("up")
    liar = await run(sandbox, PRELUDE + code)
    assert forged in liar.raw, "it may say what it likes on its own link"
    assert liar.exit.status == 0, "the exit status is the supervisor's word"
    ended = await beside.end()
    assert ended.exit.status == 5
    assert forged not in ended.raw
    assert ended.out == "up\n"
    assert await healthy(sandbox)


PLANT = """
import pathlib
for folder in FOLDERS:
    for make in (lambda: pathlib.Path(folder, 'planted-file').write_text('planted'),
                 lambda: os.symlink('/etc/passwd', folder + '/planted-link'),
                 lambda: os.mkfifo(folder + '/planted-fifo'),
                 lambda: os.mknod(folder + '/planted-device', 0o20666, os.makedev(1, 3))):
        attempt(make)
"""
FIND = """
found = []
for top in FOLDERS:
    for folder, folders, names in os.walk(top):
        folders[:] = [] if folder.count('/') > 6 else folders
        traces = ('sitecustomize.py', 'usercustomize.py', 'evil.pth')
        found += [os.path.join(folder, n) for n in names if 'planted' in n or n in traces]
say(found)
"""


async def test_nothing_that_a_run_plants_is_there_for_the_next(outside: Outside, sandbox: Sandbox) -> None:
    folder = Path(f"/var/tmp/widgetry-planted-{os.getpid()}")
    folder.mkdir()
    os.chown(folder, CONTROL_UID, CONTROL_UID)
    there = f"FOLDERS = [{str(folder)!r}]\n"
    await outside.run(there + PLANT + "say(1)")
    assert len(await outside.said(there + FIND)) == 3, "no attack at all"
    subprocess.run(["rm", "-rf", folder], check=True)
    code = (
        "import site\nFOLDERS = ['/tmp', '/work', '/dev/shm', '/var/tmp', '/dev', '/', '/env', '/envs', '/opt/sbx', "
        "'/etc', '/root', '/home', '/run', os.path.expanduser('~'), *site.getsitepackages(), *sys.path]\n"
    )
    customize = "for f in FOLDERS:\n    for n in ('sitecustomize.py', 'usercustomize.py', 'evil.pth'):\n" \
        "        attempt(lambda: open(f + '/' + n, 'w').write('import os; os._exit(66)'))\n"  # fmt: skip
    first = await run(sandbox, PRELUDE + code + PLANT + customize + FIND)
    assert len(first.said) >= 3, "its own places are writable while it runs"
    second = await run(sandbox, PRELUDE + code + FIND, timeout_s=30)
    assert (second.said, second.exit.status) == ([], 0)


async def test_what_a_run_changes_in_the_interpreter_is_gone_in_the_next(sandbox: Sandbox) -> None:
    await run(
        sandbox,
        "import builtins, gc, json, os\nbuiltins.len = json.dumps = None\nos.environ['X'] = '1'\ngc.disable()",
    )
    ran = await run(
        sandbox, "import json, os, time, gc\nprint(json.dumps([len('ab'), os.environ.get('X'), gc.isenabled()]))"
    )
    assert ran.said == [2, None, True]


async def test_every_run_is_a_process_table_of_its_own_that_began_after_it_was_asked_for(sandbox: Sandbox) -> None:
    seen = set()
    for _ in range(5):
        asked = time.time_ns()
        ran = await run(
            sandbox,
            "import os, time\nprint(f'[{time.time_ns()}, {os.stat(\"/proc/self/ns/pid\").st_ino}, {os.getpid()}]')",
        )
        began, namespace, pid = ran.said
        assert began > asked
        assert pid == 1
        seen.add(namespace)
    assert os.stat("/proc/self/ns/pid").st_ino not in seen


async def test_random_numbers_differ_between_runs(sandbox: Sandbox) -> None:
    code = "import random, uuid, secrets\nprint(random.random(), uuid.uuid4(), secrets.token_hex(4))"
    assert len({(await run(sandbox, code)).out for _ in range(4)}) == 4


HIDE = """
for folder in ('/tmp', '/work', '/dev/shm'):
    open(folder + '/secret-of-a-run', 'w').write('s3cret')
print('hidden', flush=True)
time.sleep(3)
"""


async def test_a_run_does_not_see_the_files_of_a_run_beside_it(outside: Outside, sandbox: Sandbox) -> None:
    seek = (
        "hits = []\nfor top in TOPS:\n    for folder, folders, names in os.walk(top):\n"
        "        folders[:] = [f for f in folders if f != 'task' and folder.count('/') < 6]\n"
        "        hits += [n for n in names if n == 'secret-of-a-run']\n"
        "hits += [p for p in filter(str.isdigit, os.listdir('/proc')) if int(p) != os.getpid() and "
        "isinstance(attempt(lambda: os.listdir(f'/proc/{p}/root/tmp')), list)]\nsay(hits)"
    )
    place = Path("/var/tmp/secret-of-a-run")
    place.write_text("s3cret")
    try:
        assert await outside.said("TOPS = ['/var/tmp']\n" + seek), "no attack at all"
    finally:
        place.unlink()
    hiding = await begin(sandbox, PRELUDE + HIDE)
    await hiding.said("hidden")
    assert (await run(sandbox, PRELUDE + "TOPS = ['/tmp', '/work', '/dev/shm', '/proc']\n" + seek)).said == []
    await hiding.end(0.01)


async def test_a_port_or_socket_that_a_run_opens_is_out_of_reach_for_other_widgets_and_the_machine(
    outside: Outside, engine: SandboxEngine, spec: SandboxSpec, sandbox: Sandbox
) -> None:
    listen = (
        "l = socket.socket(); l.bind(('127.0.0.1', 45671)); l.listen()\n"
        "u = socket.socket(socket.AF_UNIX); u.bind('\\0widgetry-abstract'); u.listen()\n"
        "print('listening', flush=True)\ntime.sleep(5)\n"
    )
    connect = (
        "def to(family, address):\n    with socket.socket(family) as s:\n        s.settimeout(2); s.connect(address)\n"
        "        return 'connected'\n"
        "say([attempt(lambda: to(2, ('127.0.0.1', 45671))), attempt(lambda: to(1, '\\0widgetry-abstract'))])"
    )
    process = await outside.start(listen)
    assert process.stdout is not None
    await process.stdout.readline()
    assert await outside.said(connect) == ["connected", "connected"], "no attack at all"
    assert (await run(sandbox, PRELUDE + connect)).said == ["ConnectionRefusedError:ECONNREFUSED"] * 2
    process.send_signal(signal.SIGKILL)
    await process.wait()
    listening = await begin(sandbox, PRELUDE + listen)
    await listening.said("listening")
    other = await Sandbox.start(engine, replace(spec, name=spec.name + "-o"), START_TIMEOUT_S)
    try:
        await other.bind("other")
        assert (await run(other, PRELUDE + connect)).said == ["ConnectionRefusedError:ECONNREFUSED"] * 2
    finally:
        await other.close()
    assert await outside.said(connect) == ["ConnectionRefusedError:ECONNREFUSED"] * 2
    await listening.end(0.01)


class Greeter(asyncio.Protocol):
    """A service of the machine that greets whoever reaches it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"machine")
        transport.close()


async def test_the_machines_own_addresses_are_not_the_runs(outside: Outside, sandbox: Sandbox) -> None:
    """With nobody at the egress listener nothing answers; what the proxy refuses is proven with the proxy."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Greeter, "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    path = Path(f"/var/tmp/widgetry-{os.getpid()}.sock")
    local = await loop.create_unix_server(Greeter, path)
    path.chmod(0o777)
    code = (
        f"PORT, PATH = {port}, {str(path)!r}\n"
        "def hear(family, address):\n    with socket.socket(family) as s:\n"
        "        s.settimeout(1); s.connect(address)\n"
        "        return s.recv(7).decode()\n"
        "say([attempt(lambda: hear(f, a)) for f, a in [(2, ('127.0.0.1', PORT)), (2, ('0.0.0.0', PORT)), "
        "(10, ('::1', PORT)), (10, ('::ffff:127.0.0.1', PORT)), (2, ('127.1.2.3', PORT)), (1, PATH)]])"
    )
    try:
        control = await outside.said(code)
        assert control.count("machine") >= 4, f"no attack at all: {control}"
        assert "machine" not in (await run(sandbox, PRELUDE + code, timeout_s=30)).said
    finally:
        server.close()
        local.close()
        path.unlink(missing_ok=True)
