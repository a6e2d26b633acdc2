"""Sandboxes without the site: both engines as the runner uses them, for what only they cost."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker

from widget_all_in_one.delegation import delegate, remove
from widget_all_in_one.identities import Identities, identities
from widget_bench.programs import find_program
from widget_bench.samples import BenchError
from widget_runner.engines.base import EngineSettings

IMAGE = "widgetry-bench"
_START_S = 60.0


@contextlib.contextmanager
def local_settings(data: Path, rootfs: Path) -> Iterator[EngineSettings]:
    """Give the settings of a local engine; as root with a launcher under the sandboxes' uid, and cgroups."""
    who = identities()
    runtime = Path(tempfile.mkdtemp(prefix="widgetry-bench-"))
    delegation = delegate(data / "direct", who)
    socket = runtime / "launcher.sock" if who.separated else None
    settings = EngineSettings(
        engine="local",
        runtime=runtime,
        owner=f"b{secrets.token_hex(3)}",
        rootfs=rootfs,
        cgroup=delegation.setting,
        launcher=socket,
        checkout=_checkout(),
    )
    try:
        with contextlib.ExitStack() as stack:
            if socket is not None:
                runtime.chmod(0o1777)
                stack.enter_context(_launcher(settings, socket, who))
            yield settings
    finally:
        remove(delegation)
        shutil.rmtree(runtime, ignore_errors=True)


def _checkout() -> Path | None:
    given = os.environ.get("WIDGETRY_GUEST")
    return Path(given) if given else None


@contextlib.contextmanager
def _launcher(settings: EngineSettings, socket: Path, who: Identities) -> Iterator[None]:
    environment = {
        "PATH": os.environ["PATH"],
        "WIDGETRY_LAUNCHER": str(socket),
        "WIDGETRY_RUNNER_UID": str(os.geteuid()),
        "WIDGETRY_ROOTFS": str(settings.rootfs),
        "WIDGETRY_CGROUP": settings.cgroup,
        "WIDGETRY_GUEST": str(settings.checkout or ""),
    }
    launcher = subprocess.Popen(
        [sys.executable, "-m", "widget_runner.launcher"],
        env=environment,
        user=who.sandbox.uid,
        group=who.sandbox.gid,
        extra_groups=list(who.sandbox.groups),
        stdin=subprocess.DEVNULL,
        cwd="/",
    )
    try:
        _wait(socket.exists, launcher, "the launcher")
        yield
    finally:
        launcher.terminate()
        launcher.wait(20)


def _wait(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", what: str) -> None:
    deadline = time.monotonic() + _START_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchError(f"{what} did not start (exit {process.poll()})")
        time.sleep(0.05)


@dataclass(frozen=True)
class DockerEngine:
    """A Docker engine that has the image."""

    url: str
    #: Whether we started it for this.
    is_own: bool

    def settings(self, runtime: Path) -> EngineSettings:
        """Return the settings of our engine on it."""
        return EngineSettings(
            engine="docker",
            runtime=runtime,
            owner=f"b{secrets.token_hex(3)}",
            image=IMAGE,
            docker_url=self.url,
            checkout=_checkout(),
        )


@contextlib.contextmanager
def docker_engine(rootfs: Path) -> Iterator[DockerEngine | None]:
    """Give the Docker engine that answers, else a private one where we may start it, else None; it has the image."""
    url = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if _answers(url):
        _import(url, rootfs)
        try:
            yield DockerEngine(url, is_own=False)
        finally:
            with contextlib.closing(docker.APIClient(base_url=url, version="1.41", timeout=60)) as client:
                client.remove_image(IMAGE, force=True)
        return
    program = find_program("dockerd")
    if program is None or os.geteuid() != 0:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="widgetry-bench-dockerd-", dir="/var/tmp"))
    folder.chmod(0o711)
    url = f"unix://{folder}/docker.sock"
    # As far from the machine as can be: no bridge, no iptables, folders of its own.
    command = [program, "--bridge=none", "--iptables=false", "--ip6tables=false", f"--host={url}"]
    command += [f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait(lambda: _answers(url), daemon, "dockerd")
        _import(url, rootfs)
        yield DockerEngine(url, is_own=True)
    finally:
        daemon.terminate()
        daemon.wait(60)
        _remove(folder)


def _answers(url: str) -> bool:
    try:
        with contextlib.closing(docker.APIClient(base_url=url, version="1.41", timeout=5)) as client:
            return bool(client.ping())
    except (docker.errors.DockerException, OSError):
        return False


def _import(url: str, rootfs: Path) -> None:
    with contextlib.closing(docker.APIClient(base_url=url, version="1.41", timeout=300)) as client:
        with subprocess.Popen(["tar", "-C", str(rootfs), "-c", "."], stdout=subprocess.PIPE) as tar:
            client.import_image_from_stream(tar.stdout, repository=IMAGE)
        if not client.images(name=IMAGE):
            raise BenchError("the image could not be imported into the Docker engine")


def _remove(folder: Path) -> None:
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def docker_run(engine: DockerEngine, python: str) -> float:
    """Return the ms of ``docker run --rm --network none IMAGE python3.10 -I -c pass``."""
    command = ["docker", "--host", engine.url, "run", "--rm", "--network", "none", IMAGE, python, "-I", "-c", "pass"]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    took_ms = (time.perf_counter() - began) * 1e3
    if done.returncode:
        raise BenchError(f"{' '.join(command)}: {done.stderr[-500:]}")
    return took_ms
