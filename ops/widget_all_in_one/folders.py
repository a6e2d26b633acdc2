"""The folders of one installation, each with the owner and mode that keep the other processes out."""

import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from widget_all_in_one.identities import RUN_GID, Identities

#: A Unix socket's address holds 108 bytes; room for the longest socket name in the runtime folder.
_LONGEST_RUNTIME = 108 - len("/launcher.sock.0123456789") - 1
#: What is in a data folder, and what a disk of its own has before that.
_OURS = frozenset({"lock", "site", "redis", "image", "environments", "logs", "run", "spool", "lost+found"})


def why_not(data: Path) -> str:
    """Return why a folder can't be the data folder: owners and modes in it are changed, so it must be ours; "" if not.

    Ours is one that does not exist, that is empty, or that an ``ops/up`` made. Changes nothing.
    """
    new = "Give a folder that does not exist yet, or that ops/up made: --data DIR"
    real = data.resolve()
    if not real.exists():
        return ""
    if not real.is_dir():
        return f"{data} is a file. {new}"
    shared = stat.S_ISVTX | stat.S_IWOTH  # as /tmp is
    if real in (Path(real.anchor), _home()) or real.stat().st_mode & shared == shared:
        return f"{data} is for other things, too, and a data folder is closed to others. {new}"
    held = {entry.name for entry in real.iterdir()}
    if held <= _OURS or ((real / "lock").is_file() and (real / "site").is_dir()):
        return ""
    example = sorted(held - _OURS)[0]
    return f"{data} holds what is not ours ({example!r}), and a data folder is closed to others. {new}"


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return None


@dataclass(frozen=True)
class Folders:
    """Where things are; ``data`` may be traversed by all, what is in it only by whom it belongs to."""

    data: Path
    runtime: Path

    @property
    def site(self) -> Path:
        """Database, blobs and secrets of the site: 0700, the site's."""
        return self.data / "site"

    @property
    def redis(self) -> Path:
        """Append-only file and configuration of the embedded Redis: 0700, redis's."""
        return self.data / "redis"

    @property
    def image(self) -> Path:
        """The sandbox image: readable by all, writable by root."""
        return self.data / "image"

    @property
    def environments(self) -> Path:
        """Installed packages: readable by all, writable by the runner."""
        return self.data / "environments"

    @property
    def spool(self) -> Path:
        """Media on their way through the runner, in files without names: 0700, the runner's."""
        return self.data / "spool"

    @property
    def logs(self) -> Path:
        """One rotated log per process, written by us."""
        return self.data / "logs"

    @property
    def lock(self) -> Path:
        """Held while an ``ops/up`` serves from this folder."""
        return self.data / "lock"


def make_folders(data: Path, who: Identities) -> Folders:
    """Create what is missing and set owners and modes; what is there keeps its content."""
    runtime = data / "run"
    if len(os.fsencode(runtime)) > _LONGEST_RUNTIME:
        runtime = Path(tempfile.mkdtemp(prefix="widgetry-", dir="/tmp"))  # private, removed at the end
    folders = Folders(data, runtime)
    open_mode = 0o711 if who.separated else 0o700
    _folder(data, os.geteuid(), os.getegid(), open_mode)
    _folder(folders.site, who.site.uid, who.site.gid, 0o700)
    _folder(folders.redis, who.redis.uid, who.redis.gid, 0o700)
    _folder(folders.image, os.geteuid(), os.getegid(), 0o755)
    _folder(folders.environments, who.runner.uid, who.runner.gid, 0o755)
    _folder(folders.spool, who.runner.uid, who.runner.gid, 0o700)
    _folder(folders.logs, os.geteuid(), os.getegid(), 0o700)
    # Sticky: each process makes and replaces its own socket and nobody else's. Set-gid: the sockets belong to the group
    # that all processes but the site share, so they reach each other and nobody else does.
    _folder(runtime, os.geteuid(), RUN_GID if who.separated else os.getegid(), 0o3771 if who.separated else 0o700)
    for left in runtime.iterdir():
        left.unlink()
    return folders


def remove_runtime(folders: Folders) -> None:
    """Remove the sockets, and the folder when it is not in the data folder."""
    shutil.rmtree(folders.runtime, ignore_errors=True)


def _folder(path: Path, uid: int, gid: int, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(path, uid, gid)
    path.chmod(mode)
