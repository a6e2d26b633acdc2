"""``gui``: pages of GUI widgets in Chromium: painted, live, calling their server, making components, scrolling.

What each is compared with runs in the same browser: the same repacked Pyodide without anything of ours, plain
JavaScript that makes the same elements, and the same small form made with NiceGUI, Streamlit and Gradio.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from widget_bench.browser import TIMEOUT_MS, Tab, chromium
from widget_bench.forms import forms
from widget_bench.machine import Machine
from widget_bench.page_server import page_server
from widget_bench.report import Report
from widget_bench.rivals import PACKAGES, rivals
from widget_bench.samples import BenchError, Contender, Series, interleave, row

_LOADS, _GAP_S = 15, 0.2
#: A browser keeps what it compiled when it meets a script for the second time.
_WARM_UP = 4
_LABELS, _ROWS, _ROUNDS = 1000, 1000, 15
_BLOCK = 25
#: What a page does after it is live, as keeping itself for being opened offline, is over by then.
_SETTLE_MS = 3000
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

    def add_click(self, **event_args):
        number = self.clicks = getattr(self, "clicks", 0) + 1
        self.shown.text = "sum %d, call %d." % (anvil.server.call("add", int(self.number.text), 1), number)

    def labels(self):
        now = window.performance.now
        body = window.document.body
        self.panel.clear()
        body.offsetHeight
        began = now()
        for number in range(LABELS):
            self.panel.add_component(Label(text="Label %d" % number))
        made = now()
        body.offsetHeight
        return [made - began, now() - began]

    def clear(self):
        html = window.document.querySelector(".linear-panel").outerHTML
        self.panel.clear()
        return html

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
- {name: number, type: TextBox, properties: {text: "2"}}
- {name: add_button, type: Button, properties: {text: Add}, event_bindings: {click: add_click}}
- {name: shown, type: Label}
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
#: The elements of Labels in a LinearPanel, made by hand at the place of ours, and laid out as ours.
_PLAIN_LABELS = """(count) => {
  const panel = document.querySelector(".linear-panel").cloneNode();
  document.querySelector(".linear-panel").after(panel);
  document.body.offsetHeight;
  const began = performance.now();
  for (let number = 0; number < count; number += 1) {
    const label = document.createElement("div");
    label.className = "CLASSES";
    label.dataset.component = number;
    label.style.textAlign = "left";
    const text = document.createElement("span");
    text.className = "label-text";
    text.textContent = `Label ${number}`;
    label.append(text);
    panel.append(label);
  }
  panel.classList.add("has-components");
  const made = performance.now();
  document.body.offsetHeight;
  const all = [made - began, performance.now() - began];
  const html = panel.outerHTML;
  panel.remove();
  return [all, html];
}""".replace(
    "CLASSES",
    "anvil-label anvil-inlinable anvil-component anvil-spacing-above-small anvil-spacing-below-small has-text",
)
_ASK = """([wanted, rounds, timeout]) => new Promise((resolve, reject) => {
  Object.defineProperty(window, "found", { configurable: true, set: resolve });
  Object.assign(window, { wanted, rounds });
  setTimeout(() => reject(new Error(`the form did not answer to "${wanted}"`)), timeout);
  [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === "Run").click();
})"""
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
    site, data = machine.site, machine.options.data
    slugs = {engine: site.make_widget_of("gui", _FILES) for engine in ("full", "light")}
    site.api("PATCH", f"/widgets/{slugs['light']}", {"client_engine": "light"}, 200)
    addresses = {engine: str(site.api("GET", f"/widgets/{slug}", None, 200)["url"]) for engine, slug in slugs.items()}
    with chromium() as context:
        tab = Tab(context.new_page())
        tab.load(addresses["full"], "live")
        boot = json.loads(tab.page.locator("#boot").text_content() or "{}")
        with page_server() as (port, shown), rivals(data.with_name(f"{data.name}-rivals")) as others:
            shown["page"] = _BARE.replace("SCRIPT", boot["assets"]["engines/pyodide/pyodide.mjs"])
            _loads(report, context, addresses, f"http://localhost:{port}/")
            everybody = {**addresses, **{rival.name: rival.address for rival in others}}
            forms(report, context, everybody, (_LOADS, _WARM_UP, _GAP_S), machine.options.rounds)
        for engine in slugs:
            tab.load(addresses[engine], "live")
            tab.page.wait_for_timeout(_SETTLE_MS)
            _calls(report, machine, tab.page, engine)
            _labels(report, tab.page, engine)
            _scrolling(report, tab.page, engine)
    report.notes.append("pages: warm cache and a profile kept, a tab of headless Chromium each, from navigation")
    report.notes.append("painted: first contentful paint; first answer: the button is pressed as soon as it is there")
    report.notes.append(
        f"calls: {_BLOCK} in a row over the page's WebSocket, a fresh interpreter for each, then as many of bare; "
        f"{_SETTLE_MS / 1000:g} s after the page is live, without the others' servers"
    )
    report.notes.append(
        f"Labels: the same elements as plain JavaScript makes, and laid out; {_WARM_UP} loads not counted"
    )
    report.notes.append(f"{', '.join(PACKAGES)} answer in their server's own process, not in a sandbox")
    return report


def _loads(report: Report, context: Any, addresses: dict[str, str], bare: str) -> None:
    """Measure navigation, each page in a tab of its own: one that goes from site to site starts a process each time."""
    painted = {engine: Series(f"{engine}: painted", "ms") for engine in addresses}
    tabs = {name: Tab(context.new_page()) for name in (*addresses, bare)}

    def load(engine: str) -> Callable[[], float]:
        def measure() -> float:
            tab = tabs[engine]
            tab.page.bring_to_front()
            live = tab.load(addresses.get(engine, engine), "live")
            if engine in painted:
                painted[engine].values.append(tab.painted())
            return live

        return measure

    full, light = (Contender(f"{engine}: live", load(engine)) for engine in ("full", "light"))
    alone = Contender("bare repacked Pyodide", load(bare))
    interleave([full, light, alone], _LOADS, _GAP_S, _WARM_UP)
    for series in painted.values():
        del series.values[:_WARM_UP]
        report.add(row(series, most=150.0), series)
    report.add(row(full.series, alone.series, most=1.25), full.series)
    report.add(row(light.series, most=300.0), light.series)
    report.add(row(alone.series), alone.series)
    for tab in tabs.values():
        tab.page.close()


def _calls(report: Report, machine: Machine, page: Any, engine: str) -> None:
    rounds = machine.options.rounds
    _do(page, "calls", 20)
    bare = machine.bare()
    called = Series(f"{engine}: anvil.server.call", "ms")
    for _ in range(max(rounds // _BLOCK, 1)):
        called.values += _do(page, "calls", _BLOCK)
        bare.series.values += [bare.measure() for _ in range(_BLOCK)]
    report.add(row(called, bare.series, most=0.8), called)
    report.add(row(bare.series), bare.series)


def _labels(report: Report, page: Any, engine: str) -> None:
    names = (f"{_LABELS} Labels made", f"{_LABELS} Labels made and laid out")
    ours = [Series(f"{engine}: {name}", "ms") for name in names]
    plain = [Series(f"{engine}: {name} by plain JavaScript", "ms") for name in names]
    _do(page, "labels")
    for _ in range(_ROUNDS):
        for series, value in zip(ours, _do(page, "labels"), strict=True):
            series.values.append(value)
        made = _do(page, "clear")
        values, by_hand = page.evaluate(_PLAIN_LABELS, _LABELS)
        if _without_numbers(made) != _without_numbers(by_hand):
            raise BenchError(f"plain JavaScript makes other elements than {engine}: {by_hand[:500]} and {made[:500]}")
        for series, value in zip(plain, values, strict=True):
            series.values.append(value)
    for series, base, most in zip(ours, plain, (None, 2.0), strict=True):
        report.add(row(series, base, most=most), series)
        report.add(row(base), base)


def _without_numbers(html: str) -> str:
    """Return HTML without what numbers components, its classes in order."""
    html = re.sub(r' data-component="\d+"', "", html)
    return re.sub(r'class="([^"]*)"', lambda found: f'class="{" ".join(sorted(found[1].split()))}"', html)


def _scrolling(report: Report, page: Any, engine: str) -> None:
    if _do(page, "rows") != _ROWS:
        raise BenchError(f"the DataGrid of {engine} does not show {_ROWS} rows")
    frames = Series(f"{engine}: a frame of scrolling {_ROWS} rows", "ms", list(page.evaluate(_SCROLL)))
    report.add(row(frames, most=34.0), frames)


def _do(page: Any, what: str, rounds: int = 0) -> Any:
    """Let the form do something; return what it says. The page tells: looking again and again costs it frames."""
    return page.evaluate(_ASK, [what, rounds, TIMEOUT_MS])
