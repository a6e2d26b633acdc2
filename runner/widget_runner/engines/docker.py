"""Sandboxes as containers of a Docker engine (spec/sandbox.md 4.1). The only module that imports ``docker``."""

import asyncio
import contextlib
import os
import shutil
import socket
import struct
import time
from pathlib import Path
from typing import Any

import docker.errors
import requests
from docker import APIClient

import widget_policy
from widget_runner import cgroups
from widget_runner.engines.base import EngineError, EngineReport, EngineSettings, SandboxSpec, sandbox_prefix

#: Marks our containers; the value is the owner's id.
LABEL = "widgetry.runner"
APPARMOR_PROFILE = "widget-sandbox"
#: How long a container may take until its supervisor connects.
CONNECT_TIMEOUT_S = 20.0
#: How long Docker may take to remove a container whose processes it killed.
_REMOVE_TIMEOUT_S = 20.0
_REFUSALS = (docker.errors.DockerException, requests.RequestException)

#: What a container weighs when CPUs are scarce; others have 1024.
CPU_SHARES = 256


class DockerProcess:
    """One container."""

    def __init__(
        self, engine: "DockerEngine", name: str, container: str, control: socket.socket, pid: int, folder: Path
    ) -> None:
        self.name = name
        self.control = control
        self._engine = engine
        self._container = container
        self._folder = folder
        self._cgroup = cgroups.of_process(pid)

    async def kill(self) -> None:
        """Remove the container with all its processes."""
        self._cgroup.oom_kills()  # the last moment to read it
        await asyncio.to_thread(self._engine.remove, self._container)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def oom_kills(self) -> int:
        """Return the container's own count of processes killed for memory."""
        return self._cgroup.oom_kills()

    def pids(self) -> list[int]:
        """Return the host's pids of the container's processes."""
        return self._cgroup.pids()


