"""Attacks by reading, calling and asking: each succeeds outside the sandbox, and gets nothing inside.

The numbers behind ``call`` are x86_64's; the suite needs that machine (as does the policy's own list, so far).
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.outside import PRELUDE, Outside
from tests.fixtures.engines import CONTROL_UID
from tests.fixtures.inside import begin, healthy, run

from widget_runner.sandbox import Sandbox

Check = Callable[[Any], bool]


@dataclass(frozen=True)
class Attack:
    """One attempt. ``code`` says what it got; DECOY is the pid of another process of the same account."""

    name: str
    code: str
    #: Whether what it said means success; must be true outside and false inside.
    succeeds: Check
    #: Whether what it said is what a sound sandbox lets it see.
    held: Check
    uid: int = CONTROL_UID


def everything(value: str) -> Check:
    return lambda said: set(said.values()) == {value}


#: A user namespace of one's own is how an ordinary account gets capabilities; where it is refused, the rest fails too.
IN_OWN_NAMESPACE = """
def own_namespace(flags):
    uid, gid = os.getuid(), os.getgid()
    if isinstance(made := call(272, 0x10000000 | flags), str):
        return made
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)
    return "made"
"""

ATTACKS = [
    Attack(
        "sees other processes",
        "say([int(p) for p in os.listdir('/proc') if p.isdigit()] + [DECOY in map(int, filter(str.isdigit, "
        "os.listdir('/proc')))])",
        lambda said: said[-1] is True,
        lambda said: said == [1, False],
    ),
    Attack(
        "signals other processes",
        "say({str(p): attempt(lambda: os.kill(p, 0)) for p in [DECOY, os.getppid() or 2, *range(2, 60)]})",
        lambda said: None in said.values(),
        everything("ProcessLookupError:ESRCH"),
    ),
    Attack(
        "traces a process (ptrace attach to its own child)",
        "p = os.fork()\nif p == 0: time.sleep(20); os._exit(0)\nr = call(101, 16, p, 0, 0); time.sleep(.05)\n"
        "tracer = [l for l in open(f'/proc/{p}/status') if l.startswith('TracerPid')][0].split()[1]\n"
        "os.kill(p, 9); say([r, tracer == str(os.getpid())])",
        lambda said: said == [0, True],
        lambda said: said == ["EPERM", False],
    ),
    Attack(
        "reads another process's memory (process_vm_readv)",
        "secret = ctypes.create_string_buffer(b'memory-secret')\ninto = ctypes.create_string_buffer(13)\n"
        "p = os.fork()\nif p == 0: time.sleep(20); os._exit(0)\n"
        "a = (ctypes.c_size_t * 2)(ctypes.addressof(into), 13)\n"
        "b = (ctypes.c_size_t * 2)(ctypes.addressof(secret), 13)\n"
        "r = call(310, p, a, 1, b, 1, 0); os.kill(p, 9); say([r, into.raw.decode()])",
        lambda said: said == [13, "memory-secret"],
        lambda said: said[0] == "EPERM",
    ),
    Attack(
        "takes a descriptor out of another process (pidfd_getfd)",
        "p = os.fork()\nif p == 0: time.sleep(20); os._exit(0)\nr = call(438, os.pidfd_open(p), 1, 0); os.kill(p, 9)\n"
        "say(r)",
        lambda said: isinstance(said, int),
        lambda said: said == "EPERM",
    ),
    Attack(
        "reads a secret out of /proc/<pid>/environ",
        "hits = []\nfor p in filter(str.isdigit, os.listdir('/proc')):\n"
        "    text = attempt(lambda: open(f'/proc/{p}/environ', 'rb').read())\n"
        "    if isinstance(text, bytes) and b'decoy-secret' in text: hits.append(p)\nsay(hits)",
        lambda said: said != [],
        lambda said: said == [],
    ),
    Attack(
        "makes namespaces, mounts, changes root",
        IN_OWN_NAMESPACE + "made = own_namespace(0x20000)\n"
        "say(dict(unshare_user=made, mount=call(165, b'none', b'/tmp', b'tmpfs', 0, 0), unshare_ns=call(272, 0x20000), "
        "chroot=call(161, b'/tmp'), umount=call(166, b'/tmp', 2), clone=(c := call(56, 0x10000011, 0, 0, 0, 0)), "
        "fsopen=call(430, b'tmpfs', 0), open_tree=call(428, -100, b'/', 1), pivot=call(155, b'/', b'/'), "
        "setns=call(308, 0, 0))) if 'c' not in globals() or c != 0 else os._exit(0)",
        lambda said: said["unshare_user"] == "made" and said["mount"] == 0 and said["chroot"] == 0,
        everything("EPERM"),
    ),
    Attack(
        "makes namespaces by clone3",
        "say(call(435, 0, 0))",
        lambda said: said == "EINVAL",  # there, and it looked at its arguments
        lambda said: said == "ENOSYS",
    ),
    Attack(
        "uses the kernel's rarely used doors (keys, bpf, userfaultfd, io_uring, perf, System V, mq)",
        "say(dict(add_key=call(248, b'user', b'x', b'y', 1, -3), keyctl=call(250, 0, -3, 1), shmget=call(29, 0, 4096, "
        "0o1600), mq=call(240, b'/x' + str(os.getpid()).encode(), 0o102, 0o600, 0), bpf=call(321, 0, 0, 0), "
        "perf=call(298, 0, 0, -1, -1, 0), io_uring=call(425, 8, ctypes.create_string_buffer(120)), "
        "userfaultfd=call(323, 0), personality=call(135, 0x0400000)))",
        lambda said: sum(isinstance(got, int) for got in said.values()) >= 4,
        everything("EPERM"),
    ),
    Attack(
        "opens raw, packet, vsock, crypto and audit sockets",
        IN_OWN_NAMESPACE + "own_namespace(0x40000000)\n"
        "say({k: attempt(lambda: socket.socket(f, t, p).close()) for k, (f, t, p) in dict(raw=(2, 3, 1), "
        "packet=(17, 3, 0), audit=(16, 3, 9), alg=(38, 5, 0), vsock=(40, 1, 0)).items()})",
        lambda said: said["raw"] is None and said["packet"] is None,
        lambda said: all("EPERM" in str(got) for got in said.values()),
    ),
    Attack(
        "changes its network (nft, ip)",
        IN_OWN_NAMESPACE + "own_namespace(0x40000000)\n"
        "say([subprocess.run(c, capture_output=True).returncode for c in (['/usr/sbin/nft', 'flush', 'ruleset'], "
        "['/usr/sbin/nft', 'add', 'table', 'ip', 'evil'], ['/usr/sbin/ip', 'link', 'set', 'lo', 'down'])])",
        lambda said: said == [0, 0, 0],
        lambda said: 0 not in said,
    ),
    Attack(
        "becomes somebody else",
        "say(dict(setgroups=attempt(lambda: os.setgroups([0])), setuid=attempt(lambda: os.setuid(65534))))",
        lambda said: said["setgroups"] is None,
        lambda said: all("EPERM" in str(got) or "EINVAL" in str(got) for got in said.values()),
        uid=0,
    ),
    Attack(
        "holds capabilities",
        "status = dict(l.split(':', 1) for l in open('/proc/self/status').read().splitlines())\n"
        "say([any(int(status[k], 16) for k in ('CapEff', 'CapPrm', 'CapBnd', 'CapInh', 'CapAmb')), "
        "status['NoNewPrivs'].strip(), status['Seccomp'].strip()])",
        lambda said: said[0] is True,
        lambda said: said == [False, "1", "2"],
        uid=0,
    ),
    Attack(
        "raises its limits and its priority",
        "import resource\nsay(dict(nproc=attempt(lambda: resource.setrlimit(resource.RLIMIT_NPROC, (99999, 99999))), "
        "nice=attempt(lambda: os.nice(-5) and None), real_time=attempt(lambda: os.sched_setscheduler(0, 1, "
        "os.sched_param(10)))))",
        lambda said: said["nice"] is None,
        lambda said: None not in said.values(),
        uid=0,
    ),
    Attack(
        "writes to /proc",
        "say({p: attempt(lambda: os.write(os.open(p, os.O_WRONLY), open(p, 'rb').read(64) or b'0') > 0) for p in ("
        "'/proc/self/oom_score_adj', '/proc/sys/kernel/hostname', '/proc/sys/vm/overcommit_ratio', "
        "'/proc/sys/user/max_user_namespaces', '/proc/sys/net/ipv4/ip_forward', '/proc/1/oom_score_adj')})",
        lambda said: said["/proc/self/oom_score_adj"] is True and said["/proc/sys/kernel/hostname"] is True,
        lambda said: True not in said.values(),
        uid=0,
    ),
    Attack(
        "reads the kernel's memory and addresses",
        "say({p: attempt(lambda: any(c not in '0 ' for c in open(p, errors='replace').read(16))) for p in ("
        "'/proc/kallsyms', '/proc/kcore', '/proc/kmsg', '/dev/mem', '/dev/kmsg', '/sys/firmware')})",
        lambda said: True in said.values(),
        lambda said: True not in said.values(),
        uid=0,
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
async def test_it_succeeds_outside_and_gets_nothing_inside(
    attack: Attack,
    outside: Outside,
    sandbox: Sandbox,
    decoys: tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]],
) -> None:
    theirs, ours = decoys
    control = await outside.said(f"DECOY = {theirs.pid}\n{attack.code}", attack.uid)
    assert attack.succeeds(control), f"no attack at all: outside it said {control}"
    ran = await run(sandbox, f"{PRELUDE}\nDECOY = {ours.pid}\n{attack.code}")
    assert ran.error is None, ran.error
    assert not attack.succeeds(ran.said), ran.said
    assert attack.held(ran.said), ran.said
    assert ours.poll() is None
    assert await healthy(sandbox)


async def test_w_23_it_reads_no_file_of_the_machine(outside: Outside, sandbox: Sandbox) -> None:
    with tempfile.NamedTemporaryFile(dir="/var/tmp", prefix="planted-", suffix=".txt") as planted:
        planted.write(b"machine-secret")
        planted.flush()
        Path(planted.name).chmod(0o644)
        code = (
            f"FILE = {planted.name!r}\n"
            "places = [FILE, *(f'/proc/{p}/root{FILE}' for p in ('self', 1, 2, os.getppid()))]\n"
            "for up in range(12): places.append('/'.join(['/tmp', *['..'] * up]) + FILE)\n"
            "found = [p for p in places if attempt(lambda: open(p).read()) == 'machine-secret']\n"
            "os.chdir('/')\nhandle = attempt(lambda: os.listdir('/var/tmp'))\nsay([found, handle])"
        )
        found, _ = await outside.said(code)
        assert len(found) >= 10, f"no attack at all: {found}"
        assert (await run(sandbox, PRELUDE + code)).said == [[], []]


async def test_w_23_it_finds_no_settings_of_ours_and_no_secret_of_the_runner(
    outside: Outside, sandbox: Sandbox
) -> None:
    code = (
        "texts = {p: attempt(lambda: open(f'/proc/{p}/environ', 'rb').read().decode()) for p in "
        "filter(str.isdigit, os.listdir('/proc'))}\n"
        "say([sorted(os.environ), any('RUNNER_SECRET' in t for t in texts.values())])"
    )
    environment = {**os.environ, "RUNNER_SECRET": "x", "WIDGETRY_REDIS_URL": "redis://secret"}
    _, out = await outside.run(code, env=environment)
    names, found = json.loads(out)
    assert found, "no attack at all"
    assert "WIDGETRY_REDIS_URL" in names
    names, found = (await run(sandbox, PRELUDE + code)).said
    assert not found
    assert [name for name in names if name.startswith("WIDGETRY") or "SECRET" in name or "REDIS" in name] == []


async def test_a_suid_program_gives_nothing(outside: Outside, sandbox: Sandbox) -> None:
    code = (
        "found = []\n"
        "for folder, _, names in os.walk('/usr'):\n"
        "    for path in (os.path.join(folder, n) for n in names):\n"
        "        found += [path] if attempt(lambda: os.lstat(path).st_mode & 0o6000 > 0) is True else []\n"
        "say(found)"
    )
    assert await outside.said(code), "no attack at all: this machine has no suid program either"
    assert (await run(sandbox, PRELUDE + code)).said == []
    # Made by itself, with the bit set: the file system and no_new_privs ignore it.
    made = (
        "import shutil\nshutil.copy('/usr/bin/id', '/tmp/id')\nos.chmod('/tmp/id', 0o4755)\n"
        "say(subprocess.run(['/tmp/id', '-u'], capture_output=True, text=True).stdout.strip())"
    )
    mine = (await run(sandbox, "import os; print(os.getuid())")).said
    assert (await run(sandbox, PRELUDE + made)).said == str(mine)


WRITE_EVERYWHERE = """
found = []
for folder, folders, _ in os.walk(TOP, topdown=True):
    folders[:] = [f for f in folders if folder.count('/') < 5 and os.path.join(folder, f) not in ('/proc', '/sys')]
    try:
        with open(os.path.join(folder, 'w-%d' % os.getpid()), 'w') as file:
            os.unlink(file.name)
        found.append(folder); folders[:] = []
    except OSError:
        pass
