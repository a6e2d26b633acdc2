"""``widgetry backup`` and ``widgetry restore``: everything that must not be lost as one file, and a site made of it."""

import argparse
import fcntl
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from widget_all_in_one import reach
from widget_all_in_one.delegation import Delegation
from widget_all_in_one.folders import Folders, make_folders, remove_runtime, why_not
from widget_all_in_one.identities import Identities, identities
from widget_all_in_one.image import Image
from widget_all_in_one.options import UpOptions
from widget_all_in_one.process_settings import environments
from widget_all_in_one.up import CHECKOUT


def backup(given: argparse.Namespace) -> int:
    """Write a backup, also while the site serves; the file is there when it is whole, readable by its owner alone."""
    file, data = given.file.absolute(), given.data.absolute()
    if not (data / "site").is_dir():
        return _fail(f"{data} is no data folder: nothing was served from it yet (--data DIR)")
    partial = f".{file.name}.partial"
    try:
        # Held open: its name may be out of reach once closed folders are covered for the site's user (``reach``).
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(FileNotFoundError):
            os.unlink(partial, dir_fd=folder)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder), "wb") as out:
            more = ["--with-key"] if given.with_key else []
            status = _as_site(["take", *more], data, identities(), stdout=out)
            os.fsync(out.fileno())
            size = os.fstat(out.fileno()).st_size
        if status == 0:
            os.replace(partial, file.name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
            sys.stdout.write(f"{file}: {size / 1e6:.1f} MB\n")
        else:
            os.unlink(partial, dir_fd=folder)
    except OSError as error:
        return _fail(f"{file}: {error.strerror}")
    return status


def restore(given: argparse.Namespace) -> int:
    """Make a new data folder of a backup; nothing may be in it, and nothing serve from it."""
    data, who = given.data.absolute(), identities()
    try:
        key = given.key.read_bytes() if given.key is not None else None
        source = given.file.open("rb")
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}")
    with source:
        if refused := why_not(data):
            return _fail(refused)
        data.mkdir(parents=True, exist_ok=True)
        with (data / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return _fail(f"another ops/up serves from {data}: give a new folder with --data DIR")
            remove_runtime(make_folders(data, who))
            more = ["--key-follows"] if key is not None else []
            status = _as_site(["restore", *more], data, who, stdin=source)
            if status == 0 and key is not None:
                status = _put_key(key, data / "site" / "secret.key")
    if status == 0:
        sys.stdout.write(f"{data} holds the backup now; serve it with: ops/up --data {data}\n")
    return status


def _as_site(
    command: list[str], data: Path, who: Identities, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
) -> int:
    """Run the site's own part as its user, with its settings; it may read and write what it is given open."""
    folders = Folders(data, data / "run")
    urls = dict.fromkeys(("site", "worker", "runner"), "unix:///nonexistent")
    image = Image(data / "image")
    settings = environments(UpOptions(data=data), folders, urls, Delegation("", {}), who, image, None, os.environ)
    user: dict[str, Any] = {}
    if who.separated:
        reach.make_readable(CHECKOUT, data)
        user = {"user": who.site.uid, "group": who.site.gid, "extra_groups": list(who.site.groups), "umask": 0o077}
    done = subprocess.run(
        [sys.executable, "-m", "widget_site.backup", *command],
        env=settings.site,
        cwd="/",
        stdin=stdin or subprocess.DEVNULL,
        stdout=stdout or subprocess.DEVNULL,
        check=False,
        **user,
    )
    return done.returncode


def _put_key(key: bytes, file: Path) -> int:
    """Write the key as the site's user reads it."""
    owner = file.parent.stat()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _fail(f"{file} came with the backup: it was restored, and --key is not needed")
    with open(descriptor, "wb") as opened:
        if os.geteuid() == 0:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        opened.write(key)
    return 0


def _fail(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1
