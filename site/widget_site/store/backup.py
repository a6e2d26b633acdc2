"""A copy of the database and the blobs as one stream, taken while the site serves; and a site made of such a stream.

The database is copied first, in one moment of it (SQLite's online backup, or ``pg_dump``), then the blobs: a blob is
kept before the row that names it is committed and for a day after its last, so all that the copy names are there. The
stream is a tar file: ``backup.json``, ``database.sqlite`` or ``database.dump``, ``blobs/…``, ``tables/…`` (Data Tables:
on SQLite their files, and the content of their media) and, if asked for, ``secret.key``.
"""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import text
from sqlalchemy.engine import make_url

from widget_site.settings import SiteSettings
from widget_site.store.data import sqlite_homes
from widget_site.store.data.data_store import MEDIA
from widget_site.store.database import Database
from widget_site.store.migrate import migrate

FORMAT = 1
SECRET_KEY = "secret.key"  # noqa: S105  # a file's name
_ABOUT, _SQLITE, _DUMP = "backup.json", "database.sqlite", "database.dump"
#: Comments: who restores need not own what an extension (``pg_trgm``, for indexes of tables) brings.
_RESTORE = ("pg_restore", "--no-owner", "--no-comments", "--exit-on-error", "--single-transaction")
_TABLES = "tables"
_TABLE_FILE = re.compile(r"tables/[0-9A-Za-z]{1,40}/(?:rows\.sqlite|media/([0-9a-f]{2})/(\1[0-9a-f]{62}))")
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_TIMEOUT_S = 3600.0
#: Above every generation that a Redis which outlived the old site may know.
_RAISE_GENERATION = 1_000_000
#: What of a running site must not go on from where it was: mail that may be sent by now is not sent again, packages are
#: installed anew (their files are in no backup), runs of then are over.
_SETTLE = (
    "UPDATE message SET state = 'kept', due_at = NULL WHERE due_at IS NOT NULL",
    "UPDATE letter SET state = 'kept', due_at = NULL WHERE due_at IS NOT NULL",
    "DELETE FROM package_set WHERE id NOT IN (SELECT package_set_id FROM widget WHERE package_set_id IS NOT NULL)",
    "UPDATE package_set SET status = 'queued', environment = NULL WHERE status = 'ready' AND environment IS NOT NULL",
    f"UPDATE widget SET environment = NULL, generation = generation + {_RAISE_GENERATION}",  # noqa: S608  # a number
)


class BackupError(Exception):
    """A backup can't be taken or restored; the text says why and what to do."""


def take(settings: SiteSettings, out: IO[bytes], *, with_key: bool) -> dict[str, Any]:
    """Write a backup to ``out`` and return what it says of itself; BackupError."""
    url = make_url(settings.database_address)
    with (
        _scratch(settings.data) as folder,
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=3) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        database = folder / (_SQLITE if url.get_backend_name() == "sqlite" else _DUMP)
        if database.name == _SQLITE:
            _copy_sqlite(Path(url.database or ""), database)
        else:
            _run(["pg_dump", "--format=custom", "--no-owner", f"--file={database}"], settings)
        key = settings.data / SECRET_KEY
        about = {
            "format": FORMAT,
            "made_at": time.time(),
            "database": database.name,
            "has_key": with_key and settings.secret_key is None and key.exists(),
            "key": "setting" if settings.secret_key is not None else "file" if key.exists() else "none",
        }
        _add_bytes(archive, _ABOUT, json.dumps(about).encode())
        archive.add(database, database.name)
        count = 0
        for path in _blobs(settings.blob_folder):
            count += _add_blob(archive, "blobs", path)
        count += _add_tables(archive, settings.tables_folder, folder)
        if about["has_key"]:
            archive.add(key, SECRET_KEY)
    return {**about, "blobs": count}


async def restore(settings: SiteSettings, source: IO[bytes]) -> dict[str, Any]:
    """Make the data folder and the database, which are empty, what the backup holds; BackupError else."""
    url = make_url(settings.database_address)
    await _require_empty(settings)
    with _scratch(settings.data) as folder:
        about = _unpack(source, folder)
        made_for = "sqlite" if about["database"] == _SQLITE else "postgresql"
        if made_for != url.get_backend_name():
            raise BackupError(f"this backup is of a {made_for} database; set WIDGETRY_DATABASE_URL to one like that")
        blobs = _verify(folder / "blobs")
        if made_for == "sqlite":
            _check_sqlite(folder / _SQLITE)
            os.replace(folder / _SQLITE, Path(url.database or ""))
        else:
            _run([*_RESTORE, str(folder / _DUMP)], settings)
        if (folder / "blobs").exists():
            shutil.rmtree(settings.blob_folder, ignore_errors=True)
            os.replace(folder / "blobs", settings.blob_folder)
        if (folder / _TABLES).exists():
            blobs += sum(_verify_tables(home) for home in (folder / _TABLES).iterdir())
            shutil.rmtree(settings.tables_folder, ignore_errors=True)
            os.replace(folder / _TABLES, settings.tables_folder)
        if (folder / SECRET_KEY).exists():
            os.replace(folder / SECRET_KEY, settings.data / SECRET_KEY)
    await _settle(settings)
    return {**about, "blobs": blobs}


# --- the database ---


