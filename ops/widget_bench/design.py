"""``design``: a form of 300 components in the designer: opened, edited, dragged over; beside it the same, plain.

The plain page holds what the canvas drew, with its style sheets, and neither a designer nor any script.
"""

from collections.abc import Callable
from typing import Any

from widget_bench.browser import TIMEOUT_MS, chromium
from widget_bench.machine import Machine
from widget_bench.page_server import page_server
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, Series, interleave, row

_OPENS, _GAP_S, _WARM_UP, _STEPS = 10, 0.3, 2, 90
_PANELS, _EACH = 30, 9
_COMPONENTS = _PANELS * (_EACH + 1)
_KINDS = ("Label", "Button", "TextBox", "CheckBox", "DropDown", "TextArea", "Link", "Image", "DatePicker")
_CODE = """from ._anvil_designer import Form1Template
from anvil import *


class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
"""
_TEMPLATE = "client_code/Form1/form_template.yaml"
#: Installed in the editor's page: what its canvas says, and how long things take.
_WATCH = """() => {
  const drawn = [];
  addEventListener("message", ({ data }) => {
    if (data?.kind === "layout") drawn.push([performance.now(), Object.keys(data.boxes).length]);
  });
  const shown = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(0);
  }));
  const until = async (test) => {
    const began = performance.now();
    while (!test()) {
      if (performance.now() - began > 30000) {
        throw new Error([...document.querySelectorAll("[role=status]")].map((one) => one.textContent).join("; "));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  window.benchDesign = {
    async open(count) {
      drawn.length = 0;
      const began = performance.now();
      [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === "Design").click();
      await until(() => drawn.some(([, boxes]) => boxes > count));
      await until(() => document.querySelectorAll("[role=treeitem]").length > count);
      return (await shown()) - began;
    },
    async edit(act) {
      await shown();
      drawn.length = 0;
      const began = performance.now();
      act();
      // Signals are looked at in a microtask, frames of Preact after it.
      const done = await shown();
      await until(() => drawn.length > 0);
      return [done - began, drawn[0][0] - began];
    },
    frames: null,
    watch() {
      const frames = [];
      let last = performance.now();
      const step = (now) => {
        frames.push(now - last);
        last = now;
        if (window.benchDesign.frames === frames) requestAnimationFrame(step);
      };
      window.benchDesign.frames = frames;
      requestAnimationFrame(step);
    },
    watched() {
      const { frames } = window.benchDesign;
      window.benchDesign.frames = null;
      return frames.slice(2);
    },
  };
}"""
_KEY = """(key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...key }))"""
_TYPE = """() => {
  const field = document.querySelector('[aria-label="Properties"] [aria-label="text"]');
  field.value += "x";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}"""


def template() -> str:
    """Return the form: panels of three kinds with nine components each."""
    lines = ["container: {type: ColumnPanel}", "components:"]
    for panel in range(_PANELS):
        kind = ("ColumnPanel", "FlowPanel", "LinearPanel")[panel % 3]
        lines += [f"- name: panel_{panel}", f"  type: {kind}"]
        lines += [f"  layout_properties: {{grid_position: 'ROW{panel},A'}}", "  components:"]
        for number in range(panel * _EACH, (panel + 1) * _EACH):
            lines += [f"  - name: part_{number}", f"    type: {_KINDS[number % _EACH]}"]
            lines += [
                f"    properties: {{{'text: ' + repr(f'Part {number}') if number % _EACH < 7 else 'bold: true'}}}"
            ]
            lines += [f"    layout_properties: {{grid_position: 'IN{panel}{number % 4},C{number}'}}"]
            lines += [f"    event_bindings: {{show: part_{number}_show}}"]
    return "\n".join(lines) + "\n"


def design(machine: Machine) -> Report:
    """Measure; no Python of the widget runs on the canvas, so its engine makes no difference."""
    report = Report("design")
    site = machine.site
    anvil = "name: Bench\npackage_name: bench\nstartup: {type: form, module: Form1}\n"
    files = {"anvil.yaml": anvil, "client_code/Form1/__init__.py": _CODE, _TEMPLATE: template()}
    slug = site.make_widget_of("gui", files)
    with chromium() as context, page_server() as (port, shown):
        # Chromium takes cookies that are Secure for pages of this machine, and gives them to plain HTTP there.
        address = site.url.replace("http:", "https:")
        context.add_cookies([{**one, "url": address, "secure": True} for one in _cookies(site.sign_in())])
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.set_viewport_size({"width": 1680, "height": 900})
        page.goto(f"{site.url}/w/{slug}/edit")
        page.locator(".files-pane").get_by_role("button", name=_TEMPLATE, exact=True).click()
        # The form is drawn at first; its opening is measured from its code.
        page.locator(".form-views").get_by_role("button", name="Code").click()
        page.evaluate(_WATCH)
        _opens(report, page, (context.new_page(), f"http://localhost:{port}/", shown))
        _edits(report, page)
        _drags(report, page, context.pages[-1])
    report.notes.append(
        f"{_COMPONENTS} components in {_PANELS} panels; warm: the editor is open and has drawn it before"
    )
    report.notes.append("opened: from the press on Design until all of them are drawn, and listed in the tree")
    report.notes.append(
        "plain: what the canvas drew, as one page without any script, from navigation to its load event"
    )
    report.notes.append("edits: from the input to the next frame of the editor; drawn: until the canvas shows it, too")
    report.notes.append("drag step: frames while the pointer moves; plain: while it moves over that page")
    return report


