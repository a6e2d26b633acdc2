"""Whether a Docker engine is here for the runner, and what it takes to reach it."""

import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from widget_all_in_one.steps import SetupError


@dataclass(frozen=True)
class DockerSocket:
    """A Docker engine that answers and that the runner may use.

    Whoever is in its group is as good as root on this machine, so it is given to the runner alone, and only when the
    Docker engine may be used at all.
    """

    path: Path
    #: The group that may use it; None where we need none, being nobody else than the runner.
    group: int | None


def find_docker(engine: str) -> DockerSocket | None:
    """Return the Docker engine for ``--engine``: None for local, and for auto where no usable one answers.

    SetupError when Docker was asked for and can't be had.
    """
    if engine == "local":
        return None
    path = _path()
    try:
        return _usable(path)
    except SetupError:
        if engine == "auto":
            return None
        raise


def _path() -> Path:
    """Return the path of the Docker engine's socket, from DOCKER_HOST or the usual place."""
    address = urlsplit(os.environ.get("DOCKER_HOST", ""))
    return Path(address.path) if address.scheme == "unix" else Path("/var/run/docker.sock")


def _usable(path: Path) -> DockerSocket:
    try:
        found = path.stat()
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(path))
    except OSError as error:
        raise SetupError(
            f"no Docker engine answers at {path} ({error.strerror}): apt-get install docker.io, or use --engine local"
        ) from error
    if os.geteuid() != 0:
        return DockerSocket(path, None)
    if found.st_gid == 0 or not found.st_mode & stat.S_IWGRP:
        # Group root may read far more than that socket.
        raise SetupError(
            f"{path} belongs to no group that the runner could be given: run 'groupadd docker' and restart dockerd"
        )
    return DockerSocket(path, found.st_gid)