def _copy_sqlite(database: Path, copy: Path) -> None:
    if not database.exists():
        raise BackupError(f"there is no database at {database}")
    source = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    target = sqlite3.connect(copy)
    try:
        # In one step: a reader of the write-ahead log keeps nobody from writing, and begins again for nobody.
        source.backup(target)
        # The copy is one file, with no log beside it.
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        target.close()
        source.close()
    _check_sqlite(copy)


def _check_sqlite(database: Path) -> None:
    opened = sqlite3.connect(database)
    try:
        [said] = opened.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"the database in the backup is damaged: {error}") from error
    finally:
        opened.close()
    if said != "ok":
        raise BackupError(f"the database in the backup is damaged: {said}")


def _run(command: list[str], settings: SiteSettings) -> None:
    """Run a program of Postgres on our database, whose password is in its environment and not in its arguments."""
    url = make_url(settings.database_address)
    query = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    names = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    env = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}
    env |= {name: str(value) for name, value in names.items() if value}
    if command[0] == "pg_restore":
        command = [*command[:-1], f"--dbname={url.database}", command[-1]]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackupError(f"{command[0]}: {error} (apt-get install postgresql-client)") from error
    if done.returncode != 0:
        raise BackupError(f"{command[0]} failed: {done.stderr.strip()[-2000:]}")


async def _require_empty(settings: SiteSettings) -> None:
    tables = settings.tables_folder
    has_blobs = any(_blobs(settings.blob_folder)) or (tables.exists() and any(tables.iterdir()))
    if has_blobs or (settings.data / SECRET_KEY).exists():
        raise BackupError(f"{settings.data} is not empty: restore into a new data folder")
    database = Database(settings.database_address)
    counted = "sqlite_master WHERE type = 'table'" if database.is_sqlite else _POSTGRES_TABLES
    try:
        async with database.reading() as db:
            if await db.scalar(text(f"SELECT count(*) FROM {counted}")):  # noqa: S608  # our own words
                raise BackupError("the database is not empty: restore into a new data folder or an empty database")
    finally:
        await database.close()


_POSTGRES_TABLES = "information_schema.tables WHERE table_schema = current_schema()"


async def _settle(settings: SiteSettings) -> None:
    database = Database(settings.database_address)
    try:
        # A backup of an older version has older tables.
        await migrate(database)
        async with database.writing() as db:
            for statement in _SETTLE:
                await db.execute(text(statement))
    finally:
        await database.close()


# --- files ---


@contextmanager
def _scratch(data: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="backup-", dir=data))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _blobs(folder: Path) -> Iterator[Path]:
    for part in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        yield from (path for path in sorted(part.iterdir()) if len(path.name) == 64)


def _add_tables(archive: tarfile.TarFile, tables: Path, scratch: Path) -> int:
    """Add Data Tables of every widget: each file in one moment of it, then the media that its rows name."""
    count = 0
    for home in sorted(tables.glob("*")):
        if (home / sqlite_homes.FILE).exists():
            copy = scratch / sqlite_homes.FILE
            _copy_sqlite(home / sqlite_homes.FILE, copy)
            archive.add(copy, f"{_TABLES}/{home.name}/{sqlite_homes.FILE}")
            copy.unlink()
        for path in _blobs(home / MEDIA):
            count += _add_blob(archive, f"{_TABLES}/{home.name}/{MEDIA}", path)
    return count


def _verify_tables(home: Path) -> int:
    if (home / sqlite_homes.FILE).exists():
        _check_sqlite(home / sqlite_homes.FILE)
    return _verify(home / MEDIA)


def _add_blob(archive: tarfile.TarFile, folder: str, path: Path) -> int:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        # Collected meanwhile: nothing has named it for a day.
        return 0
    _add_bytes(archive, f"{folder}/{path.parent.name}/{path.name}", content)
    return 1


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(time.time())
    archive.addfile(member, io.BytesIO(content))


def _unpack(source: IO[bytes], folder: Path) -> dict[str, Any]:
    """Write what the backup may hold into ``folder``, and nothing else anywhere."""
    about: dict[str, Any] = {}
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as archive:
            for member in archive:
                has_place = member.name in _NAMES or _BLOB.fullmatch(member.name) or _TABLE_FILE.fullmatch(member.name)
                if not (member.isreg() and has_place):
                    raise BackupError(f"{member.name[:100]!r} has no place in a backup")
                opened = archive.extractfile(member)
                assert opened is not None
                path = folder / member.name
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with path.open("xb") as file:
                    path.chmod(0o600)
                    shutil.copyfileobj(opened, file)
                if member.name == _ABOUT:
                    about = json.loads(path.read_bytes())
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BackupError(f"this is no whole backup: {error}") from error
    if about.get("format") != FORMAT:
        raise BackupError(f"this is no backup that this version reads (format {about.get('format')!r})")
    if about.get("database") not in (_SQLITE, _DUMP) or not (folder / about["database"]).exists():
        raise BackupError("this is no whole backup: its database is missing")
    return about


_NAMES = frozenset({_ABOUT, _SQLITE, _DUMP, SECRET_KEY})


def _verify(folder: Path) -> int:
    """Check that every blob is what its name says; return how many there are."""
    count = 0
    for path in _blobs(folder):
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            raise BackupError(f"the blob {path.name} in the backup is damaged")
        count += 1
    return count
