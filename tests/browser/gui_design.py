"""Words for designs of forms: a label, a row, a field with its label."""

from typing import Any

from tests.browser.gui_page import node


def label(text: str, role: str | None = None, **more: Any) -> dict[str, Any]:
    return node("", "Label", properties={"text": text, "role": role, **more})


def row(key: str, *children: dict[str, Any]) -> list[dict[str, Any]]:
    """Side by side in a ColumnPanel."""
    return [
        {**child, "layout": {**child["layout"], "grid_position": f"{key},{key}{at}"}}
        for at, child in enumerate(children)
    ]


def flow(*children: dict[str, Any]) -> dict[str, Any]:
    return node("", "FlowPanel", *children)


def field(name: str, kind: str, prompt: str, event: str = "", **properties: Any) -> dict[str, Any]:
    """A component below a Label that says what it is for."""
    events = {event: f"{name}_{event}"} if event else {}
    made = node(name, kind, properties=properties, events=events)
    return node("", "LinearPanel", label(prompt, "input-prompt"), made)


def bound(made: dict[str, Any], prop: str, code: str) -> dict[str, Any]:
    """Bind the component in a ``field``."""
    inner = {**made["children"][1], "bindings": [{"property": prop, "code": code, "writeback": True}]}
    return {**made, "children": [made["children"][0], inner]}
