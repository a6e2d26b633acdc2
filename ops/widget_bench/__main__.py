"""``ops/bench [NAME ...]``: measure, print a table, write JSON."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from widget_all_in_one.image import build_image
from widget_all_in_one.reach import make_readable
from widget_all_in_one.steps import SetupError
from widget_bench.call import call
from widget_bench.click import run
from widget_bench.cold import cold
from widget_bench.design import design
from widget_bench.gui import gui
from widget_bench.install import install
from widget_bench.machine import Machine, Options
from widget_bench.memory import memory
from widget_bench.report import Report, about_machine, table, write_json
from widget_bench.samples import BenchError
from widget_bench.scale import scale
from widget_bench.schedules import schedules
from widget_bench.tables import tables
from widget_bench.throughput import throughput
from widget_bench.warm import warm

CHECKOUT = Path(__file__).resolve().parents[2]
BENCHES: dict[str, Callable[[Machine], Report]] = {
    "call": call,
    "throughput": throughput,
    "warm": warm,
    "cold": cold,
    "run": run,
    "memory": memory,
    "install": install,
    "schedules": schedules,
    "scale": scale,
    "tables": tables,
    "gui": gui,
    "design": design,
}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what a person asked for."""
    parser = argparse.ArgumentParser(prog="ops/bench", description="Measure this checkout on this machine.")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], metavar="NAME", help=f"{', '.join(BENCHES)} (all)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write everything, raw samples included, here")
    parser.add_argument("--url", help="measure a site that runs already (its owner must allow sign-up)")
    parser.add_argument(
        "--engine", choices=("auto", "docker", "local"), default="local", help="sandboxes (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=200, help="samples of each (%(default)s)")
    parser.add_argument("--due", type=int, default=10_000, help="tasks of schedules; fewer to try (%(default)s)")
    parser.add_argument("--data", type=Path, default=CHECKOUT / ".work" / "bench", help="where the site keeps its data")
    return parser.parse_args(arguments)


def main() -> int:
    """Measure; 0 when everything was measured, 1 when a promise was missed, 2 when something went wrong."""
    asked = parse(sys.argv[1:])
    data = asked.data.absolute()
    # Where ``ops/up`` has it: it takes no folder that holds what is not its own.
    log = data / "logs" / "image.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    reports: list[Report] = []
    try:
        rootfs = build_image(CHECKOUT, data / "image", None, log).rootfs.resolve()
        if os.geteuid() == 0:
            make_readable(CHECKOUT, data, rootfs)
        options = Options(data, rootfs, asked.url, asked.engine, asked.rounds, asked.due)
        with Machine(options) as machine:
            about = about_machine(CHECKOUT, machine.baseline.python)
            for name in asked.names or BENCHES:
                reports.append(BENCHES[name](machine))
                print(table(reports[-1]), end="\n\n", flush=True)
    except (BenchError, SetupError) as error:
        print(f"ops/bench can't go on: {error}", file=sys.stderr)
        return 2
    about["load_at_end"] = os.getloadavg()
    print(f"{about['cpus']} cores, {about['cpu']}, kernel {about['kernel']}; commit {about['commit'][:12]}")
    print(f"load average {about['load_at_start'][0]:.2f} at the start, {about['load_at_end'][0]:.2f} at the end")
    if asked.json:
        write_json(asked.json, reports, about)
    missed = [item.name for report in reports for item in report.rows if item.met is False]
    if missed:
        print("Missed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
