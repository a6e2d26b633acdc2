"""Code that every user id can read, wherever the checkout is.

A checkout, its interpreter or the data folder often lie in a home folder of mode 0700 (``/root``), where the site's
and the runner's ids can't go. Instead of copying them or opening the home folder, we give this process and all that it
starts a mount namespace of its own, in which each closed folder is an empty one that holds just what is needed, at the
same path. So the processes also can't see the rest of that home folder, and the mounts go when the last process goes.
"""

import ctypes
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from widget_all_in_one.steps import SetupError

_CLONE_NEWNS = 0x00020000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_SLAVE = 2, 4, 4096, 16384, 1 << 19
_libc = ctypes.CDLL(None, use_errno=True)


def make_readable(checkout: Path, *more: Path) -> None:
    """Make ``checkout``, this interpreter and ``more`` reachable for the processes' users, or raise SetupError."""
    hidden = unreadable(checkout)
    if hidden:
        raise SetupError(f"{hidden} can't be read by the users the processes run as: run 'chmod -R go+rX {checkout}'")
    interpreter = (Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("stdlib")))
    open_the_way([checkout, *interpreter, *more])


def open_the_way(places: Iterable[Path]) -> list[Path]:
    """Make ``places`` reachable for every user id, for this process and its children; return the folders covered.

    Does nothing (and makes no namespace) when they are reachable already. SetupError when this machine refuses mounts.
    """
    # By the name in use and by the true one: an interpreter is often named through a symbolic link.
    wanted = sorted({name for place in places for name in (place, place.resolve())})
    closed = sorted({top for place in wanted if (top := _closed_ancestor(place))})
    if not closed:
        return []
    try:
        _own_namespace()
        for folder in closed:
            _cover(folder, [place for place in wanted if place.is_relative_to(folder)])
    except OSError as error:
        raise SetupError(
            f"{closed[0]} is closed to other users and this machine refuses a mount namespace ({error}).\n"
            "Clone into a folder that everyone may enter, such as /srv/widgetry, and start there."
        ) from error
    # What was open before the namespace still shows the old tree: enter the new one.
    os.chdir(Path.cwd())
    return closed


def unreadable(checkout: Path) -> Path | None:
    """Return a file of the checkout that other users may not read (a strict umask), or None."""
    for folder in ("ops", "site", "runner", "widgets"):
        for path in (checkout / folder).rglob("*.py"):
            if not path.stat().st_mode & stat.S_IROTH or not path.parent.stat().st_mode & stat.S_IXOTH:
                return path
    return None


def _closed_ancestor(place: Path) -> Path | None:
    """Return the topmost folder above ``place`` that others can't traverse."""
    for folder in reversed(place.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def _own_namespace() -> None:
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    # Slave: what is mounted on the machine later still shows here, nothing of ours shows there.
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_SLAVE, None), "mount /")


def _cover(folder: Path, places: list[Path]) -> None:
    """Hide ``folder`` under an empty one and bind the places in it back, outer ones first."""
    # Held open by descriptors of this namespace (the kernel binds no other's): by name they are about to vanish.
    handles = {place: os.open(place, os.O_PATH) for place in sorted(places)}
    try:
        target = os.fsencode(folder)
        _check(_libc.mount(b"widgetry", target, b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=0711,size=1m"), str(folder))
        for place, fd in handles.items():
            place.mkdir(parents=True, exist_ok=True)
            source = f"/proc/self/fd/{fd}".encode()
            _check(_libc.mount(source, os.fsencode(place), None, _MS_BIND | _MS_REC, None), str(place))
    finally:
        for fd in handles.values():
            os.close(fd)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
