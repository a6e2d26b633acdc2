"""Memory, process and CPU bounds per sandbox in a cgroup subtree that was delegated to the runner (v1 and v2).

``WIDGETRY_CGROUP`` names the delegated folders: ``memory=/sys/fs/cgroup/memory/x,pids=/sys/fs/cgroup/pids/x`` (v1, one
folder per controller) or ``unified=/sys/fs/cgroup/x`` (v2). They belong to the runner's uid; their group is one that
runner and launcher share, and the launcher moves its new processes in itself. On v2 the launcher must have been started
somewhere below the delegated folder (ops: ``x/launcher``), or the kernel lets nobody move its children.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

_PERIOD_US = 100_000
#: How long the kernel may take to empty a cgroup whose processes were killed.
_EMPTY_TIMEOUT_S = 5.0


class CgroupError(Exception):
    """A cgroup could not be made; the text says which file and why."""


def parse_folders(setting: str) -> dict[str, Path]:
    """Return controller -> folder of a WIDGETRY_CGROUP value; CgroupError when it is malformed."""
    folders: dict[str, Path] = {}
    for part in filter(None, setting.split(",")):
        controller, mark, folder = part.partition("=")
        if not mark or controller not in ("memory", "pids", "cpu", "unified") or not folder.startswith("/"):
            raise CgroupError(
                f"WIDGETRY_CGROUP: {part!r} is not memory=, pids=, cpu= or unified= with an absolute path"
            )
        folders[controller] = Path(folder)
    return folders


class CgroupTree:
    """The delegated folders; makes one cgroup per sandbox."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = dict(folders)

    @property
    def bounds_memory(self) -> bool:
        """Return whether a sandbox's memory as a whole is bounded."""
        return "memory" in self._folders or "unified" in self._folders

    def make(self, name: str, memory_mb: int, pids: int, cpus: float = 0.0) -> "Cgroup":
        """Make the cgroup of a sandbox; ``cpus`` 0 is no bound. CgroupError when the kernel refuses."""
        cgroup = Cgroup({controller: folder / name for controller, folder in self._folders.items()})
        try:
            for controller, folder in cgroup.folders.items():
                folder.mkdir()
                for file, value in _limits(controller, folder, memory_mb, pids, cpus):
                    (folder / file).write_text(value)
                _let_group_enter(folder)
        except OSError as error:
            cgroup.remove_now()
            raise CgroupError(f"cgroup {error.filename}: {error.strerror}; see `widgetry doctor`") from error
        return cgroup

    def stale(self, prefix: str) -> list["Cgroup"]:
        """Return the cgroups whose names start with ``prefix``."""
        names = {
            entry.name
            for folder in self._folders.values()
            if folder.is_dir()
            for entry in folder.iterdir()
            if entry.is_dir() and entry.name.startswith(prefix)
        }
        return [
            Cgroup({controller: folder / name for controller, folder in self._folders.items()})
            for name in sorted(names)
        ]


class Cgroup:
    """One sandbox's cgroup: a folder per controller, or the one unified folder."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.folders = dict(folders)
        self._last_oom_kills = 0

    def oom_kills(self) -> int:
        """Return how many processes of it the kernel killed for memory, also after it was removed."""
        for controller, file in (("memory", "memory.oom_control"), ("unified", "memory.events")):
            if controller in self.folders:
                # Removed: what was last read stands.
                with contextlib.suppress(OSError):
                    text = _read_at_once(f"{self.folders[controller]}/{file}")
                    self._last_oom_kills = read_counter(text, "oom_kill")
        return self._last_oom_kills

    def pids(self) -> list[int]:
        """Return the host's pids of its processes."""
        for folder in self.folders.values():
            with contextlib.suppress(OSError):
                return [int(line) for line in (folder / "cgroup.procs").read_text().split()]
        return []

    async def remove(self) -> bool:
        """Kill what may still be in it and remove it; return whether it is gone within 5 s."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _EMPTY_TIMEOUT_S
        while not self.remove_now():
            if loop.time() > deadline:
                return False
            self._kill()
            await asyncio.sleep(0.005)
        return True

    def remove_now(self) -> bool:
        """Remove the folders that are empty of processes; return whether none is left."""
        for folder in self.folders.values():
            with contextlib.suppress(OSError):
                folder.rmdir()
        return not any(folder.exists() for folder in self.folders.values())

    def _kill(self) -> None:
        """End its processes where we may: always on v2 (cgroup.kill), on v1 only those of our own uid."""
        if "unified" in self.folders:
            with contextlib.suppress(OSError):
                (self.folders["unified"] / "cgroup.kill").write_text("1")
            return
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _read_at_once(path: str) -> str:
    """Return what a short file of the kernel holds; asked for after every run, so without pathlib and buffers."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 4096).decode()
    finally:
        os.close(descriptor)


def read_counter(text: str, name: str) -> int:
    """Return the number beside ``name`` in a flat-keyed cgroup file; 0 when it isn't there."""
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _limits(controller: str, folder: Path, memory_mb: int, pids: int, cpus: float) -> list[tuple[str, str]]:
    """Return (file, value) to write, in the order in which the kernel takes them."""
    memory = str(memory_mb << 20)
    quota = int(cpus * _PERIOD_US)
    if controller == "memory":
        # Swap would let a sandbox use more than its bound; memsw exists only with swap accounting.
        swap = "memory.memsw.limit_in_bytes"
        more = [(swap, memory)] if (folder / swap).exists() else [("memory.swappiness", "0")]
        return [("memory.limit_in_bytes", memory), *more]
    if controller == "pids":
        return [("pids.max", str(pids))]
    if controller == "cpu":
        return [("cpu.cfs_period_us", str(_PERIOD_US)), ("cpu.cfs_quota_us", str(quota))] if quota else []
    unified = [("memory.max", memory), ("pids.max", str(pids))]
    if (folder / "memory.swap.max").exists():
        unified.append(("memory.swap.max", "0"))
    if quota:
        unified.append(("cpu.max", f"{quota} {_PERIOD_US}"))
    return unified


def _let_group_enter(folder: Path) -> None:
    """Let the group of the delegated folder, which the launcher has, move processes in."""
    procs = folder / "cgroup.procs"
    group = folder.parent.stat().st_gid
    if group != procs.stat().st_gid:
        os.chown(procs, -1, group)
    procs.chmod(0o664)


def of_process(pid: int) -> Cgroup:
    """Return the cgroup that process ``pid`` is in, for reading; one without folders when it can't be seen."""
    folders: dict[str, Path] = {}
    with contextlib.suppress(OSError):
        mounts = Path("/proc/self/mountinfo").read_text()
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            for controller in controllers.split(",") if controllers else ["unified"]:
                if controller in ("memory", "pids", "unified") and (root := mount_point(mounts, controller)):
                    folder = root / path.lstrip("/")
                    if (folder / "cgroup.procs").exists():
                        folders[controller] = folder
    if "memory" in folders:
        folders.pop("unified", None)  # a hybrid machine: v2 is mounted, but v1 has the controllers
    return Cgroup(folders)


def mount_point(mountinfo: str, controller: str) -> Path | None:
    """Return where ``controller`` ("unified" for v2) is mounted, from the text of a mountinfo file."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        v1 = kind == "cgroup" and controller in options.split()[-1].split(",")
        if v1 or (kind == "cgroup2" and controller == "unified"):
            return Path(before.split(" ")[4])
    return None
