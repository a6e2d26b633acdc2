"""``install``: packages of a widget, against bare ``uv pip install`` from the same index, cold and warm."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, interleave, row
from widget_bench.site_client import SiteClient

#: A set of five packages whose first line differs, so that each is new to the site.
_VERSIONS = ("2.28.0", "2.28.1", "2.28.2", "2.29.0", "2.30.0", "2.31.0", "2.32.2", "2.32.3")
_WARM_UP = 1
_WAIT_S = 300.0
_POLL_S = 0.02
_UV = Path(sys.prefix, "bin", "uv")
_CODE = "import requests\nprint(requests.__version__)\n"


def install(machine: Machine) -> Report:
    """Measure from asking until the next run has the packages."""
    report = Report("install")
    site = machine.site
    rounds = min(machine.options.rounds, len(_VERSIONS) - _WARM_UP)
    with tempfile.TemporaryDirectory(prefix="widgetry-bench-uv-") as folder:
        bare = _Uv(Path(folder))
        ours_cold = Contender(
            "packages of a widget, new to the site", _asking(site, list(_VERSIONS), must_download=True)
        )
        uv_cold = Contender("uv pip install --no-cache", _each(_VERSIONS, lambda version: bare(version, cached=False)))
        ours_warm = Contender(
            "the same list for another widget", _asking(site, [_VERSIONS[0]] * len(_VERSIONS), must_download=False)
        )
        uv_warm = Contender("uv pip install, all in its cache", lambda: bare(_VERSIONS[0], cached=True))
        interleave([ours_cold, uv_cold, ours_warm, uv_warm], rounds, 0.2, warm_up=_WARM_UP)
    for ours, other in ((ours_cold, uv_cold), (ours_warm, uv_warm)):
        report.add(row(ours.series, other.series), ours.series)
        report.add(row(other.series), other.series)
    report.notes.append("requests and what it needs, compiled; from PUT requirements to 'ready', asked every 20 ms")
    report.notes.append(
        "ours: resolved and installed in a throw-away sandbox behind the proxy; uv: on the bare machine"
    )
    return report


def _asking(site: SiteClient, versions: list[str], *, must_download: bool) -> Callable[[], float]:
    """Return who lets another widget ask for the next of these versions each time; ms until they are installed."""
    left = iter(versions)

    def measure() -> float:
        slug = site.make_widget("script", _CODE)
        wish = {"requirements": [f"requests=={next(left)}"]}
        began = time.perf_counter()
        site.api("PUT", f"/widgets/{slug}/requirements", wish, 202)
        while (found := site.api("GET", f"/widgets/{slug}/environment", None, 200))["status"] == "installing":
            if time.perf_counter() - began > _WAIT_S:
                raise BenchError(f"an install took longer than {_WAIT_S:g} s")
            time.sleep(_POLL_S)
        if found["status"] != "ready":
            raise BenchError(f"an install failed: {found['message']}")
        took_ms = (time.perf_counter() - began) * 1e3
        if must_download and not found["downloaded_bytes"]:
            raise BenchError(f"{wish} was installed here before")
        return took_ms

    return measure


def _each(versions: tuple[str, ...], measure: Callable[[str], float]) -> Callable[[], float]:
    left = iter(versions)
    return lambda: measure(next(left))


class _Uv:
    """``uv pip install`` for CPython 3.10, each time into an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __call__(self, version: str, *, cached: bool) -> float:
        self._count += 1
        target, cache = self._folder / f"target{self._count}", self._folder / "cache"
        options = ["--cache-dir", str(cache)] if cached else ["--no-cache"]
        command = [str(_UV), "pip", "install", *options, "--quiet", "--compile-bytecode", "--only-binary", ":all:"]
        command += ["--python-version", "3.10", "--target", str(target), f"requests=={version}"]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WAIT_S)
        took_ms = (time.perf_counter() - began) * 1e3
        if done.returncode:
            raise BenchError(f"uv pip install failed: {done.stderr[-500:]}")
        return took_ms
