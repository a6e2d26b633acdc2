"""Anvil app trees of any age become forms that pages can show; what is strange becomes a finding, never an error."""

import json

from hypothesis import given
from hypothesis import strategies as st

from widget_model.anvil_app import AnvilApp, code_findings, read_app
from widget_model.anvil_app.forms import read_form
from widget_model.files import FileContent
from widget_model.kinds import Kind
from widget_model.starters import starter

_MANIFEST = """
name: Shop
package_name: shop
startup: {module: Main, type: form}
metadata: {title: The shop, description: Sells, logo: 'asset:logo.png'}
native_deps: {head_html: '<script src="https://x.example/a.js"></script>'}
runtime_options: {client_version: '3', server_persist: true, server_spec: {base: python310-datascience}}
dependencies:
- {app_id: ABC, dep_id: dep_1, resolution_hints: {package_name: extras}}
services:
- {source: /runtime/services/tables.yml}
- {source: /runtime/services/anvil/users.yml}
secrets: {api_key: {type: secret}}
scheduled_tasks: [{task_name: tidy, job_id: J, time_spec: {every: day}}]
db_schema:
  items:
    title: Items
    client: search
    columns: [{name: name, type: string}, {name: kind, type: link_single, target: kinds}]
  kinds: {columns: []}
"""
_FORM = """
container: {type: HtmlTemplate, properties: {html: '@theme:standard-page.html'}, event_bindings: {show: form_show}}
components:
- name: panel
  type: ColumnPanel
  layout_properties: {slot: default}
  components:
  - name: box
    type: TextBox
    layout_properties: {grid_position: 'A,B'}
    event_bindings: {change: box_change}
    data_bindings: [{property: text, code: "self.item['name']", writeback: true}]
  - {name: row, type: 'form:Row'}
  - {name: tabs, type: 'form:dep_1:Tabs'}
  - {name: gone, type: 'form:dep_9:Gone'}
"""
_ROW = """
custom_component: true
properties: [{name: colour, type: color, default_value: red}]
events: [{name: chosen, default_event: true}]
slots: {inside: {target: {type: container, name: box}, one_component: true}}
container: {type: HtmlPanel}
components: [{name: box, type: FlowPanel}]
"""
_LAYOUT = """
layout: {type: 'form:Row', properties: {colour: blue}}
components_by_slot: {inside: [{name: hello, type: Label, properties: {text: Hello}}]}
"""
_THEME = "color_scheme: {colors: [{name: Primary 500, color: '#2196f3'}, {name: 5}]}"


def _tree(**changed: FileContent) -> dict[str, FileContent]:
    return {
        "anvil.yaml": _MANIFEST,
        "client_code/Main/__init__.py": "class Main: pass\n",
        "client_code/Main/form_template.yaml": _FORM,
        "client_code/Row.py": "",
        "client_code/Row.yaml": _ROW,
        "client_code/admin/Filled/__init__.py": "",
        "client_code/admin/Filled/form_template.yaml": _LAYOUT,
        "client_code/helper.py": "x = 1\n",
        "client_code/notes.yaml": "nothing: of a form",
        "server_code/ServerModule1.py": "",
        "theme/parameters.yaml": _THEME,
        "theme/assets/standard-page.html": "<p>",
        "theme/assets/logo.png": {"base64": "AAAA"},
        **changed,
    }


def test_g_90_an_app_of_today_is_read_whole() -> None:
    app = read_app(_tree())
    said = app.manifest

    assert (said.package, said.title, said.logo, said.package_list) == (
        "shop",
        "The shop",
        "asset:logo.png",
        "data-science",
    )
    assert said.keep_server_running
    assert "x.example" in said.head_html
    assert said.services == ("tables", "users")
    assert said.secrets == ("api_key",)
    assert [table.name for table in said.tables] == ["items", "kinds"]
    assert said.tables[0].columns[1].target == "kinds"
    assert set(app.forms) == {"Main", "Row", "admin.Filled"}
    assert set(app.modules) == {"Main/__init__.py", "Row.py", "admin/Filled/__init__.py", "helper.py"}
    assert app.theme.colors == {"Primary 500": "#2196f3"}
    assert app.theme.html == {"standard-page.html": "<p>"}


def test_g_90_components_keep_layout_events_and_bindings() -> None:
    panel = read_app(_tree()).forms["Main"].root.children[0]
    box = panel.children[0]

    assert panel.layout == {"slot": "default"}
    assert box.events == {"change": "box_change"}
    assert vars(box.bindings[0]) == {"property": "text", "code": "self.item['name']", "writeback": True}


