"""Sandboxes by bubblewrap, for a machine without a Docker engine (spec/sandbox.md 4.2)."""

import contextlib
import os
import socket
from pathlib import Path

from widget_runner import cgroups
from widget_runner.engines.base import EngineError, EngineReport, EngineSettings, SandboxSpec, sandbox_prefix
from widget_runner.engines.launcher_link import LauncherLink


class LocalProcess:
    """One bubblewrap sandbox."""

    def __init__(
        self, name: str, control: socket.socket, pid: int, link: LauncherLink, cgroup: cgroups.Cgroup | None
    ) -> None:
        self.name = name
        self.control = control
        self._pid = pid
        self._link = link
        self._cgroup = cgroup

    async def kill(self) -> None:
        """End every process of the sandbox and remove its cgroup."""
        try:
            await self._link.kill(self.name)
        finally:
            if self._cgroup is not None:
                await self._cgroup.remove()

    def oom_kills(self) -> int:
        """Return the cgroup's count of processes killed for memory; 0 without a cgroup."""
        return self._cgroup.oom_kills() if self._cgroup is not None else 0

    def pids(self) -> list[int]:
        """Return the host's pids of its processes, bwrap's own included."""
        return self._cgroup.pids() if self._cgroup is not None else _tree(self._pid)


class LocalEngine:
    """Makes sandboxes through the launcher, each in a cgroup of its own where a subtree was delegated."""

    name = "local"

    def __init__(self, settings: EngineSettings) -> None:
        if settings.rootfs is None or not (settings.rootfs / "usr").is_dir():
            raise EngineError(f"no image at WIDGETRY_ROOTFS={settings.rootfs}; build one with sandbox_images/build.py")
        self._settings = settings
        folders = cgroups.parse_folders(settings.cgroup)
        self._tree = cgroups.CgroupTree(folders) if folders else None
        self._link = LauncherLink(
            settings.launcher,
            {
                "WIDGETRY_ROOTFS": str(settings.rootfs),
                "WIDGETRY_CGROUP": settings.cgroup,
                "WIDGETRY_ENVIRONMENTS": str(settings.environments or ""),
                "WIDGETRY_CA_FILE": str(settings.ca_file or ""),
                "WIDGETRY_GUEST": str(settings.checkout or ""),
                "WIDGETRY_RUNNER_UID": str(os.getuid()),
            },
        )

    @property
    def bounds_memory(self) -> bool:
        """Return whether a cgroup bounds the memory of a whole sandbox."""
        return self._tree is not None and self._tree.bounds_memory

    async def probe(self) -> EngineReport:
        """Start a sandbox, look at what it is given, and say so."""
        from widget_runner import probe  # it uses this engine through Sandbox, so it stands above

        notes = []
        if self._settings.launcher is None:
            notes.append("sandboxes run under the runner's own uid; start as root with `ops/up` to separate them")
        if not self.bounds_memory:
            notes.append("no cgroup bounds a sandbox's memory, only 1 GB per process; `ops/up` as root delegates one")
        return await probe.probe(self, owner=self._settings.owner, memory_cgroup=self.bounds_memory, notes=notes)

    async def launch(self, spec: SandboxSpec) -> LocalProcess:
        """Start a sandbox."""
        cgroup = None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            if self._tree is not None:
                cgroup = self._tree.make(spec.name, spec.memory_mb, spec.pids, spec.cpus)
            pid = await self._link.launch(spec.name, theirs, spec.kind, spec.environment)
        except BaseException as error:
            ours.close()
            if cgroup is not None:
                await cgroup.remove()
            if isinstance(error, cgroups.CgroupError):
                raise EngineError(str(error)) from error
            raise
        finally:
            theirs.close()
        return LocalProcess(spec.name, ours, pid, self._link, cgroup)

    async def sweep(self) -> int:
        """Remove the cgroups that an earlier runner left; its sandboxes ended with it."""
        stale = self._tree.stale(sandbox_prefix(self._settings.owner)) if self._tree is not None else []
        return sum([await cgroup.remove() for cgroup in stale])

    async def close(self) -> None:
        """Leave the launcher."""
        await self._link.close()


def _tree(pid: int) -> list[int]:
    """Return ``pid`` and its descendants."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found
