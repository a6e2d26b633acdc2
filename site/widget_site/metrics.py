"""``GET /metrics`` for Prometheus: for administrators who are signed in, and whoever has ``WIDGETRY_METRICS_TOKEN``.

Everything is read when it is asked for: gauges from the database and from what runners say of themselves, counters of
runs from what the site worker adds up (``dispatch/tallies.py``). No label holds what people type.
"""

import hmac
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from quart import Blueprint, Response, request
from redis.exceptions import RedisError

from widget_site.accounts.visitor import administrator
from widget_site.dispatch import state, tallies
from widget_site.dispatch.redis_link import GONE
from widget_site.dispatch.state import QueueState, RunnerState
from widget_site.dispatch.tallies import STEPS_S, RunTallies
from widget_site.parts import SiteParts, parts
from widget_site.store import figures
from widget_site.store.figures import Figures

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
async def metrics() -> Response:
    """Answer in Prometheus' text format."""
    site = parts()
    if not _has_token(site):
        await administrator()
    registry = CollectorRegistry()
    registry.register(_Snapshot(await _gather(site)))
    response = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _has_token(site: SiteParts) -> bool:
    token = site.settings.metrics_token
    sent = request.headers.get("Authorization", "")
    if token is None or not token.get_secret_value():
        return False
    return hmac.compare_digest(sent.encode(), f"Bearer {token.get_secret_value()}".encode())


class _Snapshot(Collector):
    """Metrics that were gathered before."""

    def __init__(self, gathered: list[Metric]) -> None:
        self._gathered = gathered

    def collect(self) -> Iterator[Metric]:
        """Return them."""
        yield from self._gathered


async def _gather(site: SiteParts) -> list[Metric]:
    start = time.perf_counter()
    is_up = await site.store.database.answers()
    found: list[Metric] = [
        _gauge("up_database", "Whether the database answers.", float(is_up)),
        _gauge("database_seconds", "How long the database took to answer.", time.perf_counter() - start),
    ]
    if is_up:
        found += _of_database(await figures.figures(site.store))
    link = site.dispatch.link
    try:
        queues, runners = await state.queues(link), await state.runners(link)
        found += [*_of_queues(queues), *_of_runners(runners), *_of_runs(await tallies.read(link))]
        found.append(_gauge("up_redis", "Whether Redis answers.", 1.0))
    except (*GONE, RedisError):
        found.append(_gauge("up_redis", "Whether Redis answers.", 0.0))
    return found


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"widgetry_{name}", text, value=value)


def _by(name: str, text: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(f"widgetry_{name}", text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _of_database(found: Figures) -> list[Metric]:
    messages = {"waiting": float(found.messages_waiting), "failed": float(found.messages_failed)}
    return [
        _gauge("accounts", "Accounts.", found.accounts),
        _by("widgets", "Widgets by kind.", "kind", {kind: float(count) for kind, count in found.widgets.items()}),
        _gauge("runs_unfinished", "Runs that are queued or running, as the database knows.", found.unfinished),
        _gauge("schedules_due", "Schedules that are past their time.", found.schedules_due),
        _gauge("schedules_late_seconds", "By how much the most overdue schedule is late.", found.schedules_late_s),
        _gauge("installs_queued", "Sets of packages that wait to be installed.", found.installs_queued),
        _by("messages", "Messages to people that wait to be sent, or failed.", "state", messages),
        _gauge("environments", "Environments.", found.environments),
        _gauge("environment_bytes", "Bytes of all environments.", found.environment_bytes),
        _gauge("database_bytes", "Bytes of the database.", found.database_bytes),
    ]


def _of_queues(found: QueueState) -> list[Metric]:
    lengths = {"runs": found.runs, "services": found.services, "installs": found.installs, "records": found.records}
    return [
        _by("queue_length", "What waits in Redis.", "queue", {name: float(value) for name, value in lengths.items()}),
        _gauge("redis_seconds", "How long Redis took to answer.", found.redis_s),
    ]


def _of_runners(found: list[RunnerState]) -> list[Metric]:
    pool = {"warm": sum(one.warm for one in found), "unassigned": sum(one.unassigned for one in found)}
    places = {"all": sum(one.places for one in found), "taken": sum(one.running for one in found)}
    engines: dict[str, float] = {}
    for one in found:
        engines[one.engine] = engines.get(one.engine, 0.0) + 1
    return [
        _by("runners", "Runners that beat, by engine.", "engine", engines),
        _by("places", "Places for running runs.", "state", {name: float(value) for name, value in places.items()}),
        _by("sandboxes", "Sandboxes that are kept.", "state", {name: float(value) for name, value in pool.items()}),
        _gauge("runs_waiting_in_runners", "Runs that wait for a place.", sum(one.queued for one in found)),
    ]


def _of_runs(found: RunTallies) -> list[Metric]:
    runs = CounterMetricFamily("widgetry_runs", "Finished runs.", labels=["trigger", "outcome"])
    for (trigger, outcome), count in sorted(found.outcomes.items()):
        runs.add_metric([trigger, outcome], count)
    durations = HistogramMetricFamily("widgetry_run_seconds", "How long runs took.", labels=["trigger"])
    for trigger, (counts, seconds) in sorted(found.durations.items()):
        bounds = [*(str(step) for step in STEPS_S), "+Inf"]
        durations.add_metric([trigger], list(zip(bounds, counts, strict=True)), seconds)
    return [runs, durations]
