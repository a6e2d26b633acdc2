"""The runner as a whole: its parts, in the order in which they start and stop."""

import asyncio
import contextlib
import logging
import time

import redis.asyncio
import redis.exceptions

import widget_policy
from widget_model.ids import new_id
from widget_runner.admission import Admission
from widget_runner.body_stream import BodyStreams
from widget_runner.compiled_codes import CompiledCodes
from widget_runner.egress_link import SOCKET_NAME, EgressLink
from widget_runner.engines import make_engine
from widget_runner.engines.base import EngineError, EngineReport, SandboxEngine
from widget_runner.engines.local import LocalEngine
from widget_runner.execute import Executor
from widget_runner.heartbeat import Heartbeat
from widget_runner.inputs import Inputs
from widget_runner.installs.environment_store import EnvironmentStore
from widget_runner.installs.installer import Installer
from widget_runner.installs.intake import InstallIntake
from widget_runner.intake import Intake
from widget_runner.kept import KeptChildren
from widget_runner.language.intake import LanguageIntake
from widget_runner.outbox import Outbox
from widget_runner.parcels import RunnerParcels
from widget_runner.pool import Pool
from widget_runner.records import Records
from widget_runner.redis_line import AWAY, RedisLine
from widget_runner.relay import Relay
from widget_runner.settings import RunnerSettings
from widget_runner.widget_changes import WidgetChanges
from widget_wire.tasks import end_tasks

_log = logging.getLogger(__name__)

_MB = 1024 * 1024
_REDIS_RETRY_S = 0.5
_FLUSH_S = 3.0
_END_S = 5.0
#: Longer than any wait that we ask of Redis; a link that is silent for so long is broken.
_SOCKET_TIMEOUT_S = 5.0
_CONNECT_TIMEOUT_S = 2.0


class UnisolatedError(Exception):
    """This machine can't isolate what runs would do; nothing is run."""


