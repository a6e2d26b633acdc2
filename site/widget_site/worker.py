"""The site worker: ``python -m widget_site.worker``. An arq worker with the database, for all that may wait.

It drains the records of finished runs into the database (``dispatch/drain.py``), runs what is due (``scheduler.py``),
looks after runs that ended unseen and forgets what is kept for a time only. Jobs travel as JSON, never pickled.
"""

import asyncio
import contextlib
import json
import logging
import signal
import time
from typing import Any, cast

import uvloop
from arq import cron
from arq.connections import RedisSettings
from arq.typing import WorkerCoroutine
from arq.worker import Worker
from redis.asyncio.connection import parse_url
from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_site.dispatch.bells import Bells
from widget_site.dispatch.database import StoredRuns
from widget_site.dispatch.drain import RecordDrain
from widget_site.dispatch.gate import ServingGate
from widget_site.dispatch.reconcile import Reconciler
from widget_site.dispatch.redis_link import GONE, RedisLink, pause_before_retry
from widget_site.dispatch.requests import Requests
from widget_site.dispatch.snapshots import Snapshots
from widget_site.dispatch.submit import Submitter
from widget_site.installs import InstallDesk
from widget_site.mail.mailer import mailer
from widget_site.mail.smtp import MailServer
from widget_site.scheduler import Scheduler
from widget_site.services.email.postman import postman
from widget_site.settings import SiteSettings
from widget_site.store import (
    closing,
    deleted,
    deliveries,
    letters,
    links,
    outbox,
    reports,
    retention,
    run_files,
    sessions,
    tallies,
    ticks,
    trees,
)
from widget_site.store.data import sweeping
from widget_site.store.gate import NoGate
from widget_site.store.retention import Retention
from widget_site.store.store import Store
from widget_site.webhooks.sender import WebhookSender
from widget_wire import logs
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: arq's queue of this worker's jobs.
QUEUE = "arq:widgetry:site"
_HOUR_S, _DAY_S = 3600.0, 86400.0
#: How long what was sent to webhooks is shown.
_DELIVERIES_S = 14 * _DAY_S
#: A blob is put before the rows that name it are committed.
_BLOB_GRACE_S = _DAY_S
#: How long messages to people, and mail of widgets, are kept.
_MESSAGES_S = 90 * _DAY_S
#: How long administrators see what they decided of reports.
_REPORTS_S = 365 * _DAY_S
#: How long one purge of runs may take; what is left is the next hour's.
_PURGE_S = 120.0
#: What the plots of a month need.
_TALLIES_DAYS = 32.0


def serialize(job: dict[str, Any]) -> bytes:
    """Return a job as JSON; what JSON can't hold must not be in a job."""
    return json.dumps(job, default=_as_text).encode()


def deserialize(data: bytes) -> dict[str, Any]:
    """Read what ``serialize`` wrote."""
    job: dict[str, Any] = json.loads(data)
    return job


def _as_text(value: object) -> str:
    # arq keeps a failed job's exception as its result; nobody reads it back as one.
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    raise TypeError(f"a job holds JSON only, not {type(value).__name__}")


async def reconcile(context: dict[str, Any]) -> int:
    """End the rows of runs whose runner is gone."""
    reconciler: Reconciler = context["reconciler"]
    return await reconciler.run()


