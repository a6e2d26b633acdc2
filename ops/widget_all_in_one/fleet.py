"""Every process of the product on this machine: started in one order, stopped in the other."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from widget_all_in_one.delegation import Delegation
from widget_all_in_one.folders import Folders
from widget_all_in_one.identities import Identities
from widget_all_in_one.process import ProcessSpec, WatchedProcess
from widget_all_in_one.process_settings import Environments, base_environment
from widget_all_in_one.redis_server import EmbeddedRedis
from widget_all_in_one.steps import SetupError, indented_tail

#: A process that died this often before the site answered will not come up by itself.
DEATHS_AT_START = 3


@dataclass(frozen=True)
class Plan:
    """All that the processes are made from."""

    folders: Folders
    who: Identities
    settings: Environments
    delegation: Delegation
    #: None when the operator gave a Redis of their own.
    redis: EmbeddedRedis | None


def process_specs(plan: Plan) -> list[ProcessSpec]:
    """Return the processes in the order of their start: each needs only those before it."""
    who, settings = plan.who, plan.settings
    specs = [
        ProcessSpec("egress", _module("widget_egress"), settings.egress, who.egress),
        ProcessSpec("launcher", _module("widget_runner.launcher"), settings.launcher, who.sandbox),
        ProcessSpec("runner", _module("widget_runner"), settings.runner, who.runner, drain_s=15.0),
        # It has time: what it moves to the database waits in Redis.
        ProcessSpec("worker", _module("widget_site.worker"), settings.worker, who.site, nice=5),
        ProcessSpec("site", _module("widget_site.serve"), settings.site, who.site, drain_s=15.0),
    ]
    if settings.mail is not None:
        # It has a site process' settings, and like the site worker it has time.
        specs.append(
            ProcessSpec("mail", _module("widget_site.mail_server"), settings.mail, who.site, drain_s=15.0, nice=5)
        )
    if plan.redis:
        command = tuple(plan.redis.command)
        specs.insert(0, ProcessSpec("redis", command, base_environment(), who.redis))
    return [replace(spec, cgroup=_cgroup_of(spec.name, plan.delegation)) for spec in specs]


def _cgroup_of(name: str, delegation: Delegation) -> Path | None:
    folder = delegation.launcher_folder if name == "launcher" and delegation.launcher_folder else delegation.own
    return folder / "cgroup.procs" if folder else None


class Fleet:
    """The running processes."""

    def __init__(self, specs: list[ProcessSpec], logs: Path, say: Callable[[str], None]) -> None:
        self.processes: Mapping[str, WatchedProcess] = {
            spec.name: WatchedProcess(spec, logs / f"{spec.name}.log", say) for spec in specs
        }

    def start(self, *names: str) -> None:
        """Start these processes, or all that are not running yet."""
        for name in names or self.processes:
            if name in self.processes and not self.processes[name].started:
                self.processes[name].start()

    async def wait_until(self, ready: Callable[[], Awaitable[bool]], what: str, timeout_s: float) -> None:
        """Poll ``ready``; SetupError with the last lines of a process that keeps dying, or when time is over."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not await ready():
            for process in self.processes.values():
                if process.starts > DEATHS_AT_START:
                    raise SetupError(f"{process.spec.name} does not stay up. It said:\n{_indented(process)}")
            if asyncio.get_running_loop().time() > deadline:
                raise SetupError(f"{what} did not answer in {timeout_s:.0f} s.\n{self._all_tails()}")
            await asyncio.sleep(0.03)

    async def stop(self) -> None:
        """Stop all, those that serve people first, so that what is under way can still finish."""
        for process in reversed(list(self.processes.values())):
            await process.stop()

    def kill(self) -> None:
        """SIGKILL to all, at once (a second Ctrl-C)."""
        for process in self.processes.values():
            process.kill()

    def _all_tails(self) -> str:
        spoken = [process for process in self.processes.values() if process.tail]
        return "\n".join(f"{process.spec.name} said:\n{_indented(process)}" for process in spoken)


def _indented(process: WatchedProcess) -> str:
    return indented_tail("\n".join(process.tail))


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name)
