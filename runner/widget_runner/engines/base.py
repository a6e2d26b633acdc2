"""What every engine promises. Only ``engines/__init__.py:make_engine`` asks which engine it has."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class EngineReport:
    """What an engine can do on this machine, found by trying; shown by ``widgetry doctor`` and the admin page."""

    name: str
    usable: bool
    #: How a child is isolated: "userns" (variant A of spec/sandbox.md), "" when unusable.
    mode: str = ""
    #: "transparent" (all TCP), "proxy" (HTTP and HTTPS only) or "none".
    egress: str = "none"
    #: Whether a cgroup bounds the memory of a whole sandbox.
    memory_cgroup: bool = False
    #: What is missing or weaker, each with the command that would mend it.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class EngineSettings:
    """What engines are told; the runner's settings make one."""

    #: auto | docker | local
    engine: str
    #: A folder for sockets, ours alone to write in.
    runtime: Path
    #: Who owns the sandboxes: the same at each start of this runner, another for another runner on the machine;
    #: letters, digits and dashes, at most 20. ``sweep`` removes what carries it.
    owner: str
    #: The image as a folder (local).
    rootfs: Path | None = None
    #: The image's name (docker).
    image: str = "widgetry-sandbox"
    #: Where Docker answers; "" is what DOCKER_HOST or the platform says.
    docker_url: str = ""
    #: The store of environments, shown read-only to sandboxes.
    environments: Path | None = None
    #: WIDGETRY_CGROUP (``cgroups.py``); "" for none.
    cgroup: str = ""
    #: The launcher's socket; None: a launcher of our own, under our own uid.
    launcher: Path | None = None
    #: The account of containers; None: the policy's.
    sandbox_uid: int | None = None
    sandbox_gid: int | None = None
    #: Certificate authorities of the operator, shown in sandboxes.
    ca_file: Path | None = None
    #: Root of a checkout whose guest code stands in for the image's (development).
    checkout: Path | None = None


@dataclass(frozen=True)
class SandboxSpec:
    """How to make one sandbox."""

    #: Unique on the machine; also its cgroup's and container's name.
    name: str
    memory_mb: int
    pids: int = 256
    #: CPUs it may use at once; 0 is no bound.
    cpus: float = 0.0
    #: "run", or (local engine only) "install" for the throw-away sandbox of an install, "language" for the tools of an
    #: editor.
    kind: str = "run"
    #: Digest of the packages that a "language" sandbox shows; "" for none.
    environment: str = ""


def sandbox_prefix(owner: str) -> str:
    """Return what the names of an owner's sandboxes start with, and no other owner's do."""
    return f"w-{owner.replace('-', '_')}-"


class SandboxProcess(Protocol):
    """A sandbox that an engine started; its supervisor speaks ``widget_wire.control`` on ``control``."""

    name: str
    control: socket.socket

    async def kill(self) -> None:
        """End every process of the sandbox and free what it held; returns when that is done. Idempotent."""

    def oom_kills(self) -> int:
        """Return how many processes the kernel killed in this sandbox for its memory (0 where it can't tell)."""

    def pids(self) -> list[int]:
        """Return the host's pids of the sandbox's processes (for measuring)."""


class SandboxEngine(Protocol):
    """A way to make sandboxes."""

    name: str

    async def probe(self) -> EngineReport:
        """Start a sandbox, look at what it is given, and say so; never raises for what this machine lacks."""

    async def launch(self, spec: SandboxSpec) -> SandboxProcess:
        """Start a sandbox and connect its control socket; EngineError when it can't be. ``ready`` is not awaited."""

    async def sweep(self) -> int:
        """Remove what an earlier runner left behind (containers, cgroups, folders); return how many."""

    async def close(self) -> None:
        """Free what the engine itself holds; sandboxes must be gone before."""


class EngineError(Exception):
    """An engine could not do what it promises; the text says what to do about it."""
