"""Packages of widgets: what is asked for, what is installed, and what nobody uses any more.

A widget's ``requirements.txt`` is the source. Whoever writes a revision tells ``want`` in the same transaction, so the
wish is in the database before anything is acknowledged; the site worker hands queued sets to runners and brings their
results back through ``finish``.
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.files import FileContent
from widget_model.requirements import RequirementError, check_all, lines_of, list_digest
from widget_site.store import tables
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store
from widget_site.store.values import PackageSet
from widget_wire.installs import InstallResult

_P = tables.package_set.c
_W = tables.widget.c
QUEUED, READY, FAILED = "queued", "ready", "failed"
_COPIED = ("environment", "packages", "built", "size_bytes", "downloaded_bytes", "seconds", "log", "finished_at")


async def want(
    db: AsyncConnection,
    widget_id: str,
    account_id: str,
    files: Mapping[str, FileContent],
    *,
    origin_set_id: str | None = None,
) -> None:
    """Let a widget ask for the packages that ``files`` name; its environment changes at once where that is possible.

    The caller raises the widget's generation. A fork names its origin's set: what that built is good enough for who
    runs its code anyway (P-07).
    """
    lines = lines_of(files)
    if not lines:
        await _set(db, widget_id, None, None, ready=True)
        return
    try:
        found = await _find_or_make(db, account_id, check_all(lines), origin_set_id)
    except RequirementError as error:
        found = await _refused(db, account_id, lines, str(error))
    await _set(db, widget_id, found.id, found.environment, ready=found.status == READY)


async def retry(store: Store, set_id: str) -> None:
    """Queue a set that failed once more; one that is ready or queued stays as it is."""
    async with store.database.writing() as db:
        again = {"status": QUEUED, "reason": "", "message": "", "log": "", "finished_at": None}
        query = update(tables.package_set).where(_P.id == set_id, _P.status == FAILED, _P.reason != "line")
        await db.execute(query.values(**again))


async def get(store: Store, set_id: str | None) -> PackageSet | None:
    """Return a set; None when there is none."""
    if set_id is None:
        return None
    async with store.database.reading() as db:
        return await _read(db, set_id)


async def queued(store: Store, limit: int = 100) -> list[PackageSet]:
    """Return the sets that wait for a runner or are with one, oldest first."""
    query = _query().where(_P.status == QUEUED).order_by(_P.created_at).limit(limit)
    async with store.database.reading() as db:
        return [_value(row) for row in await db.execute(query)]


async def finish(store: Store, result: InstallResult) -> None:
    """Store how an install ended, and let every widget that waits for it use the environment from its next run on."""
    async with store.database.writing() as db:
        row = {
            "status": result.status,
            "reason": result.reason,
            "message": result.message,
            "log": result.log,
            "environment": result.environment or None,
            "packages": list(result.packages),
            "built": result.built,
            "size_bytes": result.size_bytes,
            "downloaded_bytes": result.downloaded_bytes,
            "seconds": result.seconds,
            "finished_at": time.time(),
        }
        query = update(tables.package_set).where(_P.id == result.id, _P.status == QUEUED)
        await db.execute(query.values(**row))
    await serve_ready(store, result.id)


async def serve_ready(store: Store, set_id: str) -> None:
    """Let the widgets that ask for a set use its environment; harmless when they do."""
    async with store.database.reading() as db:
        found = await _read(db, set_id)
        waiting = (await db.execute(select(_W.id).where(_W.package_set_id == set_id))).scalars().all()
    if found is None:
        return
    for widget_id in waiting:
        async with store.gate.change(widget_id) as served:
            async with store.database.writing() as db:
                query = select(_W.slug, _W.generation).where(_W.id == widget_id, _W.package_set_id == set_id)
                row = (await db.execute(query.with_for_update())).first()
                if row is None:
                    continue
                if found.status == READY:
                    await _set(db, widget_id, set_id, found.environment, ready=True)
                raised = update(tables.widget).where(_W.id == widget_id).values(generation=row.generation + 1)
                await db.execute(raised)
            served.generation, served.slug = row.generation + 1, row.slug


async def forget_unused(store: Store, before: float) -> list[str]:
    """Forget the sets that no widget asks for since ``before``; return the environments that nobody uses any more."""
    async with store.database.writing() as db:
        used = exists().where(or_(_W.package_set_id == _P.id, _W.environment == _P.environment))
        await db.execute(update(tables.package_set).where(used).values(unused_since=None))
        newly = update(tables.package_set).where(~used, _P.unused_since.is_(None))
        await db.execute(newly.values(unused_since=time.time()))
        old = (_P.unused_since < before) & ~used
        query = select(_P.environment).where(old, _P.environment.is_not(None)).distinct()
        gone = set((await db.execute(query)).scalars())
        await db.execute(delete(tables.package_set).where(old))
        kept = (
            set((await db.execute(select(_P.environment).where(_P.environment.in_(gone)))).scalars()) if gone else set()
        )
    return sorted(gone - kept)


async def _find_or_make(
    db: AsyncConnection, account_id: str, lines: list[str], origin_set_id: str | None
) -> PackageSet:
    digest = list_digest(lines)
    set_id = _id(account_id, digest)
    found = await _read(db, set_id)
    if found is not None and found.status != FAILED:
        return found
    ready = await _installed_elsewhere(db, digest, origin_set_id)
    if ready is not None:
        row = {name: getattr(ready, name) for name in _COPIED} | {"status": READY, "reason": "", "message": ""}
        row["packages"] = list(ready.packages)
    else:
        row = {"status": QUEUED}
    if found is None:
        made = {**_empty(account_id, digest, lines), **row, "id": set_id}
        await db.execute(insert_unless_there(db, tables.package_set).values(**made))
    elif ready is not None:
        await db.execute(update(tables.package_set).where(_P.id == set_id).values(**row))
    kept = await _read(db, set_id)
    assert kept is not None
    return kept


async def _installed_elsewhere(db: AsyncConnection, digest: str, origin_set_id: str | None) -> PackageSet | None:
    """Return a ready set of the same list that this account may share."""
    sharable = ~_P.built if origin_set_id is None else or_(~_P.built, _P.id == origin_set_id)
    query = _query().where(_P.list_digest == digest, _P.status == READY, sharable)
    row = (await db.execute(query.order_by(_P.finished_at.desc()).limit(1))).first()
    return None if row is None else _value(row)


async def _refused(db: AsyncConnection, account_id: str, lines: list[str], why: str) -> PackageSet:
    """Keep a list with a line that is not taken, so that its owner reads why nothing was installed."""
    digest = hashlib.sha256("\n".join(["refused", *lines]).encode("utf-8", "replace")).hexdigest()
    set_id = _id(account_id, digest)
    row = {**_empty(account_id, digest, []), "id": set_id, "status": FAILED, "reason": "line", "message": why}
    await db.execute(insert_unless_there(db, tables.package_set).values(**row, finished_at=time.time()))
    kept = await _read(db, set_id)
    assert kept is not None
    return kept


def _empty(account_id: str, digest: str, lines: list[str]) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "list_digest": digest,
        "requirements": lines,
        "reason": "",
        "message": "",
        "log": "",
        "packages": [],
        "built": False,
        "size_bytes": 0,
        "downloaded_bytes": 0,
        "seconds": 0.0,
        "created_at": time.time(),
    }


async def _set(
    db: AsyncConnection, widget_id: str, set_id: str | None, environment: str | None, *, ready: bool
) -> None:
    values: dict[str, Any] = {"package_set_id": set_id}
    if ready:
        values["environment"] = environment
    await db.execute(update(tables.widget).where(_W.id == widget_id).values(**values))


def _id(account_id: str, digest: str) -> str:
    return hashlib.sha256(f"{account_id} {digest}".encode()).hexdigest()


async def _read(db: AsyncConnection, set_id: str) -> PackageSet | None:
    row = (await db.execute(_query().where(_P.id == set_id))).first()
    return None if row is None else _value(row)


def _query() -> Select[Any]:
    return select(*(column for column in _P if column.name not in ("list_digest", "unused_since")))


def _value(row: Row[Any]) -> PackageSet:
    lists = {name: tuple(row._mapping[name]) for name in ("requirements", "packages")}
    return PackageSet(**{**row._mapping, **lists})
