"""``cold``: the first call of a widget that was never called, from the pool and with an empty pool."""

import json
import time
from collections.abc import Callable

from widget_bench.call import ROUTE
from widget_bench.http_client import Connection
from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, interleave, row
from widget_bench.site_client import SiteClient

_WIDGETS = 24
#: Longer than the pool needs to be full again.
_REFILL_S = 1.0


def cold(machine: Machine) -> Report:
    """Measure both."""
    report = Report("cold")
    pooled = Contender("first call, from the pool", _first_calls(machine.site, _WIDGETS + 2))
    bare = machine.bare()
    contenders = [pooled, bare]
    if (docker := machine.docker_run(every=3)) is not None:
        contenders.append(docker)
    interleave(contenders, _WIDGETS, _REFILL_S / len(contenders), warm_up=2)
    report.add(row(pooled.series, most=20.0), pooled.series)
    report.rows.append(row(pooled.series, bare.series))
    report.add(row(bare.series), bare.series)
    for contender in contenders[2:]:
        report.add(row(contender.series, bare.series), contender.series)
    report.notes.append(f"{_WIDGETS} widgets without packages, {_REFILL_S:g} s apart, each called once")
    report.notes.append(machine.docker_note())
    if machine.options.url is not None:
        report.notes.append("empty pool: not measured, it needs a site of our own (leave out --url)")
        return report
    machine.stop_site()
    with machine.own_stack({"WIDGETRY_POOL": "0"}) as stack:
        site = SiteClient(stack.url)
        empty = Contender("first call, empty pool", _first_calls(site, _WIDGETS + 2))
        again = machine.bare()
        interleave([empty, again], _WIDGETS, _REFILL_S / 2, warm_up=2)
    report.add(row(empty.series, again.series), empty.series)
    return report


def _first_calls(site: SiteClient, count: int) -> Callable[[], float]:
    """Return who measures the first call of another widget each time."""
    requests = [site.public_request(site.make_widget("api", ROUTE), "/json?name=bench") for _ in range(count)]
    connection = Connection(site.address, site.port)

    def measure() -> float:
        sent = requests.pop()
        began = time.perf_counter()
        answer = connection.request(sent)
        took_ms = (time.perf_counter() - began) * 1e3
        if answer.status != 200 or json.loads(answer.body)["hello"] != "bench":
            raise BenchError(f"a first call answered {answer.status}: {answer.body[:300]!r}")
        return took_ms

    return measure
