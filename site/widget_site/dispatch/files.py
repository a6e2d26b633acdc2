"""Files of runs, wherever they lie: in the store once the run's record is there, before that in Redis."""

from typing import Any

from redis.exceptions import RedisError

from widget_site.dispatch.events import last_event
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.store import run_files
from widget_site.store.store import Store
from widget_wire import keys
from widget_wire.run_files import SHOWN, WRITTEN, RunFile


def run_file_key(run_id: str, file_id: str) -> str:
    """Return where the bytes of a file wait for the site worker."""
    return f"{keys.RUN_FILE}{run_id}:{file_id}"


class RunFiles:
    """Reads what runs left; asks for no permission."""

    def __init__(self, link: RedisLink, store: Store) -> None:
        self._link = link
        self._store = store

    async def written(self, run_id: str) -> list[RunFile]:
        """Return the files that a run wrote."""
        stored = await run_files.of_run(self._store, run_id)
        if stored:
            return [one.file for one in stored if one.file.kind == WRITTEN]
        return await self._told(run_id)

    async def read(self, run_id: str, file_id: str) -> tuple[RunFile, bytes] | None:
        """Return a file with its bytes; None when there is no such file, NotFoundError when it is not kept any more."""
        if not (len(file_id) == 26 and file_id.isascii() and file_id.isalnum()):
            return None
        try:
            waiting: bytes | None = await self._link.client.get(run_file_key(run_id, file_id))
        except (*GONE, RedisError):
            waiting = None
        # It leaves Redis only when its row is there.
        stored = await run_files.read(self._store, run_id, file_id)
        if stored is not None or waiting is None:
            return stored
        told = next((file for file in await self._told(run_id) if file.id == file_id), None)
        return told or RunFile(file_id, SHOWN, "", "", len(waiting)), waiting

    async def _told(self, run_id: str) -> list[RunFile]:
        """Return what the last event of a run says that it wrote."""
        try:
            last = await last_event(self._link, run_id)
        except (*GONE, RedisError):
            return []
        files: list[dict[str, Any]] = (last.data or {}).get("files", []) if last else []
        return [RunFile(**fields) for fields in files]
