"""``throughput``: how many calls a second, at 1, 4, 8 and 16 at once."""

import asyncio
import json
import time

import uvloop

from widget_bench.call import ROUTE
from widget_bench.http_client import AsyncConnection
from widget_bench.machine import Machine
from widget_bench.processes import children, cpu_ms, process_name, tree
from widget_bench.report import Report
from widget_bench.samples import BenchError, Series, row

CONCURRENCIES = (1, 4, 8, 16)
#: The one that a promise is about.
PROMISED = 8
_ROUNDS = 3
ROUND_S = 2.5


def throughput(machine: Machine) -> Report:
    """Measure our route, a minimal CGI script and one that does equal work, in turn."""
    report = Report("throughput")
    site = machine.site
    costs = _Costs(machine)
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
                before = costs.now(name)
                found = uvloop.run(rate(host, port, request, at_once, check=name != "CGI minimal"))
                if at_once == PROMISED:
                    costs.add(name, before, found * ROUND_S)
                client_s, wall_s = client_s + time.process_time() - cpu_s, wall_s + time.perf_counter() - began
                if number >= 0:
                    series[name].values.append(found)
        ours, minimal, equal = series.values()
        promised = at_once == PROMISED
        report.add(row(ours, minimal, least=1.5 if promised else None), ours)
        report.rows.append(row(ours, equal, least=2.5 if promised else None))
        report.add(row(minimal), minimal)
        report.add(row(equal), equal)
    report.notes.append(f"each row: the median of {_ROUNDS} rounds of {ROUND_S:g} s; every answer was 200 and checked")
    report.notes += costs.notes()
    report.notes.append(f"the load generator used {100 * client_s / wall_s:.0f} % of one of the same cores")
    return report


class _Costs:
    """The CPU time of a call, by process: it tells more than the rate where the machine does other things besides."""

    def __init__(self, machine: Machine) -> None:
        self._stack_pid = machine.stack.pid
        self._cgi_pid = machine.cgi.pid
        self._spent: dict[str, dict[str, float]] = {}
        self._calls: dict[str, float] = {}

    def now(self, name: str) -> dict[str, float]:
        """Return the ms that each process has used until now."""
        if name != "route":
            return {"lighttpd and its scripts": cpu_ms([self._cgi_pid])}
        if self._stack_pid is None:
            return {}
        return {_part(pid): cpu_ms(tree(pid)) for pid in children(self._stack_pid)}

    def add(self, name: str, before: dict[str, float], calls: float) -> None:
        """Count what was used since ``before`` for so many calls."""
        spent = self._spent.setdefault(name, {})
        for part, used_ms in self.now(name).items():
            spent[part] = spent.get(part, 0.0) + used_ms - before.get(part, used_ms)
        self._calls[name] = self._calls.get(name, 0.0) + calls

    def notes(self) -> list[str]:
        """Say it in words."""
        made = []
        for name, spent in self._spent.items():
            each = {part: used_ms / self._calls[name] for part, used_ms in spent.items()}
            listed = ", ".join(f"{part} {ms:.2f}" for part, ms in each.items() if ms >= 0.005)
            if each:
                made.append(f"CPU of a call at {PROMISED} at once, {name}: {sum(each.values()):.2f} ms ({listed})")
        return made


def _part(pid: int) -> str:
    name = process_name(pid)
    return "sandboxes" if name == "launcher" else name


async def rate(host: str, port: int, request: bytes, at_once: int, *, check: bool) -> float:
    """Return the calls a second of ``at_once`` connections that call without a pause."""
    until = time.perf_counter() + ROUND_S
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
