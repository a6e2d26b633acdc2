"""``memory``: the idle processes, and what a warm sandbox costs (PSS: shared pages count by share)."""

import asyncio
import time

from widget_bench.machine import Machine
from widget_bench.processes import children, process_name, pss_mb, tree, with_shim
from widget_bench.report import Report
from widget_bench.samples import BenchError, Row, Series, row
from widget_bench.sandbox_part import one_run
from widget_runner.engines import make_engine
from widget_runner.engines.base import EngineSettings, SandboxSpec
from widget_runner.sandbox import Sandbox

_SANDBOXES = 8
_START_S = 60.0
#: After its run a sandbox makes a new spare; idle processes come to rest.
_REST_S = 2.0


def memory(machine: Machine) -> Report:
    """Measure the site's processes, then sandboxes on each engine."""
    report = Report("memory")
    _processes(machine, report)
    asyncio.run(_sandboxes(machine.local, "local", 14.0, report))
    if machine.docker is None:
        report.notes.append("docker: not measured, no Docker engine answers and none may be started here")
    else:
        asyncio.run(_sandboxes(machine.docker.settings(machine.local.runtime), "docker", 21.0, report))
    return report


def _processes(machine: Machine, report: Report) -> None:
    """Add a row per process of our own ``ops/up``, idle."""
    pid = machine.stack.pid
    if pid is None:
        report.notes.append("idle processes: not measured, they need a site of our own (leave out --url)")
        return
    _ = machine.site.api("GET", "/me", None, 200)
    time.sleep(_REST_S * 2)
    for child in children(pid):
        name = process_name(child)
        members = [child] if name in ("runner", "launcher") else tree(child)
        report.add(*_single(f"idle {name}", pss_mb(members)))


def _single(name: str, megabytes: float) -> tuple[Row, Series]:
    series = Series(name, "MB", [megabytes])
    return row(series), series


async def _sandboxes(settings: EngineSettings, name: str, most_mb: float, report: Report) -> None:
    """Add the row of an engine's warm sandboxes: each bound to a widget, run once, its new spare ready."""
    engine = await make_engine(settings)
    series = Series(f"warm sandbox with its spare, {name}", "MB")
    started: list[Sandbox] = []
    try:
        for number in range(_SANDBOXES):
            spec = SandboxSpec(f"w-{settings.owner}-m{number}", 512)
            started.append(await Sandbox.start(engine, spec, _START_S))
        preloaded = ", ".join(started[0].preloaded)
        for number, sandbox in enumerate(started):
            await sandbox.bind(f"bench-{number}")
            await one_run(sandbox)
        await asyncio.sleep(_REST_S)
        for sandbox in started:
            pids = sandbox.process.pids()
            if len(pids) < 2:
                raise BenchError(f"sandbox {sandbox.name} has no spare: its processes are {pids}")
            series.values.append(pss_mb(with_shim(pids)))
        report.notes.append(
            f"{name}: {_SANDBOXES} sandboxes, {len(with_shim(started[0].process.pids()))} processes each"
            f"{', the shim of its container included' if name == 'docker' else ''}; preloaded: {preloaded}"
        )
    finally:
        for sandbox in started:
            await sandbox.close()
        await engine.close()
    report.add(row(series, most=most_mb), series)
