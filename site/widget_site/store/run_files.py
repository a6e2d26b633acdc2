"""Files of runs: stored with the run's record, kept for a while and within a size for each account, then forgotten.

Their bytes are blobs of a store of their own, which is swept often: what nobody names is gone within two hours.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_site.errors import NotFoundError
from widget_site.store import tables
from widget_site.store.blobs import BlobError
from widget_site.store.store import Store
from widget_wire.run_files import RunFile

_F = tables.run_file.c
EXPIRED = "It is no longer kept: files of runs are kept for a few days."
CROWDED_OUT = "It is no longer kept: newer runs needed its place."
LOST = "It was not kept: the site had no time for it."
#: Rows of one statement: SQLite counts the parameters.
_ROWS = 100


@dataclass(frozen=True)
class StoredFile:
    """A file of a run, and where its bytes are; ``blob`` is None where there are none (any more)."""

    file: RunFile
    blob: str | None


async def keep_bytes(store: Store, content: bytes) -> str:
    """Keep bytes and return their digest; a row must name it within the hour."""
    (digest,) = await store.run_blobs.put([content])
    return digest


async def of_run(store: Store, run_id: str) -> list[StoredFile]:
    """Return the files of a run in the order in which they came. Asks for no permission: ``runs.get`` first."""
    return (await _read(store, _F.run_id == run_id)).get(run_id, [])


async def of_widget(store: Store, widget_id: str) -> dict[str, list[StoredFile]]:
    """Return the files of each run of a widget that left some, like ``of_run``. Asks for no permission."""
    return await _read(store, _F.run_id.in_(select(tables.run.c.id).where(tables.run.c.widget_id == widget_id)))


async def _read(store: Store, which: ColumnElement[bool]) -> dict[str, list[StoredFile]]:
    columns = (_F.run_id, _F.id, _F.kind, _F.name, _F.mime, _F.bytes, _F.note, _F.blob)
    found: dict[str, list[StoredFile]] = {}
    async with store.database.reading() as db:
        for row in await db.execute(select(*columns).where(which).order_by(_F.run_id, _F.position)):
            file = RunFile(row.id if row.blob else None, row.kind, row.name, row.mime, row.bytes, row.note)
            found.setdefault(row.run_id, []).append(StoredFile(file, row.blob))
    return found


async def read(store: Store, run_id: str, file_id: str) -> tuple[RunFile, bytes] | None:
    """Return a file with its bytes; None when the run's row has no such file. NotFoundError when it is not kept."""
    async with store.database.reading() as db:
        row = (await db.execute(select(tables.run_file).where(_F.run_id == run_id, _F.id == file_id))).first()
    if row is None:
        return None
    file = RunFile(row.id, row.kind, row.name, row.mime, row.bytes, row.note)
    try:
        held = await store.run_blobs.get([row.blob]) if row.blob else {}
    except BlobError as error:
        raise NotFoundError(EXPIRED) from error
    if row.blob is None:
        raise NotFoundError(row.note or EXPIRED)
    return file, held[row.blob]


async def add(db: AsyncConnection, ended: Iterable[tuple[str, str, tuple[StoredFile, ...]]], most_bytes: int) -> None:
    """Write the files of runs that have just got their outcome: (run, owner, files), in that transaction.

    Where an account has more than ``most_bytes`` then, the oldest are no longer kept.
    """
    now = time.time()
    rows = [
        {
            **one.file.as_dict(),
            "id": one.file.id or new_id(),
            "run_id": run_id,
            "owner_id": owner_id,
            "position": position,
            "blob": one.blob,
            "created_at": now,
        }
        for run_id, owner_id, files in ended
        for position, one in enumerate(files)
    ]
    for start in range(0, len(rows), _ROWS):
        await db.execute(insert(tables.run_file), rows[start : start + _ROWS])
    for owner_id in {str(row["owner_id"]) for row in rows}:
        await _make_room(db, owner_id, most_bytes)


async def _make_room(db: AsyncConnection, owner_id: str, most_bytes: int) -> None:
    """Forget the oldest of an account's files until the others have no more than ``most_bytes``."""
    kept = (_F.owner_id == owner_id) & _F.blob.is_not(None)
    if int(await db.scalar(select(func.sum(_F.bytes)).where(kept)) or 0) <= most_bytes:
        return
    rows = await db.execute(
        select(_F.run_id, _F.position, _F.bytes).where(kept).order_by(_F.created_at.desc(), _F.position)
    )
    total, cut = 0, []
    for row in rows:
        total += row.bytes
        if total > most_bytes:
            cut.append((row.run_id, row.position))
    for run_id, position in cut:
        one = (_F.run_id == run_id) & (_F.position == position)
        await db.execute(update(tables.run_file).where(one).values(blob=None, note=CROWDED_OUT))


async def forget_old(store: Store, before: float) -> int:
    """Keep the bytes of files from before this Unix time no longer; return how many. Their names stay with the run."""
    old = (_F.created_at < before) & _F.blob.is_not(None)
    async with store.database.writing() as db:
        return (await db.execute(update(tables.run_file).where(old).values(blob=None, note=EXPIRED))).rowcount


async def collect_blobs(store: Store, before: float) -> int:
    """Remove the bytes that no file names and that were put before this Unix time; return how many."""
    used: set[str] = set()
    async with store.database.reading() as db:
        async for digest in await db.stream_scalars(select(_F.blob).where(_F.blob.is_not(None))):
            used.add(digest)
    gone = 0
    for start in range(256):
        gone += await store.run_blobs.remove_unused(f"{start:02x}", used, before)
    return gone