def test_forms_used_as_components_are_named_with_their_package() -> None:
    app = read_app(_tree())

    types = [node.type for node in app.forms["Main"].root.children[0].children]
    assert types == ["TextBox", "form:shop.Row", "form:extras.Tabs", "form:Gone"]
    assert any("dep_9" in finding.text for finding in app.findings)


def test_g_77_a_form_that_fills_a_layout_says_which_slot_takes_what() -> None:
    form = read_app(_tree()).forms["admin.Filled"]

    assert form.layout is not None
    assert form.layout["type"] == "form:shop.Row"
    assert form.root.children[0].layout == {"slot": "inside"}


def test_a_form_on_a_layout_has_events_of_its_own() -> None:
    layout = {"type": "form:Row", "event_bindings": {"chosen": "on_chosen"}, "form_event_bindings": {"show": "on_show"}}
    form = read_form("Page", {"layout": layout}, lambda said: said)

    assert form.root.events == {"show": "on_show"}
    assert form.layout is not None
    assert form.layout["events"] == {"chosen": "on_chosen"}


def test_g_76_a_custom_component_has_properties_events_and_slots() -> None:
    component = read_app(_tree()).forms["Row"].component

    assert component is not None
    assert component["properties"] == [{"name": "colour", "type": "color", "default": "red"}]
    assert component["events"][0]["default"]
    assert component["slots"][0]["path"] == ["box"]


def test_the_first_paint_has_the_start_form_and_the_forms_in_it() -> None:
    first = read_app(_tree()).first_json()

    assert set(first["forms"]) == {"Main", "Row"}
    assert first["startup"] == {"kind": "form", "name": "Main"}


def test_g_90_an_older_schema_is_a_list_whose_links_name_ids() -> None:
    older = """
package_name: shop
startup_form: Row
db_schema:
- {id: 1, name: People, access: {python_name: people, client: full}, columns: {a: {name: name, type: string}}}
- {id: 2, name: Dogs, python_name: dogs, columns: {b: {name: owner, type: link_single, table_id: 1}}}
"""
    app = read_app(_tree(**{"anvil.yaml": older}))

    people, dogs = app.manifest.tables
    assert (people.name, people.title, people.client, people.server) == ("people", "People", "full", "full")
    assert dogs.columns[0].target == "people"
    assert app.startup == {"kind": "form", "name": "Row"}


def test_what_cannot_be_read_is_a_finding_with_its_line_and_the_rest_is_there() -> None:
    app = read_app(_tree(**{"client_code/Main/form_template.yaml": "container: {\n  type: [\n"}))

    [found] = [finding for finding in app.findings if finding.file.endswith("Main/form_template.yaml")]
    assert found.line > 1
    assert "Row" in app.forms


def test_a_broken_module_is_a_finding_and_stays_in_the_app() -> None:
    tree = _tree(**{"client_code/helper.py": "def f(:\n"})

    assert [(found.file, found.line) for found in code_findings(tree)] == [("client_code/helper.py", 1)]
    assert read_app(tree).modules["helper.py"] == "def f(:\n"


def test_yaml_that_multiplies_itself_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    app = read_app(_tree(**{"theme/parameters.yaml": "\n".join(lines)}))

    assert any("more than is read" in finding.text for finding in app.findings)


def test_yaml_makes_no_objects_and_no_loops() -> None:
    for text in ("!!python/object/apply:os.system ['true']", "a: &a [*a]", "{" * 5000, "? [1, 2]\n: x", "9" * 5000):
        assert isinstance(read_app({"anvil.yaml": text}), AnvilApp)


def test_the_starter_is_an_app_without_findings() -> None:
    files = starter(Kind.GUI)

    assert read_app(files).findings == ()
    assert code_findings(files) == ()


_KEYS = (
    "components container type name properties layout_properties event_bindings data_bindings layout slots events "
    "components_by_slot custom_component package_name startup module db_schema columns access dependencies services "
    "source metadata native_deps runtime_options secrets scheduled_tasks color_scheme colors target client id"
).split()
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES, _VALUES, _VALUES)
def test_no_tree_raises_and_all_is_json(manifest: object, form: object, theme: object) -> None:
    written = [json.dumps(value) for value in (manifest, form, theme)]
    app = read_app(
        {
            "anvil.yaml": written[0],
            "client_code/F.py": "",
            "client_code/F.yaml": written[1],
            "theme/parameters.yaml": written[2],
        }
    )

    json.dumps([app.as_json(), app.first_json()], allow_nan=False)
