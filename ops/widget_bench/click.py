"""``run``: from the click on Run to the first line of output in the browser's live socket."""

import json
import time

from widget_bench.http_client import Connection
from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, interleave, row

_CODE = "print('first line')\n"
_GAP_S = 0.1


def run(machine: Machine) -> Report:
    """Measure a script whose sandbox is warm."""
    report = Report("run")
    site = machine.site
    slug = site.make_widget("script", _CODE)
    sent = site.api_request("POST", f"/widgets/{slug}/runs", {})
    connection = Connection(site.address, site.port)
    with site.live() as live:

        def click() -> float:
            began = time.perf_counter()
            answer = connection.request(sent)
            if answer.status != 202:
                raise BenchError(f"POST runs answered {answer.status}: {answer.body[:300]!r}")
            return (live.first_output(json.loads(answer.body)["id"]) - began) * 1e3

        ours, bare = Contender("click to first line", click), machine.bare()
        interleave([ours, bare], machine.options.rounds, _GAP_S, warm_up=5)
    connection.close()
    report.add(row(ours.series, most=30.0), ours.series)
    report.rows.append(row(ours.series, bare.series))
    report.add(row(bare.series), bare.series)
    report.notes.append(
        "POST /api/v1/widgets/SLUG/runs, then the live WebSocket of an editor tab; run durable in the database"
    )
    return report
