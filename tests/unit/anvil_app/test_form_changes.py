"""Which components of a form differ between two revisions, for the pictures of both (widget_model.anvil_app)."""

from widget_model.anvil_app import form_changes, templates_in

TEMPLATE = "client_code/Form1/form_template.yaml"


def tree(*components: str, container: str = "ColumnPanel") -> dict[str, str]:
    listed = "".join(f"- {one}\n" for one in components)
    return {TEMPLATE: f"components:\n{listed or '[]'}\ncontainer: {{type: {container}}}\n", "anvil.yaml": ""}


def changed(old: dict[str, str], new: dict[str, str]) -> dict[str, tuple[list[str], list[str]]]:
    made: dict[str, tuple[list[str], list[str]]] = form_changes(old, new)["changed"]
    return made


def test_what_was_added_removed_and_changed_is_marked_on_its_side() -> None:
    a, b = "{name: a, type: Label}", "{name: b, type: Button, properties: {text: x}}"
    other = "{name: b, type: Button, properties: {text: y}}"

    assert changed(tree(a, b), tree(a, b)) == {}
    assert changed(tree(a, b), tree(a, other)) == {"Form1": (["b"], ["b"])}
    assert changed(tree(a), tree(a, b)) == {"Form1": ([], ["b"])}
    assert changed(tree(a, b), tree(b)) == {"Form1": (["a"], [])}
    assert changed(tree(a), tree(a, container="FlowPanel")) == {"Form1": ([""], [""])}
    assert changed({}, tree(a)) == {"Form1": ([], ["", "a"])}


def test_a_panel_is_not_marked_for_what_is_in_it() -> None:
    inner = "{{name: p, type: FlowPanel, components: [{{name: a, type: Label{0}}}]}}"

    assert changed(tree(inner.format("")), tree(inner.format(", properties: {text: x}"))) == {"Form1": (["a"], ["a"])}


def test_components_without_a_name_of_their_own_are_known_by_their_place() -> None:
    made = form_changes({}, tree("{type: Label}", "{name: a, type: Label}", "{name: a, type: Button}"))

    root = made["sides"][1]["forms"]["Form1"]["root"]
    assert [root["id"], *(one["id"] for one in root["children"])] == ["", "#0", "#1", "#2"]


def test_a_template_that_cannot_be_read_has_no_picture() -> None:
    made = form_changes(tree("{name: a, type: Label}"), {TEMPLATE: "components: ["})

    assert made["sides"][1]["forms"] == {}
    assert templates_in({TEMPLATE: "", "client_code/x.yaml": "", "client_code/x.py": ""}) == {
        TEMPLATE: "Form1",
        "client_code/x.yaml": "x",
    }
