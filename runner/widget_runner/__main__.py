"""``python -m widget_runner``: take runs from Redis and execute them until SIGTERM; exit 0 after draining."""

import asyncio
import logging
import signal
import sys

import uvloop

from widget_runner.engines.base import EngineError
from widget_runner.service import Runner, UnisolatedError
from widget_runner.settings import RunnerSettings
from widget_wire import logs

_log = logging.getLogger("widget_runner")

#: Exit codes: 0 drained, 1 a fault of ours, 3 this machine can't run anything safely (a restart won't help).
UNUSABLE = 3


async def serve(settings: RunnerSettings) -> int:
    """Run until a signal asks to stop; return the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = Runner(settings)
    try:
        if await _start(runner, stop):
            await runner.run(stop)
    except (UnisolatedError, EngineError) as error:
        _log.error("%s", error)
        return UNUSABLE
    finally:
        await runner.close()
    return 0


async def _start(runner: Runner, stop: asyncio.Event) -> bool:
    """Start the runner; False when it was asked to stop meanwhile."""
    starting, stopping = asyncio.create_task(runner.start()), asyncio.create_task(stop.wait())
    await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return False
    await starting
    return True


def main() -> int:
    """Start the runner from the environment."""
    settings = RunnerSettings()
    logs.set_up("runner", settings.log_format, settings.log_level)
    return uvloop.run(serve(settings))


if __name__ == "__main__":
    sys.exit(main())
