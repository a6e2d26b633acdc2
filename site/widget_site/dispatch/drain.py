"""Drains the records of finished runs from their stream into the database: nothing lost, nothing twice.

An entry is acknowledged and deleted after its batch is committed. A worker that dies in between leaves its entries
pending; another one claims them after CLAIM_AFTER_S and writes them again, which changes nothing (``runs.finish``).
"""

import asyncio
import dataclasses
import logging
import time
from collections import Counter
from collections.abc import Sequence

from redis.exceptions import RedisError, ResponseError

from widget_model.ids import new_id
from widget_model.outcomes import REQUESTS
from widget_site.dispatch import tallies
from widget_site.dispatch.events import stream_events, tell_run
from widget_site.dispatch.files import run_file_key
from widget_site.dispatch.ports import RunStore
from widget_site.dispatch.redis_link import BLOCK_S, GONE, RedisLink, pause_before_retry
from widget_site.errors import UnavailableError
from widget_site.store.run_files import LOST, StoredFile
from widget_site.store.runs import FinishedRun
from widget_wire import keys
from widget_wire.envelope import EnvelopeError
from widget_wire.run_files import RunFile
from widget_wire.runs import RunEvent, RunRecord

log = logging.getLogger(__name__)

BATCH = 200
#: Time for a batch to gather (longer after one of BUSY records): a write per call would cost as much as the call.
GATHER_S = 0.1
BUSY = 6
BUSY_GATHER_S = 0.3
CLAIM_AFTER_S = 5.0
#: How long a live stream outlives its run's record in the database.
MOVED_TTL_S = 300
#: Hints of one widget in one batch; a busy API does not make its owner's browser busy.
_HINTS = 10

Entry = tuple[bytes, dict[bytes, bytes]]


class RecordDrain:
    """One consumer of the records' group."""

    def __init__(self, link: RedisLink, store: RunStore, *, claim_after_s: float = CLAIM_AFTER_S) -> None:
        self._link = link
        self._store = store
        self._name = new_id()
        self._claim_after_s = claim_after_s
        self._claimed_at = 0.0
        self._stopping = False

    async def run(self) -> None:
        """Drain until ``stop``; what Redis or the database lacks meanwhile is waited for."""
        attempt = 0
        while not self._stopping:
            try:
                drained = await self.drain_once()
                attempt = 0
                if 0 < drained < BATCH:
                    await asyncio.sleep(BUSY_GATHER_S if drained >= BUSY else GATHER_S)
            except (*GONE, RedisError, UnavailableError) as error:
                if await self._made_group(error):
                    continue
                attempt += 1
                log.warning("records are not drained for now: %s", error)
                await pause_before_retry(attempt)
        await self._leave()

    async def stop(self) -> None:
        """Ask for an end after the batch under way."""
        self._stopping = True

    async def drain_once(self) -> int:
        """Take and keep one batch, waiting up to BLOCK_S for it; return how many entries it had."""
        entries = await self._take()
        if entries:
            await self._keep(entries)
        return len(entries)

    async def _take(self) -> list[Entry]:
        now = time.monotonic()
        if now - self._claimed_at > self._claim_after_s:
            idle_ms = int(self._claim_after_s * 1000)
            claimed = await self._link.client.xautoclaim(
                keys.RECORDS, keys.RECORDS_GROUP, self._name, min_idle_time=idle_ms, count=BATCH
            )
            entries: list[Entry] = [entry for entry in claimed[1] if entry[1]]
            if entries:
                return entries
            self._claimed_at = now
        found = await self._link.client.xreadgroup(
            keys.RECORDS_GROUP, self._name, {keys.RECORDS: ">"}, count=BATCH, block=int(BLOCK_S * 1000)
        )
        return list(found[0][1]) if found else []

    async def _keep(self, entries: Sequence[Entry]) -> None:
        finished = [one for one in [await self._read(entry) for entry in entries] if one is not None]
        try:
            await self._store.finish_runs(finished)
        except UnavailableError:
            raise
        except Exception:
            log.exception("a batch of records could not be kept; trying them one by one")
            for one in finished:
                await self._keep_alone(one)
        await self._acknowledge(entries, finished)

    async def _keep_alone(self, one: FinishedRun) -> None:
        try:
            await self._store.finish_runs([one])
        except UnavailableError:
            raise
        except Exception:
            # One record that no database takes must not hold up all that follow it.
            log.exception("run %s: its record could not be kept", one.record.id)

    async def _read(self, entry: Entry) -> FinishedRun | None:
        try:
            record = RunRecord.from_envelope(entry[1][keys.RECORDS_FIELD.encode()])
            events = tuple(RunEvent(**{"data": None, **event}) for event in record.events)
        except (EnvelopeError, KeyError, TypeError):
            log.exception("the record %s could not be read", entry[0])
            return None
        if record.trigger not in REQUESTS and not events:
            events = tuple(await stream_events(self._link, record.id) or ())
        return FinishedRun(record, events, files=await self._files(record))

    async def _files(self, record: RunRecord) -> tuple[StoredFile, ...]:
        """Fetch and keep what the run left, one after the other: all of a batch at once would be too much memory."""
        return tuple([await self._kept(record.id, RunFile(**fields)) for fields in record.files])

    async def _kept(self, run_id: str, file: RunFile) -> StoredFile:
        if file.id is None:
            return StoredFile(file, None)
        content = await self._link.client.get(run_file_key(run_id, file.id))
        if content is None:
            log.warning("run %s: the bytes of %r had gone before they were stored", run_id, file.name)
            return StoredFile(dataclasses.replace(file, note=LOST), None)
        try:
            return StoredFile(file, await self._store.keep_file(content))
        except OSError:
            log.exception("run %s: %r could not be stored", run_id, file.name)
            return StoredFile(dataclasses.replace(file, note=LOST), None)

    async def _acknowledge(self, entries: Sequence[Entry], finished: Sequence[FinishedRun]) -> None:
        ids = [entry_id for entry_id, _ in entries]
        told: Counter[str] = Counter()
        records = [one.record for one in finished]
        async with self._link.client.pipeline(transaction=False) as pipe:
            pipe.xack(keys.RECORDS, keys.RECORDS_GROUP, *ids)
            pipe.xdel(keys.RECORDS, *ids)
            tallies.add(pipe, records)
            for one in finished:
                record = one.record
                if record.trigger not in REQUESTS:
                    pipe.expire(keys.EVENTS + record.id, MOVED_TTL_S)
                if record.files:
                    pipe.unlink(*(run_file_key(record.id, str(fields["id"])) for fields in record.files))
                told[record.widget_id] += 1
                if told[record.widget_id] <= _HINTS:
                    await tell_run(pipe, record.widget_id, record.id)
            await pipe.execute()

    async def _made_group(self, error: Exception) -> bool:
        """Make the group when Redis does not know it: a new Redis, or one that was emptied."""
        if not isinstance(error, ResponseError) or "NOGROUP" not in str(error):
            return False
        try:
            await self._link.client.xgroup_create(keys.RECORDS, keys.RECORDS_GROUP, id="0", mkstream=True)
        except (*GONE, RedisError) as again:
            log.info("the group of records was not made: %s", again)
            return False
        return True

    async def _leave(self) -> None:
        try:
            pending = await self._link.client.xpending_range(
                keys.RECORDS, keys.RECORDS_GROUP, min="-", max="+", count=1, consumername=self._name
            )
            if not pending:
                await self._link.client.xgroup_delconsumer(keys.RECORDS, keys.RECORDS_GROUP, self._name)
        except (*GONE, RedisError) as error:
            log.info("the consumer of records was not removed: %s", error)
