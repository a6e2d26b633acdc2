"""What is marked in forms' code by the components of the form (widget_model.client_code.component_check)."""

from typing import Any

import pytest
import yaml
from tests.browser import test_gui_containers, test_gui_dashboard, test_gui_features, test_gui_html, test_gui_people
from tests.browser.gui_gallery import gallery

from widget_model.client_code.checking import check
from widget_model.client_code.marks import Mark
from widget_model.kinds import Kind
from widget_model.starters import starter
from widget_site.client_python import client_python

CODE = "client_code/Form1/__init__.py"
TEMPLATE = """\
components:
- {name: text_box_1, type: TextBox}
- {name: row_1, type: 'form:Row'}
- {name: drop, type: DropDown}
- {name: other, type: 'form:dep:Thing'}
container: {type: ColumnPanel}
"""
ROW = "class Row(RowTemplate):\n    def shine(self):\n        self.glow = 1\n"
FORM = "class Form1(Form1Template):\n    def __init__(self, **properties):\n        {}\n"


def marks(line: str, form: str = FORM, **more: str) -> tuple[Mark, ...]:
    files = {
        "anvil.yaml": "package_name: shop",
        "client_code/Form1/form_template.yaml": TEMPLATE,
        "client_code/Row/form_template.yaml": "properties: [{name: shade}]\ncontainer: {type: LinearPanel}",
        "client_code/Row/__init__.py": ROW,
        CODE: form.format(line),
        **{f"client_code/{name}.py": text for name, text in more.items()},
    }
    return check(files, CODE, "full", client_python()).marks


@pytest.mark.parametrize(
    ("line", "severity", "words"),
    [
        ("print(self.text_box_1.txt)", "error", "TextBox has no attribute txt: did you mean text?"),
        ("self.text_box_1.txt = 'x'", "warning", "TextBox has no attribute txt: did you mean text?"),
        ("self.text_box_1.focuss()", "error", "TextBox has no attribute focuss: did you mean focus?"),
        ("self.text_box_1.quux()", "error", "TextBox has no attribute quux."),
        ("self.text_bx_1.text = ''", "error", "The form has no component or attribute text_bx_1: did you mean text_b"),
        ("self.no_such_component.text = ''", "error", "The form has no component or attribute no_such_component"),
        ("f = lambda: self.text_box_1.txt", "error", "TextBox has no attribute txt"),
        ("self.row_1.shin()", "error", "Row has no attribute shin: did you mean shine?"),
        ("self.drop.itms = []", "warning", "DropDown has no attribute itms: did you mean items?"),
    ],
)
def test_d_13_what_a_component_does_not_have_is_marked(line: str, severity: str, words: str) -> None:
    (mark,) = marks(line)

    assert mark.severity == severity
    assert words in mark.text


def test_a_mark_covers_the_attribute_and_its_fix_mends_it() -> None:
    (mark,) = marks("x = 'ä'; print(self.text_box_1.txt)")

    assert (mark.line, mark.column, mark.end_column) == (3, 40, 43)
    assert mark.fixes[0].title == "Change to text"
    assert mark.fixes[0].files[CODE] == FORM.format("x = 'ä'; print(self.text_box_1.text)")


@pytest.mark.parametrize(
    "line",
    [
        "self.own = 1; print(self.own)",
        "self.text_box_1.tag.anything = 1",
        "self.text_box_1.chosen_by = 1; print(self.text_box_1.chosen_by)",
        "print(self.row_1.shade, self.row_1.glow, self.row_1.item, self.row_1.visible)",
        "print(self.other.anything, self.parent, self.drop.selected_value, self.text_box_1.raise_event)",
        "setattr(self, 'made', 1); print(self.made)",
        "print(self.later if hasattr(self, 'later') else '')",
        "for name in 'ab': setattr(self, name, 1)\n        print(self.a)",
        "self.text_box_1 = 1; print(self.text_box_1.real)",
        "self = 3; print(self.real)",
        "try:\n            self.unsure\n        except AttributeError: pass",
        "class Inner:\n            def f(self): return self.its_own",
    ],
)
def test_what_may_be_there_is_left_alone(line: str) -> None:
    assert not marks(line)


def test_what_others_may_bring_is_left_alone() -> None:
    assert not marks("print(self.more)", FORM.replace("(Form1Template)", "(Form1Template, Mixin)"))
    assert not marks("print(self.given)", tool="def f(form):\n    form.given = 1\n")
    assert not marks("print(self.below)", Other="class Other(Form1):\n    below = 1\n")
    assert not marks("print(self.x)", FORM.replace("class Form1", "class Another"))


def _template(form: dict[str, Any]) -> str:
    """Write a form of a page test as its template."""

    def written(part: dict[str, Any]) -> dict[str, Any]:
        kept = {"name": part["name"], "type": part["type"].replace("form:shop.", "form:")}
        return {**kept, "properties": part["properties"], "components": [written(one) for one in part["children"]]}

    root = written(form["root"])
    more = {"properties": form["component"].get("properties", [])} if form.get("component") else {}
    layout = {"layout": {"type": form["layout"]["type"].replace("form:shop.", "form:")}} if form.get("layout") else {}
    return yaml.safe_dump({"container": root, "components": root.pop("components"), **more, **layout})


def _tree(app: dict[str, Any]) -> dict[str, str]:
    code = {f"client_code/{path}": text for path, text in app["modules"].items()}
    forms = {f"client_code/{name}/form_template.yaml": _template(form) for name, form in app["forms"].items()}
    return {"anvil.yaml": "package_name: shop", **code, **forms}


def _apps() -> dict[str, dict[str, str]]:
    made = {name: _tree(getattr(test_gui_containers, name)()) for name in ("todo", "people_app", "parts_app")}
    return {
        "gallery": _tree(gallery()),
        "html": _tree(test_gui_html.html_app()),
        "starter": {path: text for path, text in starter(Kind.GUI).items() if isinstance(text, str)},
        "dashboard": _form("Dashboard", test_gui_dashboard._FORM, test_gui_dashboard._TEMPLATE),
        "features": _form("Many", test_gui_features._source("features_form"), test_gui_features._TEMPLATE),
        "people": {
            **_form("Form1", test_gui_people._FORM, test_gui_people._TEMPLATE),
            **_form("Task", test_gui_people._TASK, test_gui_people._TASK_TEMPLATE),
        },
        **made,
    }


def _form(name: str, code: str, template: str) -> dict[str, str]:
    folder = f"client_code/{name}"
    return {f"{folder}/__init__.py": code, f"{folder}/form_template.yaml": template}


@pytest.mark.parametrize("name", list(_apps()))
def test_real_apps_have_no_such_marks(name: str) -> None:
    files = _apps()[name]
    found = [
        (path, mark.line, mark.text)
        for path in files
        if path.endswith(".py")
        for mark in check(files, path, "full", client_python()).marks
        if " has no " in mark.text
    ]

    assert found == []
