"""What every engine promises. A new engine is done when it passes this file."""

from tests.fixtures.inside import healthy, run

from widget_runner.engines.base import SandboxEngine
from widget_runner.sandbox import Sandbox


async def test_it_runs_code_and_brings_its_output(sandbox: Sandbox) -> None:
    ran = await run(sandbox, "import sys\nprint('out')\nprint('err', file=sys.stderr)")
    assert (ran.out, ran.err, ran.error, ran.exit.status) == ("out\n", "err\n", None, 0)
    assert await healthy(sandbox)


async def test_its_probe_finds_it_isolated(engine: SandboxEngine) -> None:
    report = await engine.probe()
    assert report.usable, report.notes
    assert report.mode == "userns"
    assert report.egress == "transparent"
    assert report.memory_cgroup
