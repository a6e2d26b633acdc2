"""A runner of its own: starts sandboxes, lets one run, says their names and waits to be killed.

``main`` is started by ``tests.fixtures.as_user``; its settings come as JSON on the command line.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.fixtures.inside import begin

from widget_runner.engines import make_engine
from widget_runner.engines.base import EngineSettings
from widget_runner.pool import Pool, PoolPolicy

PATHS = ("runtime", "rootfs", "launcher", "checkout")


async def _serve(settings: EngineSettings) -> None:
    engine = await make_engine(settings)
    pool = Pool(engine, PoolPolicy(spare=1, memory_mb=256), owner=settings.owner)
    await pool.start()
    first, second = await pool.claim("a"), await pool.claim("b")
    for sandbox in (first, second):
        running = await begin(sandbox, "import os, time\nprint('up', flush=True)\nos.fork()\ntime.sleep(100)")
        await running.said("up", 30)
    pids = first.process.pids() + second.process.pids()
    print(json.dumps({"uid": os.getuid(), "pids": pids}), flush=True)
    await asyncio.sleep(100)


def main() -> int:
    """Serve until killed."""
    # What a runner without root has anyway: an interpreter that its uid may start (for a launcher of its own).
    sys.executable = os.environ.get("TEST_EXECUTABLE", sys.executable)
    given: dict[str, Any] = json.loads(sys.argv[1])
    asyncio.run(_serve(EngineSettings(**(given | {key: Path(given[key]) for key in PATHS if given[key]}))))
    return 0
