"""Whether a Docker engine is here for the runner, and what it takes to reach it."""

import os
import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit


def docker_socket() -> Path:
    """Return the path of the Docker engine's socket, from DOCKER_HOST or the usual place."""
    address = urlsplit(os.environ.get("DOCKER_HOST", ""))
    return Path(address.path) if address.scheme == "unix" else Path("/var/run/docker.sock")


def docker_group() -> int | None:
    """Return the group that may use the Docker engine, or None when no engine answers there.

    Whoever is in that group is as good as root on this machine, so it is given to the runner alone, and only when the
    Docker engine may be used at all.
    """
    path = docker_socket()
    try:
        found = path.stat()
        if not stat.S_ISSOCK(found.st_mode):
            return None
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(path))
    except OSError:
        return None
    return found.st_gid if found.st_mode & stat.S_IWGRP else None