async def forget_old(context: dict[str, Any]) -> dict[str, int]:
    """Forget old runs, ended sign-ins and what dead runners left in Redis."""
    store, settings = context["store"], context["settings"]
    kept = Retention(*settings.retention)
    tallied_s = max(settings.run_retention_days, _TALLIES_DAYS) * _DAY_S
    gone = {
        "runs": await retention.purge(store, kept, time.time(), _PURGE_S),
        "tallies": await tallies.forget_old(store, time.time() - tallied_s),
        "ticks": await ticks.forget_old(store, time.time() - settings.run_retention_days * _DAY_S),
        "deliveries": await deliveries.forget_old(store, time.time() - _DELIVERIES_S),
        "run_files": await run_files.forget_old(store, time.time() - settings.run_files_days * _DAY_S),
        "sessions": await sessions.forget_old(store, settings.session_idle_days * _DAY_S),
        "links": await links.forget_old(store),
        "accounts": await closing.remove_closed(store),
        "widgets": await deleted.purge_old(store, time.time() - settings.deleted_days * _DAY_S),
        "messages": await outbox.forget_old(store, time.time() - _MESSAGES_S),
        "reports": await reports.forget_decided(store, time.time() - _REPORTS_S),
        "letters": await letters.forget_old(store, time.time() - _MESSAGES_S),
        "environments": await context["installs"].forget_unused(),
        "taken": await context["reconciler"].forget_dead_runners(),
        "trees": await trees.forget_unused(store),
    }
    log.info("forgot %s", gone)
    return gone


async def collect_run_files(context: dict[str, Any]) -> int:
    """Remove the bytes of run files that no run names any more."""
    gone = await run_files.collect_blobs(context["store"], time.time() - _HOUR_S)
    log.info("removed %d files of runs that nobody names", gone)
    return gone


async def sweep_tables(context: dict[str, Any]) -> int:
    """Remove Data Tables of widgets that are gone, and media in none of their cells."""
    gone = await sweeping.sweep(context["store"], time.time() - _BLOB_GRACE_S)
    log.info("removed %d tables and media that are nobody's", gone)
    return gone


