"""How a child shuts itself in, step by step (spec/sandbox.md 4.4), before it looks at anything of a run."""

import os
import resource
from dataclasses import dataclass

import widget_policy
from widget_guest import seccomp, syscalls
from widget_guest.namespaces import enter_user_namespace, write_file

_PRIVATE_TMP = syscalls.MS_NOSUID | syscalls.MS_NODEV
_PRIVATE_PROC = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC


@dataclass(frozen=True)
class Walls:
    """Everything that isolation needs, read and computed once by the supervisor."""

    tmpfs_options: str
    oom_score_adj: str
    #: Each rlimit, and its soft and hard bound.
    limits: tuple[tuple[int, tuple[int, int]], ...]
    filter: syscalls.Filter

    @classmethod
    def from_policy(cls, memory_cgroup: bool) -> "Walls":
        """Return what the policy says; ``memory_cgroup``: a cgroup bounds the whole sandbox's memory."""
        limits = widget_policy.page("limits")
        mount = next(line for line in widget_policy.page("mounts")["child"] if line["target"] == "/tmp")
        return cls(
            tmpfs_options=mount["data"].format(tmpfs_mb=widget_policy.tmpfs_mb()),
            oom_score_adj=str(limits["oom_score_adj"]["value"]),
            limits=tuple(
                _within_ours(getattr(resource, f"RLIMIT_{name}"), soft, hard)
                for name, soft, hard in widget_policy.child_limits(memory_cgroup)
            ),
            filter=syscalls.Filter(seccomp.child_filter()),
        )


def isolate(walls: Walls) -> None:
    """Shut this process in, for good. OSError when a step fails; then nothing of a run may be taken."""
    # Without a session of its own, kill(0, ...) reaches the supervisor and the other runs.
    os.setsid()
    # The supervisor is not dumpable, and then the files in /proc/self belong to somebody else.
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
    _die_first(walls.oom_score_adj)
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    _own_files(walls.tmpfs_options)
    os.chdir("/work")
    enter_user_namespace(widget_policy.RUN_UID, proc)
    os.close(proc)
    syscalls.drop_bounding_set()
    for kind, bounds in walls.limits:
        resource.setrlimit(kind, bounds)
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.drop_capabilities()
    walls.filter.install()


def _die_first(oom_score_adj: str) -> None:
    """When memory ends, let it be a run and not the supervisor."""
    try:
        write_file("/proc/self/oom_score_adj", oom_score_adj)
    except PermissionError:
        # Some container engines keep it read-only; then the kernel chooses by size, which a run mostly loses.
        pass


def _own_files(tmpfs_options: str) -> None:
    """Give the run a private /tmp, /work and /dev/shm on one small file system, and a /proc of its own."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount("tmpfs", "/tmp", "tmpfs", _PRIVATE_TMP, tmpfs_options)
    for part, place in (("work", "/work"), ("shm", "/dev/shm"), ("tmp", "/tmp")):
        os.mkdir(f"/tmp/{part}", 0o700)
        if place != "/tmp":
            syscalls.mount(f"/tmp/{part}", place, None, syscalls.MS_BIND)
    syscalls.mount("/tmp/tmp", "/tmp", None, syscalls.MS_BIND)
    # Read-only: else user code lowers its oom_score_adj again.
    syscalls.mount("proc", "/proc", "proc", _PRIVATE_PROC)


def _within_ours(kind: int, soft: int, hard: int) -> tuple[int, tuple[int, int]]:
    """Return one of ``Walls.limits``: no bound above what this process may set."""
    _, held = resource.getrlimit(kind)
    if held != resource.RLIM_INFINITY:
        hard = held if hard == -1 else min(hard, held)
    return kind, (soft if hard == -1 else min(soft, hard), hard)
