"""Features of the platform that real apps use (tests/docs/gui_features.py), each in a widget of the whole stack.

One page drives most of them: what came of each case of ``in_page/features.txt`` is a line on it.
"""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.browser.person import Person
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of, engine, import_app

__all__ = ["engine"]

_IN_PAGE = Path(__file__).parent / "in_page"
_HEAD = """<script>
function ofTheHead(n) { return n + 1; }
function watchSpinner() {
  window.spins = 0;
  const spinner = document.querySelector(".anvil-spinner");
  const seen = new MutationObserver(() => { if (!spinner.hidden) window.spins += 1; });
  seen.observe(spinner, {attributeFilter: ["hidden"]});
}
</script><script src="https://library.example/lib.js"></script>"""
_ANVIL = f"""
name: Many
package_name: many
startup: {{type: form, module: Many}}
dependencies:
- {{app_id: KIT, dep_id: dep_kit, resolution_hints: {{package_name: kit}}}}
native_deps:
  head_html: |
    {_HEAD.replace(chr(10), chr(10) + "    ")}
db_schema:
  things:
    title: Things
    client: full
    server: full
    columns:
    - {{name: name, type: string}}
    - {{name: n, type: number}}
  stock:
    title: Stock
    client: none
    server: full
    columns:
    - {{name: name, type: string}}
    - {{name: left, type: number}}
  orders:
    title: Orders
    client: none
    server: full
    columns:
    - {{name: subject, type: string}}
"""
_TEMPLATE = """
container: {type: ColumnPanel}
components:
- {name: go, type: Button, properties: {text: Go}, event_bindings: {click: go_click}}
- {name: card, type: 'form:dep_kit:Card', properties: {title: Hi}}
- {name: told, type: Label, properties: {text: Nothing yet}}
- {name: panel, type: LinearPanel}
- {name: said, type: LinearPanel, properties: {role: said}}
"""
_SHAPES = """
import anvil.server


@anvil.server.portable_class
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def sum(self):
        return self.x + self.y
"""
_KIT = {
    "anvil.yaml": "name: Kit\npackage_name: kit\n",
    "client_code/tools.py": "def twice(n):\n    return 2 * n\n",
    "client_code/Card/__init__.py": (
        "from ._anvil_designer import CardTemplate\n\n\nclass Card(CardTemplate):\n"
        "    def __init__(self, **properties):\n        self.init_components(**properties)\n\n"
        "    @property\n    def title(self):\n        return self.heading.text\n\n"
        "    @title.setter\n    def title(self, value):\n        self.heading.text = value\n"
    ),
    "client_code/Card/form_template.yaml": (
        "container: {type: ColumnPanel, properties: {border: 3px solid black}}\n"
        "components:\n- {name: heading, type: Label}\n"
        "properties:\n- {name: title, type: string}\n"
    ),
}


def _source(name: str) -> str:
    """Return Python for the widget: text, since it is no code of ours that runs here."""
    return (_IN_PAGE / f"{name}.txt").read_text()


def _make(person: Person, engine: str) -> str:
    import_app(person, _KIT)
    tree = {
        "anvil.yaml": _ANVIL,
        "client_code/Many/__init__.py": _source("features_form"),
        "client_code/Many/form_template.yaml": _TEMPLATE,
        "client_code/cases.py": _source("features"),
        "client_code/shapes.py": _SHAPES,
        "server_code/ServerModule1.py": _source("features_server"),
        "theme/parameters.yaml": "color_scheme: {colors: [{name: Primary, color: '#123456'}]}\n",
    }
    slug = import_app(person, tree)
    person.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    person.call("PUT", f"/widgets/{slug}/secrets/signature", {"value": "of-the-owner"})
    person.call("PUT", f"/widgets/{slug}/data-files/shop/prices.json", {"tea": 250})
    said = person.call(
        "POST", f"/widgets/{slug}/mail", {"sender": "bob@example.com", "subject": "An order", "text": "2"}
    )
    assert "250" in said["said"], said
    return slug


def _opened(person: Person, slug: str) -> Page:
    page = person.new_tab()
    library = "function ofTheLibrary(n) { return 2 * n; }"
    page.route("https://library.example/**", lambda route: route.fulfill(content_type="text/javascript", body=library))
    page.goto(address_of(person, slug))
    return page


def test_a_widget_uses_the_platform_as_real_apps_do(person: Callable[..., Person], engine: str) -> None:
    ada = person("ada", timezone_id="Europe/Helsinki").sign_up()
    page = _opened(ada, _make(ada, engine))

    page.get_by_role("button", name="Go").click()

    said = page.locator(".anvil-role-said .anvil-label")
    expect(said.last).to_have_text("The end", timeout=TIMEOUT_MS)
    lines = said.all_inner_texts()
    assert [line for line in lines if not line.startswith("ok ")] == ["The end"]
    assert len(lines) == _source("features").count("@case\n") + 1
