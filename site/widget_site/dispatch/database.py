"""The store, as dispatch uses it."""

import asyncio
import dataclasses
from collections import OrderedDict
from collections.abc import Sequence

from widget_model.anvil_app import with_libraries
from widget_model.files import Files, digest
from widget_model.kinds import Kind
from widget_site.dispatch.ports import NewRun
from widget_site.libraries import Libraries
from widget_site.store import run_files, runs, snapshots, trees
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Run, WidgetSnapshot
from widget_wire.runs import RunEvent

_MAX_JOINED = 10_000


class StoredRuns:
    """Keeps ``ports.RunStore`` with the tables of the store."""

    def __init__(self, store: Store, libraries: Libraries | None = None) -> None:
        self._store = store
        self._libraries = libraries or Libraries(store)
        #: Digests of an app's files and of its libraries' → the digest of what its runs get.
        self._joined: OrderedDict[tuple[str, ...], str] = OrderedDict()

    async def snapshot(self, slug: str) -> WidgetSnapshot | None:
        """Read the widget with this slug."""
        found = await snapshots.snapshot(self._store, slug)
        if found is None or found.kind != Kind.GUI:
            return found
        used = await self._libraries.of(found.owner_id, found.code)
        if not used:
            return found
        found = dataclasses.replace(found, libraries=used)
        key = (found.code, *used.values())
        joined = self._joined.get(key)
        if joined is None:
            joined = self._joined[key] = await asyncio.to_thread(digest, await self.run_files(found))
            while len(self._joined) > _MAX_JOINED:
                self._joined.popitem(last=False)
        return dataclasses.replace(found, with_libraries=joined)

    async def run_files(self, snapshot: WidgetSnapshot) -> Files:
        """Read the files that runs get."""
        files = await trees.files_of(self._store, snapshot.code)
        if not snapshot.libraries:
            return files
        used = {package: await trees.files_of(self._store, code) for package, code in snapshot.libraries.items()}
        return await asyncio.to_thread(with_libraries, files, used)

    async def files(self, widget_id: str, revision: int) -> Files:
        """Read the files of a revision."""
        return await snapshots.files(self._store, widget_id, revision)

    async def about(self, widget_id: str) -> tuple[str, str]:
        """Read a widget's title and description."""
        return await snapshots.about(self._store, widget_id)

    async def add_run(self, run: NewRun) -> None:
        """Write the row of a run."""
        await runs.add(
            self._store,
            run.id,
            widget_id=run.widget_id,
            trigger=run.trigger,
            revision=run.revision,
            args=run.given.args,
            form_values=run.given.form_values,
            created_at=run.created_at,
            task=run.task,
        )

    async def count_unfinished(self, owner_id: str) -> int:
        """Count the unfinished runs of an account."""
        return await runs.count_unfinished_of(self._store, owner_id)

    async def count_tasks(self, owner_id: str) -> int:
        """Count the unfinished background tasks of an account."""
        return await runs.count_tasks_of(self._store, owner_id)

    async def is_finished(self, run_id: str) -> bool:
        """Whether the run's row has an outcome."""
        return await runs.is_finished(self._store, run_id)

    async def events(self, run_id: str, after: int, limit: int) -> list[RunEvent]:
        """Read events with ``seq`` above ``after``."""
        return await runs.events(self._store, run_id, after, limit)

    async def finish_runs(self, finished: Sequence[FinishedRun]) -> int:
        """Write records and events."""
        return await runs.finish(self._store, finished)

    async def keep_file(self, content: bytes) -> str:
        """Keep the bytes of a file of a run."""
        return await run_files.keep_bytes(self._store, content)

    async def started(self, run_id: str, started_at: float) -> None:
        """Mark a queued run as running."""
        await runs.started(self._store, run_id, started_at)

    async def unfinished_runs(self, before: float) -> list[Run]:
        """Read rows without an outcome."""
        return await runs.unfinished(self._store, before)
