"""``widgetry doctor``: tells what this machine can and cannot do, without changing anything.

Exit status 0 only when the wanted engine runs widgets isolated here.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from widget_all_in_one import machine, one_shot, reach
from widget_all_in_one.delegation import Delegation, delegate, remove
from widget_all_in_one.docker_socket import find_docker
from widget_all_in_one.findings import Finding
from widget_all_in_one.folders import make_folders, remove_runtime
from widget_all_in_one.identities import Identities, identities
from widget_all_in_one.image import Image, find_image
from widget_all_in_one.options import UpOptions
from widget_all_in_one.process import ProcessSpec, WatchedProcess
from widget_all_in_one.process_settings import Environments, environments
from widget_all_in_one.steps import SetupError
from widget_runner.engines.base import EngineReport

CHECKOUT = Path(__file__).resolve().parents[2]


def doctor(options: UpOptions) -> int:
    """Print the findings; return 0 when widgets run isolated here with ``options.engine``."""
    who = identities()
    found = [
        *machine.look(options),
        *_separation(who),
        *asyncio.run(machine.ask_services(options)),
    ]
    image = find_image(options.data / "image", os.environ)
    if image is None:
        found.append(Finding("no", "image", f"none in {options.data / 'image'}", "ops/up builds it at its first start"))
        reports: list[EngineReport] = []
    else:
        found.append(Finding("ok", "image", str(image.rootfs.resolve())))
        reports, delegation = _try_engines(options, who, image)
        found.append(_cgroups(delegation))
        found += [finding for report in reports for finding in _engine(report)]
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    usable = [report.name for report in reports if report.usable and options.engine in ("auto", report.name)]
    if not usable:
        sys.stdout.write("\nWidgets can't run isolated on this machine as it is, so none will run.\n")
        return 1
    sys.stdout.write(f"\nWidgets run isolated on this machine, by the {' and the '.join(usable)} engine.\n")
    return 0


def _separation(who: Identities) -> Iterator[Finding]:
    if who.separated:
        ids = {role: getattr(who, role).uid for role in ("site", "runner", "egress", "redis", "sandbox")}
        yield Finding("ok", "users", ", ".join(f"{role} {uid}" for role, uid in ids.items()))
        return
    missing = (
        "not root, so site, runner, egress proxy, Redis and sandboxes run as one user: "
        "who breaks out of a sandbox, or takes over the runner, reads the database and the secrets"
    )
    yield Finding("weak", "users", missing, "start ops/up as root (sudo ops/up); it gives each a user of its own")


def _cgroups(delegation: Delegation) -> Finding:
    if not delegation.folders:
        return Finding("weak", "cgroups", delegation.note, "start ops/up as root on a machine with cgroups")
    if delegation.note:
        return Finding("weak", "cgroups", delegation.note, "mount those controllers, or start the machine with them")
    version = "v2" if "unified" in delegation.folders else "v1"
    return Finding("ok", "cgroups", f"{version}; a subtree is delegated to the runner at each start")


def _engine(report: EngineReport) -> Iterator[Finding]:
    name = f"engine {report.name}"
    if not report.usable:
        yield Finding("no", name, "; ".join(report.notes) or "unusable", machine.MEND.get(report.name, ""))
        return
    memory = "memory of a sandbox bounded" if report.memory_cgroup else "memory bounded per process only"
    yield Finding("ok", name, f"isolates by {report.mode}; {memory}")
    if report.egress == "transparent":
        yield Finding("ok", f"{name}, egress", "all TCP, through the proxy")
    else:
        yield Finding("weak", f"{name}, egress", report.egress, "apt-get install nftables iproute2")
    for note in report.notes:
        yield Finding("weak", name, note)


def _try_engines(options: UpOptions, who: Identities, image: Image) -> tuple[list[EngineReport], Delegation]:
    """Let a launcher and a runner of our own, with their own users, start a sandbox of each engine."""
    docker = find_docker("auto")
    if docker and docker.group is not None:
        who = who.runner_in_group(docker.group)
    with _scratch() as folder:
        folders = make_folders(folder, who)
        if who.separated:
            reach.make_readable(CHECKOUT, image.rootfs, folder)
        delegation = delegate(folder, who)
        try:
            urls = dict.fromkeys(("site", "worker", "runner"), "unix:///nonexistent")
            settings = environments(options, folders, urls, delegation, who, image, docker, os.environ)
            return asyncio.run(_ask(folder, settings, who, delegation)), delegation
        finally:
            remove(delegation)
            remove_runtime(folders)


async def _ask(folder: Path, settings: Environments, who: Identities, delegation: Delegation) -> list[EngineReport]:
    command = (sys.executable, "-m", "widget_runner.launcher")
    cgroup = delegation.launcher_folder / "cgroup.procs" if delegation.launcher_folder else None
    spec = ProcessSpec("launcher", command, settings.launcher, who.sandbox, cgroup=cgroup)
    launcher = WatchedProcess(spec, folder / "launcher.log", lambda text: None)
    launcher.start()
    try:
        socket = settings.launcher["WIDGETRY_LAUNCHER"]
        async with asyncio.timeout(10):
            while not os.path.exists(socket):  # noqa: ASYNC110, ASYNC240  # another process makes it; one quick stat
                await asyncio.sleep(0.02)
        probe = [sys.executable, "-m", "widget_all_in_one.engine_reports"]
        said = await asyncio.to_thread(one_shot.run, probe, settings.runner, who.runner, who.separated)
        return [EngineReport(**{**report, "notes": tuple(report["notes"])}) for report in json.loads(said)]
    except (SetupError, TimeoutError) as error:
        notes = (str(error) or "the launcher did not start", *launcher.tail)
        return [EngineReport(name, usable=False, notes=notes) for name in ("local", "docker")]
    finally:
        await launcher.stop()


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="widgetry-doctor-", dir="/tmp"))  # private, and short
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
