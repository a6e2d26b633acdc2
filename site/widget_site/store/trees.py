"""Sets of files by digest: a row that names the blobs, the blobs themselves in the blob store."""

import base64
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.files import README, FileContent, FileError, Files, check_files, content_bytes, digest
from widget_site.errors import FormError
from widget_site.store import tables
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store


def canonical(files: Files) -> dict[str, FileContent]:
    """Return the files as they are kept: each way of writing the same bytes becomes one. FormError for bad ones."""
    try:
        check_files(files)
        return {path: _canonical_content(path, content) for path, content in files.items()}
    except FileError as error:
        raise FormError("files", str(error)) from error


def readable(files: dict[str, FileContent], *, may_read: bool) -> dict[str, FileContent]:
    """Return what somebody may read of a widget's files: where the code is private, what README.md tells."""
    return files if may_read else {path: content for path, content in files.items() if path == README}


def _canonical_content(path: str, content: FileContent) -> FileContent:
    if isinstance(content, str):
        return content
    return {"base64": base64.b64encode(content_bytes(path, content)).decode()}


async def keep_blobs(store: Store, files: Files) -> dict[str, Any]:
    """Keep the files' bytes and return the row of ``tree`` for them; the row itself is for ``keep``."""
    contents = [content_bytes(path, content) for path, content in files.items()]
    names = await store.blobs.put(contents)
    entries = {
        path: [name, len(content), isinstance(files[path], str)]
        for path, name, content in zip(files, names, contents, strict=True)
    }
    return {"code": digest(files), "files": entries, "size_bytes": sum(map(len, contents))}


async def keep(db: AsyncConnection, row: dict[str, Any]) -> str:
    """Write a row of ``tree`` unless it is there; return its digest. It stays until the transaction ends."""
    await db.execute(insert_unless_there(db, tables.tree).values(**row))
    kept = select(tables.tree.c.code).where(tables.tree.c.code == row["code"])
    if (await db.execute(kept.with_for_update(read=True))).first() is None:
        # ``forget_unused`` deleted it after we had found it there.
        await db.execute(insert_unless_there(db, tables.tree).values(**row))
    code: str = row["code"]
    return code


async def forget_unused(store: Store, limit: int = 1000) -> int:
    """Delete up to ``limit`` rows of ``tree`` that no revision and no proposal names; return how many.

    One that a revision comes to name meanwhile stays: the database refuses, and the next call goes on.
    """
    rounds = tables.proposal_round.c
    names = (tables.revision.c.code, rounds.code, rounds.base_code)
    unused = select(tables.tree.c.code).where(*(~exists().where(name == tables.tree.c.code) for name in names))
    unused = unused.limit(limit)
    try:
        async with store.database.writing() as db:
            return (await db.execute(delete(tables.tree).where(tables.tree.c.code.in_(unused)))).rowcount
    except IntegrityError:
        return 0


async def collect_blobs(store: Store, start: str, before: float) -> int:
    """Remove the blobs whose names begin with ``start`` that no tree names; return how many.

    Those put since ``before`` (Unix time) stay: their tree may not be committed yet.
    """
    used: set[str] = set()
    async with store.database.reading() as db:
        async for files in await db.stream_scalars(select(tables.tree.c.files)):
            used.update(name for name, _, _ in files.values() if name.startswith(start))
    return await store.blobs.remove_unused(start, used, before)


async def texts_of(store: Store, codes: Collection[str], path: str) -> dict[str, str]:
    """Return the text of one file in each of several trees that have it, by their digests."""
    columns = tables.tree.c
    async with store.database.reading() as db:
        rows = (await db.execute(select(columns.code, columns.files).where(columns.code.in_(codes)))).all()
    names = {row.code: row.files[path][0] for row in rows if path in row.files and row.files[path][2]}
    contents = await store.blobs.get(set(names.values()))
    return {code: contents[name].decode() for code, name in names.items()}


async def files_of(store: Store, code: str) -> dict[str, FileContent]:
    """Return the files with this digest; KeyError when there are none."""
    async with store.database.reading() as db:
        entries = await db.scalar(select(tables.tree.c.files).where(tables.tree.c.code == code))
    if entries is None:
        raise KeyError(code)
    contents = await store.blobs.get({name for name, _, _ in entries.values()})
    return {
        path: contents[name].decode() if is_text else {"base64": base64.b64encode(contents[name]).decode()}
        for path, (name, _, is_text) in entries.items()
    }
