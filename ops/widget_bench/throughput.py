"""``throughput``: how many calls a second, at 1, 4, 8 and 16 at once."""

import asyncio
import json
import time

import uvloop

from widget_bench.call import ROUTE
from widget_bench.http_client import AsyncConnection
from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Series, row

CONCURRENCIES = (1, 4, 8, 16)
_ROUNDS = 3
_ROUND_S = 2.5


def throughput(machine: Machine) -> Report:
    """Measure our route, a minimal CGI script and one that does equal work, in turn."""
    report = Report("throughput")
    site = machine.site
    sent = site.public_request(site.make_widget("api", ROUTE), "/json?name=bench")
    rivals = {
        "route": (site.address, site.port, sent),
        "CGI minimal": ("127.0.0.1", machine.cgi.port, machine.cgi.request("minimal")),
        "CGI equal work": ("127.0.0.1", machine.cgi.port, machine.cgi.request("equal")),
    }
    client_s = wall_s = 0.0
    for at_once in CONCURRENCIES:
        series = {name: Series(f"{name}, {at_once} at once", "1/s") for name in rivals}
        for number in range(-1, _ROUNDS):
            for name, (host, port, request) in rivals.items():
                cpu_s, began = time.process_time(), time.perf_counter()
                rate = uvloop.run(_rate(host, port, request, at_once, check=name != "CGI minimal"))
                client_s, wall_s = client_s + time.process_time() - cpu_s, wall_s + time.perf_counter() - began
                if number >= 0:
                    series[name].values.append(rate)
        ours, minimal, equal = series.values()
        promised = at_once == 8
        report.add(row(ours, minimal, least=1.5 if promised else None), ours)
        report.rows.append(row(ours, equal, least=2.5 if promised else None))
        report.add(row(minimal), minimal)
        report.add(row(equal), equal)
    report.notes.append(f"each row: the median of {_ROUNDS} rounds of {_ROUND_S:g} s; every answer was 200 and checked")
    report.notes.append(f"the load generator used {100 * client_s / wall_s:.0f} % of one of the same cores")
    return report


async def _rate(host: str, port: int, request: bytes, at_once: int, *, check: bool) -> float:
    """Return the calls a second of ``at_once`` connections that call without a pause."""
    until = time.perf_counter() + _ROUND_S
    began = time.perf_counter()
    calls = await asyncio.gather(*(_calls(host, port, request, until, check=check) for _ in range(at_once)))
    return sum(calls) / (time.perf_counter() - began)


async def _calls(host: str, port: int, request: bytes, until: float, *, check: bool) -> int:
    connection = AsyncConnection(host, port)
    done = 0
    try:
        while time.perf_counter() < until:
            answer = await connection.request(request)
            if answer.status != 200 or (check and json.loads(answer.body)["hello"] != "bench"):
                raise BenchError(f"a call answered {answer.status}: {answer.body[:300]!r}")
            done += 1
    finally:
        connection.close()
    return done
