"""What each engine gives on this machine: asked under the runner's own user, as ``widgetry doctor`` shows it.

``python -m widget_all_in_one.engine_reports`` prints a JSON list of EngineReports; it runs as the runner does.
"""

import asyncio
import dataclasses
import json
import sys

from widget_runner.engines import make_engine
from widget_runner.engines.base import EngineError, EngineReport
from widget_runner.settings import RunnerSettings

ENGINES = ("local", "docker")


async def reports() -> list[EngineReport]:
    """Try every engine of this machine."""
    return [await _report(name) for name in ENGINES]


async def _report(name: str) -> EngineReport:
    settings = dataclasses.replace(RunnerSettings().engine_settings(), engine=name)
    try:
        engine = await make_engine(settings)
    except EngineError as error:
        return EngineReport(name, usable=False, notes=(str(error),))
    try:
        return await engine.probe()
    finally:
        await engine.close()


if __name__ == "__main__":
    sys.stdout.write(json.dumps([dataclasses.asdict(report) for report in asyncio.run(reports())]))
