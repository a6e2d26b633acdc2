"""Whether an engine really isolates on this machine, found out from inside a sandbox of it before anything else runs.

An engine whose probe says unusable must not run anything: there is no weaker mode to fall back to.
"""

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import Sequence
from typing import Any

from widget_runner.engines.base import EngineError, EngineReport, SandboxEngine, SandboxSpec, sandbox_prefix
from widget_runner.sandbox import Child, EgressKind, Sandbox, SandboxGone
from widget_wire import frames, start

PROBE_TIMEOUT_S = 30.0
_ANSWER_BYTES = 65536

#: Runs inside, as user code would; prints what it found as one JSON line.
_LOOK = """
import json, os, socket
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
def writes(folder):
    try:
        with open(folder + "/widgetry-probe", "w"):
            return True
    except OSError:
        return False
def connects(address):
    with socket.socket() as s:
        s.settimeout(1)
        try:
            s.connect(address)
            s.settimeout(0.3)
            return s.recv(1) != b""
        except OSError:
            return False
print(json.dumps({
    "pid": os.getpid(),
    "others": [name for name in os.listdir("/proc") if name.isdigit() and name != str(os.getpid())],
    "namespaces": {kind: os.stat("/proc/self/ns/" + kind).st_ino for kind in "pid mnt user net ipc uts".split()},
    "capabilities": [status[name].strip() for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")],
    "seccomp": status["Seccomp"].strip(),
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "writable": [folder for folder in "/ /usr/local /opt/sbx /env /dev /var/tmp /etc".split() if writes(folder)],
    "interfaces": sorted(name for _, name in socket.if_nameindex()),
    "escaped": connects(("169.254.169.254", 80)),
}))
"""


async def probe(engine: SandboxEngine, *, owner: str, memory_cgroup: bool, notes: Sequence[str] = ()) -> EngineReport:
    """Start a sandbox of ``engine``, look around inside, and report; never raises for what the machine lacks."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            found, egress = await _look(engine, owner)
    except (EngineError, SandboxGone, OSError, ValueError, TimeoutError) as error:
        text = str(error) or f"no answer within {PROBE_TIMEOUT_S:g} s"
        return EngineReport(engine.name, usable=False, memory_cgroup=memory_cgroup, notes=(text, *notes))
    holes = what_is_open(found)
    more = ["only HTTP and HTTPS leave a sandbox, by proxy"] if egress == "proxy" else []
    more += ["sandboxes have no way out to the network"] if egress == "none" else []
    return EngineReport(
        engine.name,
        usable=not holes,
        mode="" if holes else "userns",
        egress=egress,
        memory_cgroup=memory_cgroup,
        notes=(*holes, *more, *notes),
    )


def what_is_open(found: dict[str, Any]) -> list[str]:
    """Return each way in which a run is not isolated, in words; none for a sound sandbox."""
    ours = {kind: os.stat(f"/proc/self/ns/{kind}").st_ino for kind in ("pid", "mnt", "user", "net", "ipc", "uts")}
    shared = [kind for kind, inode in ours.items() if found["namespaces"].get(kind) == inode]
    checks = {
        f"a run shares the machine's {', '.join(shared)} namespace": bool(shared),
        f"a run sees other processes: {found['others']}": bool(found["others"]),
        f"a run is not process 1 of its own namespace but {found['pid']}": found["pid"] != 1,
        f"a run has capabilities: {found['capabilities']}": any(int(held, 16) for held in found["capabilities"]),
        "a run has no system call filter": found["seccomp"] != "2",
        "a run may gain privileges": found["no_new_privileges"] != "1",
        f"a run may write to {', '.join(found['writable'])}": bool(found["writable"]),
        f"a run sees the interfaces {found['interfaces']}": found["interfaces"] not in ([], ["lo"]),
        "a run reaches the metadata address": found["escaped"],
    }
    return [text for text, is_open in checks.items() if is_open]


async def _look(engine: SandboxEngine, owner: str) -> tuple[dict[str, Any], EgressKind]:
    spec = SandboxSpec(name=f"{sandbox_prefix(owner)}probe-{secrets.token_hex(4)}", memory_mb=256)
    sandbox = await Sandbox.start(engine, spec, PROBE_TIMEOUT_S)
    try:
        await sandbox.bind("probe")
        child = sandbox.run()
        try:
            answer = await _ask(child)
        finally:
            await child.finish()
            child.close()
    finally:
        await sandbox.close()
    found = json.loads(answer or b"null")
    if not isinstance(found, dict):
        raise EngineError(f"the probe run said {answer[:200]!r}; {(await child.exit).text}")
    return found, sandbox.egress


async def _ask(child: Child) -> bytes:
    """Let the child run the probe; return what it printed."""
    loop = asyncio.get_running_loop()
    message = {"type": start.START, "kind": "script", "files": {"main.py": _LOOK}, "main": "main.py", "argv": [],
               "origin": "", "random": secrets.token_hex(16)}  # fmt: skip
    await loop.sock_sendall(child.data, frames.pack(frames.TEXT, json.dumps(message).encode()))
    output = bytearray()
    reader = asyncio.create_task(_drain(child))
    try:
        while len(output) < _ANSWER_BYTES and not output.endswith(b"\n"):
            chunk = await _read(child.stdout)
            if not chunk:
                break
            output += chunk
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await reader
    return bytes(output)


async def _drain(child: Child) -> None:
    """Take what the child says on its own socket; the probe needs none of it."""
    loop = asyncio.get_running_loop()
    while await loop.sock_recv(child.data, _ANSWER_BYTES):
        pass


async def _read(fd: int) -> bytes:
    """Return the next bytes of a non-blocking pipe; b"" at its end."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(fd, readable.set)
    try:
        while True:
            with contextlib.suppress(BlockingIOError):
                return os.read(fd, _ANSWER_BYTES)
            readable.clear()
            await readable.wait()
    finally:
        loop.remove_reader(fd)
