"""What a benchmark found: a table for people, JSON for programs."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from widget_bench.programs import find_program
from widget_bench.samples import Row, Series


@dataclass
class Report:
    """One benchmark's result."""

    bench: str
    rows: list[Row] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    #: What a reader must know: what was proven, what was left out and why.
    notes: list[str] = field(default_factory=list)

    def add(self, row: Row, series: Series) -> None:
        """Add a line and the samples behind it."""
        self.rows.append(row)
        self.series.append(series)

    def as_dict(self, about: dict[str, Any]) -> dict[str, Any]:
        """Return it as the contract has it, with the raw samples and what they were measured on beside it."""
        samples = [{"name": item.name, "unit": item.unit, "values": item.values} for item in self.series]
        return {
            "bench": self.bench,
            "rows": [asdict(row) for row in self.rows],
            "samples": samples,
            "notes": self.notes,
            "about": about,
        }


def table(report: Report) -> str:
    """Return the report as text."""
    head = ("", "p50", "p95", "unit", "n", "ratio", "to", "target", "")
    lines = [head]
    for row in report.rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        verdict = {None: "", True: "kept", False: "MISSED"}[row.met]
        numbers = (f"{row.p50:.2f}", f"{row.p95:.2f}", row.unit, str(row.n), ratio, row.ratio_to, row.target, verdict)
        lines.append((row.name, *numbers))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    right = {1, 2, 4, 5}
    text = [f"== {report.bench}"]
    for line in lines:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text.append("  ".join(cells).rstrip())
    return "\n".join([*text, *(f"  - {note}" for note in report.notes)])


def write_json(path: Path, reports: Sequence[Report], about: dict[str, Any]) -> None:
    """Write one report as an object, several as a list of them."""
    made = [report.as_dict(about) for report in reports]
    path.write_text(json.dumps(made[0] if len(made) == 1 else made, indent=1) + "\n")


def about_machine(checkout: Path, python: Path) -> dict[str, Any]:
    """Return what the numbers depend on."""
    return {
        "commit": _said(["git", "-C", str(checkout), "rev-parse", "HEAD"]),
        "modified": bool(_said(["git", "-C", str(checkout), "status", "--porcelain", "-uno"])),
        "cpus": os.cpu_count(),
        "cpu": _cpu(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "baseline": str(python),
        "versions": {name: version(name) for name in ("hypercorn", "quart", "redis", "uvloop", "widgetry")},
        "lighttpd": _said([find_program("lighttpd") or "lighttpd", "-v"]).partition("\n")[0],
        "redis_server": _said(["redis-server", "--version"]),
        "load_at_start": os.getloadavg(),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
