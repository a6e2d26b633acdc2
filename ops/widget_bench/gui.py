"""``gui``: pages of GUI widgets in Chromium: painted, live, calling their server, making components, scrolling.

What each is compared with runs in the same browser: the same repacked Pyodide without anything of ours, and plain
JavaScript that makes the same elements.
"""

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, Series, interleave, row

_TIMEOUT_MS = 60_000
_LOADS, _GAP_S = 15, 0.2
_LABELS, _ROWS, _ROUNDS = 1000, 1000, 15
_FORM = """
from ._anvil_designer import Form1Template
from anvil import *
from anvil.js import window
import anvil.server


class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)

    def run_click(self, **event_args):
        window.found = getattr(self, window.wanted)()

    def calls(self):
        now = window.performance.now
        found = []
        for number in range(int(window.rounds)):
            began = now()
            assert anvil.server.call("add", number, 1) == number + 1
            found.append(now() - began)
        return found

    def labels(self):
        now = window.performance.now
        self.panel.clear()
        began = now()
        for number in range(LABELS):
            self.panel.add_component(Label(text="Label %d" % number))
        return now() - began

    def rows(self):
        self.panel.clear()
        grid = DataGrid(rows_per_page=0, columns=[{"id": "A", "title": "A", "data_key": "a"}])
        rows = RepeatingPanel(item_template=Row)
        grid.add_component(rows)
        self.panel.add_component(grid)
        rows.items = [{"a": "Row %d" % number} for number in range(ROWS)]
        return len(rows.get_components())


class Row(DataRowPanel):
    pass
"""
_TEMPLATE = """
container: {type: ColumnPanel}
components:
- {name: run_button, type: Button, properties: {text: Run}, event_bindings: {click: run_click}}
- {name: panel, type: LinearPanel}
"""
_SERVER = """
import anvil.server


@anvil.server.callable
def add(a, b):
    return a + b
"""
_FILES = {
    "anvil.yaml": "name: Bench\npackage_name: bench\nstartup: {type: form, module: Form1}\n",
    "client_code/Form1/__init__.py": _FORM.replace("LABELS", str(_LABELS)).replace("ROWS", str(_ROWS)),
    "client_code/Form1/form_template.yaml": _TEMPLATE,
    "server_code/ServerModule1.py": _SERVER,
}
_BARE = """<!doctype html><title>bare</title><script type="module">
const { loadPyodide } = await import("SCRIPT");
const folder = "SCRIPT".slice(0, "SCRIPT".lastIndexOf("/") + 1);
const python = await loadPyodide({
  indexURL: folder, stdLibURL: folder + "stdlib.zip", lockFileURL: folder + "lock.json" });
python.runPython("1 + 1");
performance.mark("live");
document.documentElement.dataset.python = "live";
</script>"""
#: The elements of a Label in a LinearPanel, made by hand.
_PLAIN_LABELS = """(count) => {
  const panel = document.querySelector(".linear-panel");
  panel.replaceChildren();
  const began = performance.now();
  for (let number = 0; number < count; number += 1) {
    const label = document.createElement("div");
    label.className = "anvil-label anvil-component anvil-spacing-above-small anvil-spacing-below-small";
    const text = document.createElement("span");
    text.className = "label-text";
    text.textContent = `Label ${number}`;
    label.append(text);
    panel.append(label);
  }
  return performance.now() - began;
}"""
_SCROLL = """async () => {
  const frames = [];
  let last = performance.now();
  const bottom = document.documentElement.scrollHeight - innerHeight;
  for (let step = 0; step <= 90; step += 1) {
    scrollTo(0, (bottom * step) / 90);
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  return frames.slice(1);
}"""


def gui(machine: Machine) -> Report:
    """Measure both engines."""
    report = Report("gui")
    site = machine.site
    slugs = {engine: site.make_widget_of("gui", _FILES) for engine in ("full", "light")}
    site.api("PATCH", f"/widgets/{slugs['light']}", {"client_engine": "light"}, 200)
    addresses = {engine: str(site.api("GET", f"/widgets/{slug}", None, 200)["url"]) for engine, slug in slugs.items()}
    with _chromium() as browser, _page_server() as (port, shown):
        page = browser.new_page()
        page.set_default_timeout(_TIMEOUT_MS)
        page.goto(addresses["full"])
        boot = json.loads(page.locator("#boot").text_content() or "{}")
        shown["page"] = _BARE.replace("SCRIPT", boot["assets"]["engines/pyodide/pyodide.mjs"])
        _loads(report, page, addresses, f"http://localhost:{port}/")
        for engine in slugs:
            page.goto(addresses[engine])
            _live(page)
            _calls(report, machine, page, engine)
            _labels(report, page, engine)
            _scrolling(report, page, engine)
    report.notes.append("pages: warm cache, one tab of headless Chromium, from navigation to the mark")
    report.notes.append("calls: one after another over the page's WebSocket, a fresh interpreter for each")
    return report