class DockerEngine:
    """Makes containers from our image; Docker's calls run in threads, since its library blocks."""

    name = "docker"

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._client = _connect(settings.docker_url)
        self._user = f"{settings.sandbox_uid or widget_policy.RUN_UID}:{settings.sandbox_gid or widget_policy.RUN_UID}"

    async def probe(self) -> EngineReport:
        """Start a sandbox, look at what it is given, and say so."""
        from widget_runner import probe  # it uses this engine through Sandbox, so it stands above

        notes = ["whoever may use Docker's socket is root on this machine: the runner may"]
        return await probe.probe(self, owner=self._settings.owner, memory_cgroup=True, notes=notes)

    async def has_image(self) -> bool:
        """Return whether the engine answers and has our image."""
        try:
            await asyncio.to_thread(self._client.inspect_image, self._settings.image)
        except _REFUSALS:
            return False
        return True

    async def launch(self, spec: SandboxSpec) -> DockerProcess:
        """Start a container and wait for its supervisor to connect."""
        folder = self._settings.runtime / spec.name
        try:
            return await self._launch(spec, folder)
        except BaseException as error:
            # In a thread, and to its end also when whoever waits for it is cancelled once more.
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))
            if isinstance(error, _REFUSALS):
                raise EngineError(f"Docker refused to start a sandbox: {error}"[:1000]) from error
            if isinstance(error, OSError):
                raise EngineError(f"no control socket in {folder}: {error.strerror}") from error
            raise

    async def _launch(self, spec: SandboxSpec, folder: Path) -> DockerProcess:
        with _listen(folder) as listener:
            creating = asyncio.create_task(asyncio.to_thread(self._create, spec, folder))
            try:
                container = await asyncio.shield(creating)
            except asyncio.CancelledError:
                await self._remove_created(creating)
                raise
            try:
                pid, control = await self._connected(listener, container)
            except BaseException:
                await asyncio.to_thread(self.remove, container)
                raise
        # The folder stays while the sandbox lives: the supervisor covers it, and a mount on a removed one fails.
        os.unlink(folder / "control")
        return DockerProcess(self, spec.name, container, control, pid, folder)

    async def sweep(self) -> int:
        """Remove the containers that an earlier runner of this owner left, and their folders."""
        label = f"{LABEL}={self._settings.owner}"
        try:
            stale = await asyncio.to_thread(self._client.containers, all=True, filters={"label": label})
        except _REFUSALS as error:
            raise EngineError(f"Docker does not answer: {error}"[:1000]) from error
        for container in stale:
            await asyncio.to_thread(self.remove, container["Id"])
        await asyncio.to_thread(self._remove_folders)
        return len(stale)

    async def close(self) -> None:
        """Close the connection to Docker."""
        await asyncio.to_thread(self._client.close)

    def remove(self, container: str) -> None:
        """Kill and remove a container; returns when it is gone (blocking)."""
        deadline = time.monotonic() + _REMOVE_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                self._client.remove_container(container, force=True, v=True)
            except docker.errors.NotFound:
                return
            except _REFUSALS:  # most often: its own removal (AutoRemove) is in progress
                time.sleep(0.05)
        raise EngineError(f"Docker does not remove container {container[:12]}")

    def _remove_folders(self) -> None:
        """Remove the folders of all sandboxes of this owner (blocking)."""
        for folder in self._settings.runtime.glob(f"{sandbox_prefix(self._settings.owner)}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _create(self, spec: SandboxSpec, folder: Path) -> str:
        """Create and start the container (blocking); return its id."""
        settings = self._settings
        binds = [f"{folder}:{widget_policy.CONTROL_FOLDER}:ro"]
        if settings.environments is not None:
            binds.append(f"{settings.environments}:/envs:ro")
        if settings.ca_file is not None:
            binds.append(f"{settings.ca_file}:/etc/ssl/certs/ca-certificates.crt:ro")
        if settings.checkout is not None:
            binds += widget_policy.checkout_binds(str(settings.checkout))
        host_config = widget_policy.docker_host_config(
            memory_mb=spec.memory_mb, pids=spec.pids, binds=binds, apparmor=_apparmor_profile()
        )
        # Should the runner die, the supervisor ends with its control link, and Docker takes the container away.
        host_config["AutoRemove"] = True
        host_config["CpuShares"] = CPU_SHARES
        if spec.cpus:
            host_config["NanoCpus"] = int(spec.cpus * 1e9)
        config = widget_policy.guest_config(
            f"{widget_policy.CONTROL_FOLDER}/control",
            own_namespaces=True,
            memory_cgroup=True,
            ca_file=settings.ca_file is not None,
        )
        environment: list[str] = [
            *widget_policy.page("docker")["environment"],
            f"{widget_policy.CONFIG_VARIABLE}={config}",
        ]
        created: dict[str, Any] = self._client.create_container_from_config(  # type: ignore[no-untyped-call]
            {
                "Image": settings.image,
                "Cmd": list(widget_policy.COMMAND),
                "Entrypoint": [],
                "User": self._user,
                "Env": environment,
                "Hostname": "widget",
                "WorkingDir": "/",
                "NetworkDisabled": True,
                "Labels": {LABEL: settings.owner},
                "HostConfig": host_config,
            },
            name=spec.name,
        )
        container: str = created["Id"]
        try:
            self._client.start(container)
        except BaseException:
            self.remove(container)
            raise
        return container

    async def _remove_created(self, creating: "asyncio.Task[str]") -> None:
        """Let a container that is being created come into being, and remove it."""
        with contextlib.suppress(*_REFUSALS):
            await asyncio.to_thread(self.remove, await creating)

    async def _connected(self, listener: socket.socket, container: str) -> tuple[int, socket.socket]:
        """Return the container's pid 1 and its control link, from the uid it must have."""
        inspected = await asyncio.to_thread(self._client.inspect_container, container)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                control, _ = await loop.sock_accept(listener)
        except TimeoutError as error:
            raise EngineError(f"no supervisor connected within {CONNECT_TIMEOUT_S:g} s") from error
        _, uid, _ = struct.unpack("3i", control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if str(uid) != self._user.partition(":")[0]:
            control.close()
            raise EngineError(f"uid {uid} connected to a sandbox's control socket")
        return inspected["State"]["Pid"], control


def _listen(folder: Path) -> socket.socket:
    """Make the folder that the container sees, with the control socket in it."""
    folder.mkdir()
    folder.chmod(0o755)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    listener.bind(str(folder / "control"))
    (folder / "control").chmod(0o666)  # the container's uid is another; who connects is checked
    listener.listen(1)
    return listener


def _connect(url: str) -> APIClient:
    """Return a client of the engine at ``url`` ("" is what DOCKER_HOST or the platform says); EngineError if none."""
    url = url or os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if url.startswith("unix://"):
        # Asked plainly first: the library leaks a socket for each connection that is refused.
        with socket.socket(socket.AF_UNIX) as plain:
            if refused := plain.connect_ex(url.removeprefix("unix://")):
                raise EngineError(f"no Docker engine answers at {url}: {os.strerror(refused)}")
    try:
        return APIClient(base_url=url, version="auto", timeout=60)
    except _REFUSALS as error:
        raise EngineError(f"no Docker engine answers: {error}"[:1000]) from error


def _apparmor_profile() -> str:
    """Return our profile's name where the kernel has it loaded; "" elsewhere."""
    with contextlib.suppress(OSError):
        loaded = Path("/sys/kernel/security/apparmor/profiles").read_text()
        if any(line.startswith(f"{APPARMOR_PROFILE} ") for line in loaded.splitlines()):
            return APPARMOR_PROFILE
    return ""
