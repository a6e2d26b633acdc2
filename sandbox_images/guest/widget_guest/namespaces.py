"""The sandbox's own namespaces: what the supervisor makes at boot where the engine does not (Docker)."""

import os
import signal
from typing import NoReturn

from widget_guest import syscalls

#: Files that the engine puts over the image's with what the host's resolver says; ours name nobody.
_OWN_NAMES = ("resolv.conf", "hosts")


def write_file(path: str, text: str, folder: int | None = None) -> None:
    """Write ``text`` to ``path`` (relative to the open ``folder``) in one system call, as /proc wants it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def enter_user_namespace(inside: int, proc: int) -> None:
    """Make a user namespace in which this process is uid and gid ``inside``.

    ``proc`` is an open descriptor of a writable /proc; it must have been opened before a read-only one was mounted, and
    the map files must be opened after ``unshare`` (earlier they belong to the old namespace).
    """
    uid, gid = os.getuid(), os.getgid()
    syscalls.unshare(syscalls.CLONE_NEWUSER)
    write_file("self/setgroups", "deny", proc)
    write_file("self/uid_map", f"{inside} {uid} 1", proc)
    write_file("self/gid_map", f"{inside} {gid} 1", proc)


def become_init_of_own_namespaces() -> None:
    """Move this process into its own user, mount and pid namespaces; its parent stays as a tiny sleeper.

    The sleeper is pid 1 of the container: it ends one second after the supervisor, and costs 5 MB less than a waiting
    Python.
    """
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    enter_user_namespace(0, proc)
    os.close(proc)
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID)
    pid = os.fork()
    if pid:
        _sleep_until_gone(pid)
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    keep_mounts_to_ourselves()
    syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    for name in _OWN_NAMES:
        if os.path.exists(f"/etc/widgetry/{name}"):
            syscalls.mount(f"/etc/widgetry/{name}", f"/etc/{name}", None, syscalls.MS_BIND)


def keep_mounts_to_ourselves() -> None:
    """Stop mounts from spreading between this mount namespace and any other."""
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)


def _sleep_until_gone(pid: int) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.closerange(3, 4096)
    os.execv("/usr/bin/tail", ["tail", f"--pid={pid}", "-f", "/dev/null"])  # noqa: S606  # our own argument list
