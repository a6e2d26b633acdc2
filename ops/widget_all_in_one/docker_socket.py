"""Whether a Docker engine is here for the runner, and what it takes to reach it."""

import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


def _path() -> Path:
    """Return the path of the Docker engine's socket, from DOCKER_HOST or the usual place."""
    address = urlsplit(os.environ.get("DOCKER_HOST", ""))
    return Path(address.path) if address.scheme == "unix" else Path("/var/run/docker.sock")


@dataclass(frozen=True)
class DockerSocket:
    """A Docker engine that answers.

    Whoever is in its group is as good as root on this machine, so it is given to the runner alone, and only when the
    Docker engine may be used at all.
    """

    path: Path
    #: The group that may use it; None when its mode opens it to none.
    group: int | None


def find_docker() -> DockerSocket | None:
    """Return the Docker engine's socket when an engine answers there."""
    path = _path()
    try:
        found = path.stat()
        if not stat.S_ISSOCK(found.st_mode):
            return None
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(path))
    except OSError:
        return None
    return DockerSocket(path, found.st_gid if found.st_mode & stat.S_IWGRP else None)