say(found)
"""


async def test_it_can_write_to_its_own_three_places_only(outside: Outside, sandbox: Sandbox) -> None:
    assert await outside.said("TOP = '/var'\n" + WRITE_EVERYWHERE), "no attack at all"
    assert sorted((await run(sandbox, PRELUDE + "TOP = '/'\n" + WRITE_EVERYWHERE)).said) == [
        "/dev/shm",
        "/tmp",
        "/work",
    ]


async def test_what_other_widgets_rely_on_can_not_be_changed(outside: Outside, sandbox: Sandbox) -> None:
    """Names, resolvers, authorities, packages: one widget can't poison them for the next."""
    code = (
        "def poison(path):\n    return [attempt(lambda: open(path, 'a').write('6.6.6.6 x')), "
        "attempt(lambda: os.rename(path, path + '.old')), attempt(lambda: os.chmod(path, 0o777)), "
        "attempt(lambda: os.unlink(path))]\n"
        "say({p: poison(p) for p in PATHS if os.path.exists(p)})"
    )
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chown(folder, CONTROL_UID, CONTROL_UID)
        hosts = Path(folder, "hosts")
        hosts.touch()
        os.chown(hosts, CONTROL_UID, CONTROL_UID)
        control = await outside.said(f"PATHS = [{str(hosts)!r}]\n{code}")
        assert control[str(hosts)][:2] == [9, None], f"no attack at all: {control}"
    paths = (
        "PATHS = ['/etc/hosts', '/etc/resolv.conf', '/etc/passwd', '/etc/ssl/certs/ca-certificates.crt', os.__file__, "
        "'/opt/sbx/widget_guest/child.py', '/usr/bin/env', '/env']\n"
    )
    said = (await run(sandbox, PRELUDE + paths + code)).said
    assert len(said) >= 6
    for path, results in said.items():
        assert not [got for got in results if got is None or isinstance(got, int)], path


