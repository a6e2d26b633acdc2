"""What processes are, use and hold, read from /proc."""

import contextlib
import os
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_NAMES = {"widget_site.serve": "site", "widget_site.worker": "site worker", "widget_runner": "runner"}


def process_name(pid: int) -> str:
    """Return what a process of ours is called: its module, or its program."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    if b"-m" not in words:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    module = words[words.index(b"-m") + 1].decode()
    return _NAMES.get(module, module.removeprefix("widget_").removeprefix("runner."))


def cpu_ms(pids: list[int]) -> float:
    """Return the CPU time of these processes and of the children that they saw end."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total * _TICK_MS


def pss_mb(pids: list[int]) -> float:
    """Return the proportional memory of these processes; those that are gone count nothing."""
    total_kb = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kb += int(line.split()[1])
    return total_kb / 1024


def with_shim(pids: list[int]) -> list[int]:
    """Return the processes of a sandbox and, for a container, the shim that Docker keeps for it."""
    parents = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if Path(f"/proc/{parent}/comm").read_text().startswith("containerd-shim"):
                parents.add(parent)
    return [*pids, *sorted(parents)]


def children(pid: int) -> list[int]:
    """Return the pids of a process's children."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return sorted(found)


def tree(pid: int) -> list[int]:
    """Return a process and its descendants."""
    return [pid, *(below for child in children(pid) for below in tree(child))]