async def collect_blobs(context: dict[str, Any]) -> int:
    """Remove a sixteenth of the blobs that belong to no revision any more: all within sixteen hours."""
    now = time.time()
    start = "0123456789abcdef"[int(now // _HOUR_S) % 16]
    gone = await trees.collect_blobs(context["store"], start, now - _BLOB_GRACE_S)
    log.info("removed %d blobs that nobody names", gone)
    return gone


def redis_settings(url: str) -> RedisSettings:
    """Return arq's settings for an address as redis-py reads it, Unix sockets with users included."""
    parsed = parse_url(url)
    return RedisSettings(
        host=parsed.get("host", "localhost"),
        port=parsed.get("port", 6379),
        unix_socket_path=parsed.get("path"),
        database=parsed.get("db", 0),
        username=parsed.get("username"),
        password=parsed.get("password"),
        ssl=url.startswith("rediss:"),
        # Trying again is ours: ``SiteWorker.run``.
        conn_retries=0,
    )


def make_arq_worker(context: dict[str, Any], redis_url: str, **more: Any) -> Worker:
    """Build arq's worker; ``more`` goes to arq (tests)."""
    options: dict[str, Any] = {
        "functions": [reconcile, forget_old, collect_blobs, collect_run_files, sweep_tables],
        "cron_jobs": [
            cron(cast(WorkerCoroutine, reconcile), second=set(range(0, 60, 5)), keep_result=0, timeout=30),
            cron(cast(WorkerCoroutine, forget_old), minute={7}, keep_result=0, timeout=300),
            cron(cast(WorkerCoroutine, collect_run_files), minute={13, 43}, keep_result=0, timeout=600),
            cron(cast(WorkerCoroutine, sweep_tables), hour={4}, minute={33}, keep_result=0, timeout=3000),
            cron(cast(WorkerCoroutine, collect_blobs), minute={23}, keep_result=0, timeout=600),
        ],
        "queue_name": QUEUE,
        "redis_settings": redis_settings(redis_url),
        "ctx": context,
        "job_serializer": serialize,
        "job_deserializer": deserialize,
        "health_check_interval": 60,
        # Nobody queues a job but the clock.
        "poll_delay": 1.0,
        "handle_signals": False,
    }
    return Worker(**{**options, **more})


class SiteWorker:
    """Drains records and works on jobs, through every absence of Redis and of the database."""

    def __init__(self, settings: SiteSettings) -> None:
        self._redis_url = settings.redis_address
        self._store = Store.open(settings, NoGate())
        self._link = RedisLink(settings.redis_address)
        stored = StoredRuns(self._store)
        self._drain = RecordDrain(self._link, stored)
        # New packages change what a widget's runs see, so this process, too, goes through the gate.
        self._gate = ServingGate(self._link, Snapshots(stored, self._link))
        self._store.gate = self._gate
        self._bells = Bells(self._link)
        self._store.database.committed = self._bells.tell
        self._installs = InstallDesk(self._link, self._store, self._bells.bell("package_set"))
        reconciler = Reconciler(self._link, stored)
        submitter = Submitter(self._link, Snapshots(stored, self._link))
        self._scheduler = Scheduler(
            self._store,
            self._link,
            submitter,
            _requests(settings),
            site_url=settings.site_url,
            bell=self._bells.bell("schedule", "run"),
        )
        self._mailer = mailer(self._store, MailServer.of(settings), self._bells.bell("message"))
        self._postman = postman(settings, self._store, self._bells.bell("letter"))
        self._webhooks = WebhookSender(settings, self._store, self._bells.bell("delivery"))
        self._context = {
            "settings": settings,
            "store": self._store,
            "reconciler": reconciler,
            "installs": self._installs,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; the batch under way is finished first."""
        draining = asyncio.create_task(self._drain.run(), name="records")
        jobs = asyncio.create_task(self._work(), name="jobs")
        scheduling = asyncio.create_task(self._scheduler.run(), name="schedules")
        installs = asyncio.create_task(self._installs.run(), name="installs")
        mail = asyncio.create_task(self._mailer.run(), name="mail")
        post = asyncio.create_task(self._postman.run(), name="letters")
        webhooks = asyncio.create_task(self._webhooks.run(), name="webhooks")
        bells = asyncio.create_task(self._bells.listen(), name="bells")
        stopping = asyncio.create_task(stop.wait())
        try:
            ours = {draining, jobs, scheduling, installs, mail, post, webhooks, bells}
            await asyncio.wait({*ours, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._scheduler.stop()
            await self._drain.stop()
            fault = next((task.exception() for task in (installs, mail, post, webhooks, bells) if task.done()), None)
            await end_tasks(jobs, installs, mail, post, webhooks, bells)
            # A task that ended by itself ended by a fault: let it be seen, and let who watches us start us anew.
            await asyncio.gather(draining, scheduling)
            if fault is not None:
                raise fault
        finally:
            stopping.cancel()
            await self._bells.close()
            await self._gate.close()
            await self._link.close()
            await self._store.close()

    async def _work(self) -> None:
        attempt = 0
        while True:
            worker = make_arq_worker(self._context, self._redis_url)
            try:
                await worker.async_run()
            except (*GONE, RedisError) as error:
                attempt += 1
                log.warning("jobs wait: redis does not answer: %s", error)
            finally:
                await _close(worker)
            await pause_before_retry(min(attempt, 5))


def _requests(settings: SiteSettings) -> Requests:
    return Requests(
        site=f"worker-{new_id()}",
        origin_of=settings.widget_origin,
        script_timeout_s=settings.script_timeout_s,
        task_timeout_s=settings.task_timeout_s,
    )


async def _close(worker: Worker) -> None:
    await end_tasks(*worker.tasks.values())
    with contextlib.suppress(*GONE, RedisError, AttributeError):
        await worker.pool.aclose(close_connection_pool=True)


async def _work_until_signal(settings: SiteSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await SiteWorker(settings).run(stop)


def main() -> None:
    """Work until SIGTERM."""
    settings = SiteSettings()
    logs.set_up("worker", settings.log_format)
    logging.getLogger("arq.worker").setLevel(logging.WARNING)
    uvloop.run(_work_until_signal(settings))


if __name__ == "__main__":
    main()