RACE = """
os.makedirs(f'{TOP}/d/e', exist_ok=True)
open(f'{TOP}/d/e/f', 'w').close()
end = time.time() + 1.5
while time.time() < end:
    attempt(lambda: os.rename(f'{TOP}/d', f'{TOP}/d2')); attempt(lambda: os.symlink(VICTIM, f'{TOP}/d'))
    attempt(lambda: os.unlink(f'{TOP}/d')); attempt(lambda: os.rename(f'{TOP}/d2', f'{TOP}/d'))
say(os.path.islink(f'{TOP}/d') or os.path.isdir(f'{TOP}/d'))
time.sleep(30)
"""


async def test_swapping_folders_for_links_while_it_is_cleaned_up_changes_nothing_outside(
    outside: Outside, sandbox: Sandbox
) -> None:
    """A run's files go with its mounts; nobody walks them, so there is nothing to race."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as victim, tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        kept = Path(victim, "kept")
        kept.write_text("kept")
        os.chown(place, CONTROL_UID, CONTROL_UID)
        attack = await outside.start(f"TOP, VICTIM = {place!r}, {victim!r}\n{RACE}")
        assert attack.stdout is not None
        assert await attack.stdout.readline() == b"true\n", "no attack at all"
        attack.kill()
        await attack.wait()
        before = kept.stat()
        running = await begin(sandbox, f"{PRELUDE}TOP, VICTIM = '/tmp', {victim!r}\n{RACE}")
        await running.child.finish(5)
        await running.end()
        assert (kept.read_text(), kept.stat().st_mode, kept.stat().st_uid) == ("kept", before.st_mode, before.st_uid)
    assert await healthy(sandbox)