def _loads(report: Report, page: Any, addresses: dict[str, str], bare: str) -> None:
    painted = {engine: Series(f"{engine}: form painted", "ms") for engine in addresses}

    def load(engine: str) -> Callable[[], float]:
        def measure() -> float:
            page.goto(addresses[engine])
            _live(page)
            painted[engine].values.append(_mark(page, "painted"))
            return _mark(page, "live")

        return measure

    def load_bare() -> float:
        page.goto(bare)
        _live(page)
        return _mark(page, "live")

    full, light = (Contender(f"{engine}: live", load(engine)) for engine in ("full", "light"))
    alone = Contender("bare repacked Pyodide", load_bare)
    interleave([full, light, alone], _LOADS, _GAP_S, warm_up=2)
    for series in painted.values():
        report.add(row(series, most=150.0), series)
    report.add(row(full.series, alone.series, most=1.25), full.series)
    report.add(row(light.series, most=300.0), light.series)
    report.add(row(alone.series), alone.series)


def _calls(report: Report, machine: Machine, page: Any, engine: str) -> None:
    rounds = machine.options.rounds
    _do(page, "calls", 20)
    bare = machine.bare()
    called = Series(f"{engine}: anvil.server.call", "ms")
    for _ in range(4):
        called.values += _do(page, "calls", max(rounds // 4, 1))
        bare.series.values += [bare.measure() for _ in range(max(rounds // 4, 1))]
    report.add(row(called, bare.series, most=0.8), called)
    report.add(row(bare.series), bare.series)


def _labels(report: Report, page: Any, engine: str) -> None:
    ours, plain = Series(f"{engine}: {_LABELS} Labels", "ms"), Series(f"{engine}: plain JavaScript", "ms")
    _do(page, "labels")
    for _ in range(_ROUNDS):
        ours.values.append(_do(page, "labels"))
        plain.values.append(page.evaluate(_PLAIN_LABELS, _LABELS))
    report.add(row(ours, plain, most=2.0), ours)
    report.add(row(plain), plain)


def _scrolling(report: Report, page: Any, engine: str) -> None:
    if _do(page, "rows") != _ROWS:
        raise BenchError(f"the DataGrid of {engine} does not show {_ROWS} rows")
    frames = Series(f"{engine}: a frame of scrolling {_ROWS} rows", "ms", list(page.evaluate(_SCROLL)))
    report.add(row(frames, most=34.0), frames)


def _do(page: Any, what: str, rounds: int = 0) -> Any:
    """Let the form do something; return what it says."""
    page.evaluate(
        "([what, rounds]) => { Object.assign(window, {wanted: what, rounds, found: undefined}); }", [what, rounds]
    )
    page.get_by_role("button", name="Run").click()
    page.wait_for_function("() => window.found !== undefined", timeout=_TIMEOUT_MS)
    return page.evaluate("() => window.found")


def _live(page: Any) -> None:
    page.wait_for_selector("html[data-python=live]", timeout=_TIMEOUT_MS)


def _mark(page: Any, name: str) -> float:
    """Return when a mark was set, in milliseconds from navigation."""
    return float(page.evaluate("(name) => performance.getEntriesByName(name)[0].startTime", name))


@contextlib.contextmanager
def _chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BenchError("the benchmark of GUIs needs Playwright: uv sync --all-groups") from error
    with sync_playwright() as playwright:
        # Debian's where there is one; as root its own sandbox does not start.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        except Error as error:
            raise BenchError(f"Chromium does not start: {error}") from error
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def _page_server() -> Iterator[tuple[int, dict[str, str]]]:
    """Serve one page on a port of its own: ``shown["page"]``."""
    shown = {"page": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = shown["page"].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], shown
    finally:
        server.shutdown()
        server.server_close()
