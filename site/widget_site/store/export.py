"""Everything of an account as one zip file: what it typed, what ran, what it was told."""

import asyncio
import contextlib
import dataclasses
import json
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from widget_model.files import content_bytes
from widget_site.errors import NotFoundError
from widget_site.store import (
    kept_values,
    letters,
    outbox,
    proposals,
    revisions,
    run_files,
    runs,
    schedules,
    sessions,
    tokens,
    trees,
    users_services,
    webhooks,
    widgets,
)
from widget_site.store.blobs import BlobError
from widget_site.store.data import telling
from widget_site.store.store import Store
from widget_site.store.values import Account, Page, Widget

#: Bytes of one widget's runs that are told with their output; of older runs there is the record alone.
OUTPUT_BYTES = 50_000_000


async def write(store: Store, account: Account, file: Path) -> None:
    """Write the zip file; it is whole when this returns."""
    with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as archive:
        await _add(archive, "account.json", await _account(store, account))
        await _add(archive, "proposals.json", await _proposals(store, account))
        async for widget in _widgets(store, account):
            await _add_widget(store, archive, account, widget)


async def _account(store: Store, account: Account) -> dict[str, Any]:
    messages = [
        dataclasses.asdict(message)
        async for message in _all(lambda after: outbox.of_account(store, account.id, after=after, limit=100))
    ]
    held = await sessions.of_account(store, account.id, idle_s=10**9)
    return {
        "account": dataclasses.asdict(account),
        "tokens": [dataclasses.asdict(token) for token in await tokens.listed(store, account.id)],
        # Not their ids: who has an old copy of this must not learn anything of a sign-in that lasts.
        "sessions": [{"since": one.created_at, "device": one.device, "address": one.address} for one in held],
        "messages": messages,
    }


async def _proposals(store: Store, account: Account) -> dict[str, Any]:
    """What the account proposed, and what was proposed to it; the files are those of the forks' revisions."""
    told: dict[str, Any] = {}
    for name, sent in (("sent", True), ("received", False)):
        pages = _pages(lambda after, sent=sent: proposals.listed(store, account, sent=sent, after=after, limit=100))
        told[name] = []
        async for items in pages:
            rounds = await proposals.rounds_of(store, [one.id for one in items])
            told[name] += [dataclasses.asdict(one) | {"rounds": rounds[one.id]} for one in items]
    return told


async def _add_widget(store: Store, archive: zipfile.ZipFile, account: Account, widget: Widget) -> None:
    folder = f"widgets/{widget.slug}"
    planned = {one.task: one.schedule.as_dict() for one in await schedules.all_of(store, widget.id)}
    about = dataclasses.asdict(widget) | {"schedule": planned.pop("", None), "scheduled_tasks": planned}
    about["webhooks"] = [dataclasses.asdict(one) for one in await webhooks.listed(store, widget.slug, account.id)]
    await _add(archive, f"{folder}/widget.json", about)
    for path, content in (await trees.files_of(store, widget.code)).items():
        await asyncio.to_thread(archive.writestr, f"{folder}/files/{path}", content_bytes(path, content))
    seen = {widget.code}
    history = []
    async for revision in _all(lambda after: revisions.listed(store, widget.slug, account.id, after=after, limit=100)):
        history.append(dataclasses.asdict(revision))
        if revision.code not in seen:
            seen.add(revision.code)
            for path, content in (await trees.files_of(store, revision.code)).items():
                name = f"{folder}/revisions/{revision.number}/{path}"
                await asyncio.to_thread(archive.writestr, name, content_bytes(path, content))
    await _add(archive, f"{folder}/revisions.json", history)
    await _add_tables(store, archive, widget, folder)
    await _add_runs(store, archive, account, widget, folder)
    await _add_mail(store, archive, account, widget, folder)
    users_on, users = await users_services.of_widget(store, widget.slug, account.id)
    await _add(archive, f"{folder}/users-service.json", {"on": users_on, **users.content})
    kept = {name: await kept_values.get(store, widget.id, name) for name in await kept_values.names(store, widget.id)}
    await _add(archive, f"{folder}/store.json", {name: json.loads(value or "null") for name, value in kept.items()})


