"""What of a call is the sandbox's: from sending ``run`` to the first line of user code, with the spare child ready."""

import asyncio
import contextlib
import json
import os
import secrets
import time
from collections.abc import AsyncIterator

from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, Series, percentile, row
from widget_runner.engines import make_engine
from widget_runner.engines.base import SandboxSpec
from widget_runner.sandbox import Child, Sandbox
from widget_wire import frames, start

_GAP_S = 0.02
_START_S = 40.0
_RUN_S = 20.0
#: The module's first line is what is timed.
_CODE = "import time; print(time.time_ns(), flush=True)"


def sandbox_part(machine: Machine, report: Report, bare: Contender) -> None:
    """Add the rows of the sandbox's part to the report of ``call``, interleaved with the yardstick again."""
    spare, yardstick = Series("sandbox part: run sent to first line", "ms"), Series(bare.name + " (again)", "ms")
    asyncio.run(_measure(machine, spare, yardstick))
    report.add(row(spare, yardstick, most=0.12), spare)
    report.add(row(yardstick), yardstick)
    whole = report.rows[0].p50
    share = percentile(spare.values, 0.5)
    report.notes.append(f"sandbox part: {share:.2f} ms of the route's {whole:.2f} ms, local engine, spare child ready")


async def _measure(machine: Machine, ours: Series, yardstick: Series) -> None:
    async with bound_sandbox(machine) as sandbox:
        for number in range(-5, machine.options.rounds):
            await asyncio.sleep(_GAP_S)
            took_ms = await one_run(sandbox)
            await asyncio.sleep(_GAP_S)
            bare_ms = machine.baseline.measure()
            if number >= 0:
                ours.values.append(took_ms)
                yardstick.values.append(bare_ms)


@contextlib.asynccontextmanager
async def bound_sandbox(machine: Machine) -> AsyncIterator[Sandbox]:
    """Give a sandbox of the local engine that belongs to a widget."""
    engine = await make_engine(machine.local)
    try:
        sandbox = await Sandbox.start(engine, SandboxSpec(f"w-{machine.local.owner}-part", 512), _START_S)
        try:
            await sandbox.bind("bench")
            yield sandbox
        finally:
            await sandbox.close()
    finally:
        await engine.close()


async def one_run(sandbox: Sandbox) -> float:
    """Run the script once; return the ms from sending ``run`` to its first line."""
    message = {
        "type": start.START,
        "kind": "script",
        "files": {"main.py": _CODE},
        "main": "main.py",
        "argv": [],
        "origin": "http://bench.localhost",
        "random": secrets.token_hex(16),
    }
    frame = frames.pack(frames.TEXT, json.dumps(message).encode())
    began_ns = time.time_ns()
    child = sandbox.run()
    try:
        await asyncio.get_running_loop().sock_sendall(child.data, frame)
        printed = await asyncio.wait_for(_end(child), _RUN_S)
    finally:
        child.close()
    if not printed.strip().isdigit():
        raise BenchError(f"the script printed {printed!r}")
    return (int(printed) - began_ns) / 1e6


async def _end(child: Child) -> bytes:
    """Return what the child printed, once it has ended."""
    loop = asyncio.get_running_loop()
    while await loop.sock_recv(child.data, 65536):
        pass
    await child.exit
    return os.read(child.stdout, 65536)