def _cookies(header: str) -> list[dict[str, str]]:
    pairs = dict(one.split("=", 1) for one in header.split("; "))
    return [{"name": name, "value": value} for name, value in pairs.items()]


def _opens(report: Report, page: Any, plain: tuple[Any, str, dict[str, str]]) -> None:
    beside, address, shown = plain

    def opened() -> float:
        page.bring_to_front()
        page.get_by_role("button", name="Code", exact=True).click()
        return float(page.evaluate("(count) => benchDesign.open(count)", _COMPONENTS))

    opened()
    canvas = page.frame_locator("iframe[title='The form']").locator("html")
    shown["page"] = canvas.evaluate(_PLAIN)

    def loaded() -> float:
        beside.bring_to_front()
        beside.goto(address, wait_until="load")
        found = beside.locator(".anvil-component").count()
        if found <= _COMPONENTS:
            raise BenchError(f"the plain page shows {found} components")
        return float(beside.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventStart"))

    ours, theirs = Contender("form opened", opened), Contender("plain page loaded", loaded)
    interleave([ours, theirs], _OPENS, _GAP_S, _WARM_UP)
    report.add(row(ours.series, most=1000.0), ours.series)
    report.rows.append(row(ours.series, theirs.series))
    report.add(row(theirs.series), theirs.series)
    page.bring_to_front()


#: A page of what is drawn, for itself.
_PLAIN = """(root) => {
  const copy = root.cloneNode(true);
  for (const one of copy.querySelectorAll("script, base")) one.remove();
  return "<!doctype html>" + copy.outerHTML;
}"""


def _edits(report: Report, page: Any) -> None:
    rounds = _OPENS * 2
    page.get_by_role("treeitem", name="part_136").click()
    acts: dict[str, Callable[[], str]] = {
        "a property": lambda: _TYPE,
        "a move": lambda: f'() => ({_KEY})({{ key: "ArrowDown", altKey: true }})',
        "undo": lambda: f'() => ({_KEY})({{ key: "z", ctrlKey: true }})',
        "redo": lambda: f'() => ({_KEY})({{ key: "z", ctrlKey: true, shiftKey: true }})',
    }
    made = {name: (Series(f"{name}: edited", "ms"), Series(f"{name}: drawn", "ms")) for name in acts}
    for number in range(-_WARM_UP, rounds):
        for name, act in acts.items():
            if name == "a move":
                page.evaluate(f'() => ({_KEY})({{ key: "ArrowUp", altKey: true }})')
                page.wait_for_timeout(50)
            values = page.evaluate(f"() => benchDesign.edit({act()})")
            if number >= 0:
                for series, value in zip(made[name], values, strict=True):
                    series.values.append(value)
    for edited, drawn in made.values():
        report.add(row(edited, most=50.0), edited)
        report.add(row(drawn), drawn)


def _drags(report: Report, page: Any, beside: Any) -> None:
    """Move the pointer over the form with something new in hand, and over the plain page."""
    tool = page.locator(".design-tool").first
    tool.scroll_into_view_if_needed()
    at, paper = tool.bounding_box(), page.locator(".design-overlay").bounding_box()
    page.mouse.move(at["x"] + 20, at["y"] + 10)
    page.mouse.down()
    page.mouse.move(paper["x"] + 40, paper["y"] + 40, steps=3)
    page.locator(".mark.drop").wait_for()
    dragged = Series("a drag step", "ms", _moved(page, paper))
    page.keyboard.press("Escape")
    page.mouse.up()
    beside.bring_to_front()
    beside.set_viewport_size({"width": 1680, "height": 900})
    beside.evaluate(_WATCH)
    plain = Series("the pointer over the plain page", "ms", _moved(beside, paper))
    report.add(row(dragged, most=32.0), dragged)
    report.rows.append(row(dragged, plain))
    report.add(row(plain), plain)


def _moved(page: Any, paper: Any) -> list[float]:
    page.evaluate("() => benchDesign.watch()")
    for step in range(_STEPS):
        page.mouse.move(paper["x"] + 40 + 4 * step, paper["y"] + 40 + 7 * step)
    return list(page.evaluate("() => benchDesign.watched()"))
