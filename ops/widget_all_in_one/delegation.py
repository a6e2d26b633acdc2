"""A cgroup subtree of our own, given to the runner, which makes one cgroup in it per sandbox.

``WIDGETRY_CGROUP`` names it: ``memory=/sys/...,pids=/sys/...,cpu=/sys/...`` on cgroup v1 (one folder per controller),
``unified=/sys/...`` on v2, empty where there is none. The runner owns the folders and never needs root; the launcher
(the sandboxes' uid) enters them by group. The name is made from the data folder, so what an ``ops/up`` that was
killed left behind is found and removed by the next.

When CPUs are scarce our own processes go before sandboxes, and each sandbox is the equal of any other: what user code
does slows no page down. On v1 our processes have a group of their own with eight times the weight of all sandboxes; on
v2, where they stay in the service or session that started them, the sandboxes have a fifth of the usual weight.
"""

import hashlib
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from widget_all_in_one.identities import RUN_GID, Identities

CONTROLLERS = ("memory", "pids", "cpu")
_ROOT = Path("/sys/fs/cgroup")
#: Weights of CPU; the usual ones are 1024 (v1) and 100 (v2). Files of root's: nobody else changes them.
_OWN_SHARES, _SANDBOXES_WEIGHT = 8192, 20
#: The launcher starts inside the subtree (v2) and must not queue behind those it starts.
_LAUNCHER_WEIGHT = 10_000


@dataclass(frozen=True)
class Delegation:
    """The delegated folders by controller ("unified" on v2); empty where the machine gives none."""

    #: Stands for the data folder: one installation on a machine is told from another by it.
    name: str
    folders: dict[str, Path]
    #: The cgroup of our own processes (v1's CPU controller); None where they stay where they are.
    own: Path | None = None
    #: Why there is none, or what is missing, with the command that would mend it.
    note: str = ""

    @property
    def setting(self) -> str:
        """The value of WIDGETRY_CGROUP."""
        return ",".join(f"{controller}={folder}" for controller, folder in self.folders.items())

    @property
    def launcher_folder(self) -> Path | None:
        """Where the launcher must start (v2 only: migration needs a common ancestor that is ours)."""
        unified = self.folders.get("unified")
        return unified / "launcher" if unified else None


def delegate(data: Path, who: Identities) -> Delegation:
    """Make the subtree; never raises for what this machine lacks."""
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    if os.geteuid() != 0:
        return Delegation(
            name, {}, note="not root: no cgroup bounds the memory of a whole sandbox (start ops/up as root)"
        )
    try:
        if (_ROOT / "cgroup.controllers").exists():
            return _delegate_v2(name, who)
        return _delegate_v1(name, who)
    except OSError as error:
        return Delegation(
            name, {}, note=f"no cgroup could be made ({error}): nothing bounds the memory of a whole sandbox"
        )


def remove(delegation: Delegation) -> None:
    """Kill what is left in the subtree and remove it."""
    for folder in delegation.folders.values():
        _remove_tree(folder)
    if delegation.own:
        _remove_tree(delegation.own)


def _delegate_v1(name: str, who: Identities) -> Delegation:
    own = _own_paths()
    folders = {}
    for controller in CONTROLLERS:
        mount = _ROOT / controller
        if not mount.is_dir():
            continue
        parent = mount / own.get(controller, "/").lstrip("/")
        folder = (parent if parent.is_dir() else mount) / f"widgetry-{name}"
        _make(folder, who)
        folders[controller] = folder
    missing = [controller for controller in CONTROLLERS if controller not in folders]
    note = f"the cgroup controllers {', '.join(missing)} are not mounted" if missing else ""
    return Delegation(name, folders, _make_own(folders["cpu"]) if "cpu" in folders else None, note)


def _make_own(sandboxes: Path) -> Path:
    """Make the cgroup of our own processes beside the sandboxes' one; root's alone."""
    folder = sandboxes.with_name(f"{sandboxes.name}-own")
    _remove_tree(folder)
    folder.mkdir()
    (folder / "cpu.shares").write_text(str(_OWN_SHARES))
    return folder


def _delegate_v2(name: str, who: Identities) -> Delegation:
    folder = _ROOT / f"widgetry-{name}"
    wanted = " ".join(f"+{controller}" for controller in CONTROLLERS)
    (_ROOT / "cgroup.subtree_control").write_text(wanted)
    _make(folder, who)
    (folder / "cgroup.subtree_control").write_text(wanted)
    (folder / "cpu.weight").write_text(str(_SANDBOXES_WEIGHT))
    launcher = folder / "launcher"
    launcher.mkdir()
    (launcher / "cpu.weight").write_text(str(_LAUNCHER_WEIGHT))
    return Delegation(name, {"unified": folder})


def _make(folder: Path, who: Identities) -> None:
    _remove_tree(folder)
    folder.mkdir()
    shared = RUN_GID if who.separated else who.runner.gid
    os.chown(folder, who.runner.uid, shared)
    for name in ("cgroup.procs", "tasks", "cgroup.threads", "cgroup.subtree_control"):
        if (folder / name).exists():
            os.chown(folder / name, who.runner.uid, shared)
            (folder / name).chmod(0o664)


def _own_paths() -> dict[str, str]:
    """Return this process's cgroup per v1 controller."""
    paths = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    return paths


def _remove_tree(folder: Path, timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while folder.is_dir() and time.monotonic() < deadline:
        # Deepest first: a cgroup with children can't be removed.
        for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            _empty(path)
        if _empty(folder):
            return
        time.sleep(0.02)


def _empty(folder: Path) -> bool:
    with suppress(OSError):
        for pid in (folder / "cgroup.procs").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
    with suppress(OSError):
        folder.rmdir()
    return not folder.exists()
