"""``warm``: a JSON route of a widget whose server is kept running, next to gunicorn with Flask."""

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import uvloop

from widget_bench.flask_server import flask_server
from widget_bench.http_client import Connection
from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, Series, interleave, row
from widget_bench.throughput import PROMISED, ROUND_S, rate

ROUTE = """
from anvil.server import route

count = 0


@route("/json")
def answer(name="world"):
    global count
    count += 1
    return {"hello": name, "count": count}
"""
_GAP_S = 0.01
_ROUNDS = 3


def warm(machine: Machine) -> Report:
    """Measure the three in turn: one call after another, then several at once."""
    report = Report("warm")
    site = machine.site
    kept, fresh = site.make_widget("api", ROUTE), site.make_widget("api", ROUTE)
    site.api("PATCH", f"/widgets/{kept}", {"keep_server_running": True}, 200)
    # Not in the folder of the site: ``ops/up`` takes none that holds what is not its own.
    with (
        tempfile.TemporaryDirectory(prefix="widgetry-bench-") as folder,
        flask_server(Path(folder), machine.baseline) as flask,
    ):
        rivals = [
            _Rival("kept", site.address, site.port, site.public_request(kept, "/json?name=bench"), lasts=True),
            _Rival("fresh process", site.address, site.port, site.public_request(fresh, "/json?name=bench")),
            _Rival("gunicorn+Flask", "127.0.0.1", flask.port, flask.request(), lasts=True),
        ]
        _latency(report, rivals, machine.options.rounds)
        _throughput(report, rivals)
        report.notes.append(f"gunicorn: one sync worker, {flask.about}; every answer was 200 and checked")
    return report


@dataclass
class _Rival:
    """One of the three."""

    name: str
    host: str
    port: int
    sent: bytes
    #: Whether its global counts on.
    lasts: bool = False

    def measurer(self) -> Contender:
        connection, last = Connection(self.host, self.port), [0]

        def measure() -> float:
            began = time.perf_counter()
            answer = connection.request(self.sent)
            took_ms = (time.perf_counter() - began) * 1e3
            told = json.loads(answer.body) if answer.status == 200 else {}
            if told.get("hello") != "bench" or (self.lasts and told["count"] <= last[0]):
                raise BenchError(f"{self.name} answered {answer.status}: {answer.body[:200]!r}")
            last[0] = told["count"]
            return took_ms

        return Contender(self.name, measure)


def _latency(report: Report, rivals: list[_Rival], rounds: int) -> None:
    measured = [rival.measurer() for rival in rivals]
    interleave(measured, rounds, _GAP_S)
    kept, fresh, flask = (one.series for one in measured)
    report.add(row(kept, flask), kept)
    report.rows.append(row(kept, fresh))
    report.add(row(fresh), fresh)
    report.add(row(flask), flask)


def _throughput(report: Report, rivals: list[_Rival]) -> None:
    rates = {rival.name: Series(f"{rival.name}, {PROMISED} at once", "1/s") for rival in rivals}
    for number in range(-1, _ROUNDS):
        for rival in rivals:
            found = uvloop.run(rate(rival.host, rival.port, rival.sent, PROMISED, check=True))
            if number >= 0:
                rates[rival.name].values.append(found)
    kept, fresh, flask = rates.values()
    report.add(row(kept, flask), kept)
    report.rows.append(row(kept, fresh))
    report.add(row(fresh), fresh)
    report.add(row(flask), flask)
    report.notes.append(f"throughput: the median of {_ROUNDS} rounds of {ROUND_S:g} s")
