"""Which forms differ between two trees of an app, and which of their components do: for pictures of both."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from widget_model.anvil_app.app import AnvilApp, form_templates, read_app
from widget_model.anvil_app.forms import Form, Node
from widget_model.files import FileContent

_STYLES = "theme/assets/theme.css"

Json = dict[str, Any]


def templates_in(files: Mapping[str, FileContent]) -> dict[str, str]:
    """Return path → name of the forms of a tree."""
    return {path: name for name, path in form_templates(files)}


def form_changes(old: Mapping[str, FileContent], new: Mapping[str, FileContent]) -> Json:
    """Return both sides as a page draws them, and by form the components that differ on each."""
    before, after = read_app(old), read_app(new)
    names = {*before.forms, *after.forms}
    changed = {name: _changed(before.forms.get(name), after.forms.get(name)) for name in sorted(names)}
    return {
        "sides": [_side(before, old), _side(after, new)],
        "changed": {name: both for name, both in changed.items() if both != ([], [])},
    }


def _side(app: AnvilApp, files: Mapping[str, FileContent]) -> Json:
    styles = files.get(_STYLES)
    return {
        "forms": {name: _form(form) for name, form in app.forms.items()},
        "theme": {
            "colors": dict(app.theme.colors),
            "html": dict(app.theme.html),
            "css": styles if isinstance(styles, str) else "",
        },
    }


def _form(form: Form) -> Json:
    """Return the form as pages know it; each component with an ``id``, the container's is "" (messages.ts)."""
    ids = {id(node): name for name, node in _parts(form)}

    def made(node: Node) -> Json:
        return {**asdict(node), "id": ids[id(node)], "children": [made(child) for child in node.children]}

    shown = {"name": form.name, "root": made(form.root), "layout": form.layout, "component": form.component}
    return {name: value for name, value in shown.items() if value is not None}


def _parts(form: Form) -> Iterator[tuple[str, Node]]:
    """Yield a form's components by id: their names, where these are no other component's; else their places."""
    nodes = list(_walk(form.root, ""))
    names = [node.name for _, node in nodes]
    counts = {name: names.count(name) for name in set(names)}
    for place, node in nodes:
        yield ("" if node is form.root else node.name if node.name and counts[node.name] == 1 else f"#{place}"), node


def _walk(node: Node, place: str) -> Iterator[tuple[str, Node]]:
    yield place, node
    for at, child in enumerate(node.children):
        yield from _walk(child, f"{place}.{at}".lstrip("."))


def _changed(old: Form | None, new: Form | None) -> tuple[list[str], list[str]]:
    before, after = _own(old), _own(new)
    return (
        [name for name, said in before.items() if after.get(name) != said],
        [name for name, said in after.items() if before.get(name) != said],
    )


def _own(form: Form | None) -> dict[str, Json]:
    """Return what each component says, without those in it, and what it is in."""
    found: dict[str, Json] = {}
    ids = {id(node): name for name, node in _parts(form)} if form is not None else {}

    def look(node: Node, parent: str) -> None:
        said = {key: value for key, value in vars(node).items() if key != "children"}
        found[ids[id(node)]] = {**said, "parent": parent}
        for child in node.children:
            look(child, ids[id(node)])

    if form is not None:
        look(form.root, "")
        found[""]["more"] = [form.layout, form.component]
    return found