class Runner:
    """One runner process. ``start``, then ``run`` until ``stop`` is set, then ``close``."""

    def __init__(self, settings: RunnerSettings) -> None:
        self.id = new_id()
        self._settings = settings
        self._started_at = time.time()
        url = settings.redis_url.get_secret_value()
        self._client = redis.asyncio.Redis.from_url(
            url, socket_timeout=_SOCKET_TIMEOUT_S, socket_connect_timeout=_CONNECT_TIMEOUT_S
        )
        self._runs_line, self._answers_line, self._parts_line, self._media_line, self._outbox_line = lines = [
            RedisLine(url) for _ in range(5)
        ]
        self._egress = EgressLink(settings.runtime / SOCKET_NAME)
        self._tasks: list[asyncio.Task[None]] = []
        #: Frees what was opened, in the opposite order.
        self._opened = contextlib.AsyncExitStack()
        self._opened.push_async_callback(self._client.aclose)
        for line in lines:
            self._opened.push_async_callback(line.close)

    async def start(self) -> None:
        """Probe the engine, fill the pool and begin to take runs; UnisolatedError or EngineError when it can't."""
        await self._wait_for_redis()
        self._engine = await make_engine(self._settings.engine_settings())
        self._opened.push_async_callback(self._engine.close)
        self._report = await _probe(self._engine)
        await self._egress.start()
        self._opened.push_async_callback(self._egress.close)
        self._pool = Pool(self._engine, self._settings.pool_policy(), owner=self._settings.owner, egress=self._egress)
        self._opened.push_async_callback(self._pool.close)
        await self._pool.start()
        self._outbox = Outbox(self._outbox_line)
        settings = self._settings
        folder, room_bytes = settings.spool or settings.runtime, int(settings.media_room_mb * _MB)
        self._parcels = RunnerParcels(self._outbox, self.id, folder, room_bytes)
        media_bytes = int(settings.media_max_mb * _MB)
        relay = Relay(self._outbox, self.id, self._parcels, media_bytes, settings.call_timeout_s)
        records = Records(self._outbox, self.id)
        inputs = Inputs(self._outbox, self._client)
        preloadable = widget_policy.preload_allowed()
        self._streams = BodyStreams(self._outbox, self.id, relay.budget)
        kept = KeptChildren(self._settings.kept, self._settings.kept_per_account)
        limits = self._settings.limits()
        compiled = CompiledCodes(self._pool)
        self._opened.push_async_callback(compiled.close)
        executor = Executor(self._pool, records, relay, inputs, self._streams, limits, compiled, preloadable, kept=kept)
        self._intake = Intake(self._runs_line, self._client, executor, Admission(self._settings.caps()))
        self._heartbeat = Heartbeat(self._client, self.id, self._describe)
        await self._heartbeat.beat()
        bubblewrap = self._bubblewrap()
        installs = await self._make_installs(bubblewrap)
        tools = bubblewrap if isinstance(bubblewrap, LocalEngine) else None
        language = LanguageIntake(self._client, tools, self._settings.language_caps(), self._settings.owner)
        loops = (
            self._outbox.run(),
            relay.run(self._answers_line),
            inputs.run(),
            self._streams.run(self._parts_line),
            self._parcels.run(self._media_line),
            WidgetChanges(self._client, kept.forget).run(),
            self._heartbeat.run(),
            self._intake.run(),
            installs.run(),
            language.run(),
        )
        self._tasks = [asyncio.create_task(work) for work in loops]
        _log.info("runner %s takes runs: engine %s, %d places", self.id, self._report.name, self._settings.places)

    def _bubblewrap(self) -> LocalEngine | str:
        """Return what makes the sandboxes of installs and language tools, whatever makes those of runs; or why not."""
        if isinstance(self._engine, LocalEngine):
            return self._engine
        try:
            engine = LocalEngine(self._settings.engine_settings())
        except EngineError as error:
            return str(error)
        self._opened.push_async_callback(engine.close)
        return engine

    async def _make_installs(self, engine: LocalEngine | str) -> InstallIntake:
        """Return what works on installs."""
        settings, given = self._settings, self._settings.engine_settings()
        why_not = ""
        if given.environments is None:
            why_not = "This site has no place for packages (WIDGETRY_ENVIRONMENTS)."
        elif isinstance(engine, str):
            why_not = f"This site can't install packages: {engine}."
        if why_not or given.environments is None or isinstance(engine, str):
            return InstallIntake(self._client, None, None, self._pool, at_once=1, why_not=why_not)
        image = given.rootfs.resolve().name if given.rootfs else ""
        store = EnvironmentStore(given.environments, image, settings.install_unpacked_mb << 20)
        await asyncio.to_thread(store.prepare)
        installer = Installer(engine, self._egress, store, settings.install_bounds(), settings.owner)
        return InstallIntake(self._client, installer, store, self._pool, at_once=settings.installs)

    async def run(self, stop: asyncio.Event) -> None:
        """Return when ``stop`` is set; an exception when a part of the runner failed."""
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([stopping, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done:
            if task is not stopping:
                await task
                raise RuntimeError("a part of the runner ended by itself")

    async def close(self) -> None:
        """Finish what runs, within ``drain_s``, say what is to be said, and free everything. Idempotent."""
        async with self._opened:
            if self._tasks:
                await self._drain()
                self._tasks = []

    async def _drain(self) -> None:
        await self._intake.drain(self._settings.drain_s)
        await self._streams.drain(self._settings.drain_s)
        await self._parcels.drain(self._settings.drain_s)
        if not await self._outbox.flush(_FLUSH_S):
            _log.error("redis did not take everything that was to be said")
        try:
            async with asyncio.timeout(_END_S):
                await end_tasks(*self._tasks)
        except TimeoutError:
            _log.error("a part of the runner does not end: %s", [task for task in self._tasks if not task.done()])
        self._parcels.close()
        try:
            await self._heartbeat.stop()
        except (redis.exceptions.RedisError, OSError):
            _log.warning("redis was not told that this runner stops; its heartbeat ends by itself")

    def _describe(self) -> dict[str, str | int | float]:
        pool = self._pool.counts()
        return {
            "engine": self._report.name,
            "mode": self._report.mode,
            "egress": self._report.egress if self._egress.connected else "none",
            "places": self._settings.places,
            "running": self._intake.running,
            "queued": self._intake.waiting,
            "warm": pool["warm"],
            "unassigned": pool["unassigned"],
            "started_at": self._started_at,
            "notes": "\n".join(self._report.notes),
        }

    async def _wait_for_redis(self) -> None:
        told = False
        while True:
            try:
                await self._client.ping()
                return
            except AWAY as error:
                if not told:
                    _log.warning("waiting for redis: %s", error)
                    told = True
                await asyncio.sleep(_REDIS_RETRY_S)


async def _probe(engine: SandboxEngine) -> EngineReport:
    report = await engine.probe()
    for note in report.notes:
        _log.warning("engine %s: %s", report.name, note)
    if not report.usable or not report.mode:
        raise UnisolatedError(
            f"engine {report.name} does not isolate on this machine, so nothing is run: {'; '.join(report.notes)}"
        )
    return report
