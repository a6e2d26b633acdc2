"""What is marked in forms' templates (widget_model.client_code.template_check)."""

import pytest

from widget_model.client_code.checking import check
from widget_model.client_code.marks import Mark
from widget_site.client_python import client_python

TEMPLATE, CODE = "client_code/Form1/form_template.yaml", "client_code/Form1/__init__.py"
FORM = "class Form1(Form1Template):\n    def go_click(self):\n        pass\n"
ROW = "properties: [{name: shade}]\nevents: [{name: chosen}]\ncustom_component: true\ncontainer: {type: LinearPanel}\n"


def marks(text: str, code: str = FORM) -> tuple[Mark, ...]:
    files = {TEMPLATE: text, CODE: code, "client_code/Row/form_template.yaml": ROW, "anvil.yaml": "package_name: shop"}
    return check(files, TEMPLATE, "full", client_python()).marks


@pytest.mark.parametrize(
    ("component", "line", "words"),
    [
        ("name: a\n  type: Lable", 3, "There is no component Lable: did you mean Label?"),
        ("name: a\n  type: form:Raw", 3, "There is no form Raw in this widget: did you mean form:Row?"),
        ("name: a\n  type: Label\n  properties: {txt: x}", 4, "Label has no property txt: did you mean text?"),
        ("name: a\n  type: Label\n  properties:\n    align: middle", 5, "align is one of left, center, right."),
        ("name: 1a\n  type: Label", 2, "'1a' can't be a name"),
        ("name: a\n  type: Label\n- name: a\n  type: Label", 4, "Two components are called a (see line 2)"),
        ("type: Label", 2, "This component has no name"),
        ("name: a", 2, "This component has no type"),
        ("name: a\n  type: Button\n  event_bindings: {clik: go_click}", 4, "no event clik: did you mean click?"),
        ("name: a\n  type: Button\n  event_bindings: {click: go_clik}", 4, "no method go_clik: did you mean go_click?"),
        ("name: a\n  type: Label\n  data_bindings: [{property: text, code: 'self.'}]", 4, "no Python expression"),
        ("just text", 2, "A component is a mapping"),
    ],
)
def test_what_is_amiss_is_marked_at_its_line(component: str, line: int, words: str) -> None:
    found = marks(f"components:\n- {component}\ncontainer: {{type: ColumnPanel}}\n")

    assert [one.line for one in found] == [line]
    assert words in found[0].text


def test_a_template_that_cannot_be_read_is_told_with_its_line() -> None:
    broken = check({TEMPLATE: "a: 1\nb: c: d", CODE: ""}, CODE, "full", client_python()).broken

    assert list(broken) == [TEMPLATE]
    assert broken[TEMPLATE].startswith("Line 2: It can't be read")


def test_a_handler_that_is_missing_can_be_written() -> None:
    (mark,) = marks("components:\n- {name: a, type: Button, event_bindings: {click: a_click}}\n", FORM + "\nx = 1\n")
    fixed = FORM + "\n    def a_click(self, **event_args):\n        pass\n\nx = 1\n"

    assert [(fix.title, fix.files) for fix in mark.fixes] == [("Write a_click", {CODE: fixed})]


def test_a_mark_covers_the_word() -> None:
    (mark,) = marks("components:\n- {name: a, type: Lable}\n")

    assert (mark.line, mark.column, mark.end_column, mark.severity) == (2, 19, 24, "error")


@pytest.mark.parametrize("text", ["a: [", "- x", "x", "", "&a [*a]", "!!python/object:os.system {}", "? [a]\n: b"])
def test_a_text_that_is_no_template_is_said_so(text: str) -> None:
    (mark, *_) = marks(text)

    assert "form can't be shown" in mark.text


def test_what_a_template_may_say_is_left_alone() -> None:
    assert not marks(
        "components:\n- name: a\n  type: form:Row\n  properties: {shade: 1, item: null}\n"
        "  event_bindings: {chosen: go_click, show: go_click, x-own: go_click}\n"
        "- name: b\n  type: HtmlPanel\n- {name: c, type: 'form:dep1:Other', properties: {z: 1}}\n"
        "- {name: d, type: Label, data_bindings: [{property: text, code: 'self.item[1]'}], components: []}\n"
        "container: {type: ColumnPanel, event_bindings: {refreshing_data_bindings: go_click, show: go_click}}\n"
    )
    assert not marks(
        "components:\n- {name: a, type: Button, event_bindings: {click: there}}\n", "class Form1(Base): pass"
    )
