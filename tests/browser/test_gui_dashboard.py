"""The dashboard of Anvil's tours from end to end, on both engines: a file is analysed by pandas and drawn by plotly.

The packages come from the machine's own index, and are installed once for both.
"""

import pytest
from playwright.sync_api import FilePayload, Page, expect
from tests.browser.person import Person
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of, engine, import_app
from tests.fixtures.processes import wait_until

__all__ = ["engine"]

_FORM = """
from ._anvil_designer import DashboardTemplate
from anvil import *
import anvil.server

class Dashboard(DashboardTemplate):
    def __init__(self, **properties):
        self.init_components(**properties)
        self.region.items = ["North", "South"]

    def file_loader_change(self, file, **event_args):
        self.show_chart()

    def region_change(self, **event_args):
        self.show_chart()

    def show_chart(self):
        if self.file_loader.file is None:
            return
        self.progress.visible = True
        chart = anvil.server.call('analyze_sales', self.file_loader.file, self.region.selected_value)
        self.plot.figure = chart
        self.progress.visible = False

    def save_click(self, **event_args):
        result = anvil.server.call('save_to_database', self.file_loader.file)
        alert(result)
"""
_TEMPLATE = """
container: {type: HtmlTemplate, properties: {html: '@theme:standard-page.html'}}
components:
- {name: title, type: Label, properties: {text: Sales}, layout_properties: {slot: title}}
- name: content
  type: ColumnPanel
  layout_properties: {slot: default}
  components:
  - name: file_loader
    type: FileLoader
    properties: {text: Sales as CSV}
    event_bindings: {change: file_loader_change}
  - {name: region_label, type: Label, properties: {text: Region, role: input-prompt}}
  - name: region
    type: DropDown
    properties: {include_placeholder: true, placeholder: All regions}
    event_bindings: {change: region_change}
  - {name: progress, type: LinearProgress, properties: {visible: false}}
  - {name: plot, type: Plot, properties: {height: 320}}
  - name: save
    type: Button
    properties: {text: Save, role: filled-button}
    event_bindings: {click: save_click}
"""
_SERVER = """
import anvil.server
import pandas as pd
import plotly.express as px
from anvil.tables import app_tables

@anvil.server.callable
def analyze_sales(file, region):
    sales = pd.read_csv(file)
    if region:
        sales = sales[sales["region"] == region]
    totals = sales.groupby("month", sort=False)["amount"].sum().reset_index()
    return px.bar(totals, x="month", y="amount", title=f"Sales, {region or 'all regions'}")

@anvil.server.callable
def save_to_database(file):
    sales = pd.read_csv(file)
    for sale in sales.to_dict("records"):
        app_tables.sales.add_row(month=sale["month"], amount=sale["amount"])
    return f"{len(sales)} sales are saved"
"""
_ANVIL = """
name: Dashboard
package_name: dashboard
startup: {type: form, module: Dashboard}
db_schema:
  sales:
    title: Sales
    client: none
    server: full
    columns:
    - {name: month, type: string}
    - {name: amount, type: number}
"""
_SALES: FilePayload = {
    "name": "sales.csv",
    "mimeType": "text/csv",
    "buffer": b"month,region,amount\nJan,North,10\nJan,South,5\nFeb,North,20\nFeb,South,7\nMar,South,9\n",
}
#: What the bar of progress was, one after the other, in `window.shown`.
_WATCH = """() => {
  const bar = document.querySelector(".anvil-linear-progress");
  window.shown = [];
  new MutationObserver(() => window.shown.push(bar.checkVisibility())).observe(bar, {attributeFilter: ["class"]});
}"""


def _make(person: Person, engine: str) -> str:
    tree = {
        "anvil.yaml": _ANVIL,
        "client_code/Dashboard/__init__.py": _FORM,
        "client_code/Dashboard/form_template.yaml": _TEMPLATE,
        "server_code/ServerModule1.py": _SERVER,
        "server_code/requirements.txt": "pandas\nplotly\n",
    }
    slug = import_app(person, tree)
    person.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})

    def installed() -> bool:
        found = person.call("GET", f"/widgets/{slug}/environment")
        assert found["status"] != "failed", found["log"]
        return bool(found["status"] == "ready")

    wait_until(installed, "pandas and plotly", 200)
    return slug


def _bars(page: Page) -> list[str]:
    found = page.locator(".anvil-plot .bars .point").evaluate_all("all => all.map((one) => String(one.__data__.s1))")
    return [str(one) for one in found]


@pytest.mark.timeout(300)
def test_g_14_the_dashboard_of_the_tour_analyses_a_file_and_saves_it(ada: Person, engine: str) -> None:
    slug = _make(ada, engine)
    page = ada.new_tab()
    page.goto(address_of(ada, slug))
    page.wait_for_selector("html[data-python=live]", timeout=TIMEOUT_MS)
    page.evaluate(_WATCH)
    plot = page.locator(".anvil-plot")

    page.locator("input[type=file]").set_input_files(_SALES)

    expect(plot.locator(".gtitle")).to_have_text("Sales, all regions", timeout=TIMEOUT_MS)
    wait_until(lambda: _bars(page) == ["15", "27", "9"], "the bars", 30)
    expect(page.locator(".anvil-linear-progress")).to_be_hidden(timeout=TIMEOUT_MS)
    assert page.evaluate("window.shown") == [True, False]
    page.get_by_label("Region").select_option(label="North")
    expect(plot.locator(".gtitle")).to_have_text("Sales, North", timeout=TIMEOUT_MS)
    wait_until(lambda: _bars(page) == ["10", "20"], "the bars of the north", 30)

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_text("5 sales are saved")).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_role("dialog").get_by_role("button", name="OK").click()
    rows = ada.call("GET", f"/widgets/{slug}/tables/sales/rows")["items"]
    assert [(row["values"]["month"], row["values"]["amount"]) for row in rows][1:3] == [("Jan", 5), ("Feb", 20)]
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