async def _add_mail(store: Store, archive: zipfile.ZipFile, account: Account, widget: Widget, folder: str) -> None:
    """Write what is kept of the mail that the widget sent, each letter as mail programs open it."""
    async for letter in _all(lambda after: letters.listed(store, widget.slug, account.id, after=after, limit=100)):
        with contextlib.suppress(NotFoundError):
            _, raw = await letters.one(store, widget.slug, account.id, letter.id)
            await asyncio.to_thread(archive.writestr, f"{folder}/mail/{letter.id}.eml", raw)


async def _add_tables(store: Store, archive: zipfile.ZipFile, widget: Widget, folder: str) -> None:
    """Write Data Tables: what they are, each row as a line, and the content of media cells by its digest."""
    if store.data is None:
        return
    schema = await telling.schema_of(store.data, widget.id)
    if not schema.tables:
        return
    await _add(archive, f"{folder}/tables.json", [dataclasses.asdict(one) for one in schema.tables.values()])
    digests: set[str] = set()
    for table in schema.tables.values():
        if table.home_id is not None:
            continue  # it is told with the widget that it lives in
        media = [column.name for column in table.columns if column.type == "media"]
        with archive.open(f"{folder}/tables/{table.name}.jsonl", "w") as lines:
            async for row in telling.lines_of(store.data, widget.id, table):
                digests.update(row[name]["digest"] for name in media if row[name] is not None)
                await asyncio.to_thread(lines.write, (json.dumps(row) + "\n").encode())
    for digest in sorted(digests):
        with contextlib.suppress(BlobError):
            found = await store.data.media(widget.id).get([digest])
            await asyncio.to_thread(archive.writestr, f"{folder}/tables/media/{digest}", found[digest])


async def _add_runs(store: Store, archive: zipfile.ZipFile, account: Account, widget: Widget, folder: str) -> None:
    """Write one run a line, the newest first; with its events as long as those fit in OUTPUT_BYTES."""
    room = OUTPUT_BYTES
    left_files = []
    files_of = await run_files.of_widget(store, widget.id)
    with archive.open(f"{folder}/runs.jsonl", "w") as lines:
        async for run in _all(lambda after: runs.listed(store, widget.slug, account.id, after=after, limit=100)):
            files = files_of.get(run.id, [])
            left_files += [(run.id, position, one.file) for position, one in enumerate(files) if one.file.id]
            told = dataclasses.asdict(run) | {"files": [one.file.as_dict() for one in files]}
            if room > 0:
                told["events"] = [dataclasses.asdict(event) for event in await runs.events(store, run.id)]
            line = (json.dumps(told, default=str) + "\n").encode()
            room -= len(line)
            await asyncio.to_thread(lines.write, line)
    for run_id, position, file in left_files:
        with contextlib.suppress(NotFoundError):
            found = await run_files.read(store, run_id, file.id or "")
            if found is not None:
                name = f"{folder}/run-files/{run_id}/{position}-{_plain(file.name)}"
                await asyncio.to_thread(archive.writestr, name, found[1])


def _plain(name: str) -> str:
    """Return the last part of a name that user code chose, as every disk takes it."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name.rpartition("/")[2])[-100:]


async def _widgets(store: Store, account: Account) -> AsyncIterator[Widget]:
    async for widget in _all(lambda after: widgets.recent_of(store, account.id, after=after, limit=100)):
        yield widget


async def _all(read: Any) -> AsyncIterator[Any]:
    async for items in _pages(read):
        for item in items:
            yield item


async def _pages(read: Any) -> AsyncIterator[tuple[Any, ...]]:
    after: str | None = None
    while True:
        page: Page[Any] = await read(after)
        yield page.items
        if page.next is None:
            return
        after = page.next


async def _add(archive: zipfile.ZipFile, name: str, value: Any) -> None:
    # Halves of characters, which user code may have printed, are told by JSON's escapes.
    text = json.dumps(value, indent=1, default=str)
    await asyncio.to_thread(archive.writestr, name, text)
