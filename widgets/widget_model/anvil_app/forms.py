"""Forms as their templates have them, in the shape that pages get (site/browser/src/gui/app.ts).

What a template says that is no part of that shape, or not of the right type, is left out; the rest works.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: Components of one form; pages get no slower than people can see.
MAX_COMPONENTS = 5000
MAX_DEPTH = 60
_FORM = "form:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Names of what HtmlTemplate was, and of what is the same today.
_RENAMED = {"HtmlPanel": "HtmlTemplate"}

Json = dict[str, Any]
#: Makes of a type as a template names it ("form:Row", "form:<dependency>:pkg.Row") the one that pages know.
TypeOf = Callable[[str], str]


@dataclass(frozen=True)
class Binding:
    """A property that follows an expression; with ``writeback`` what people type is assigned to that."""

    property: str
    code: str
    writeback: bool = False


@dataclass(frozen=True)
class Node:
    """A component of a form."""

    name: str
    #: "Label", or "form:Package.Form"
    type: str
    properties: Json = field(default_factory=dict)
    layout: Json = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    bindings: tuple[Binding, ...] = ()
    children: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Form:
    """A form: its container with everything in it, or what it puts into the slots of a layout."""

    name: str
    root: Node
    #: {"type", "properties", "events", "bindings"} of the layout that it fills, or None.
    layout: Json | None = None
    #: {"properties", "events", "slots"} of a form that is a component for others, or None.
    component: Json | None = None


class TemplateError(ValueError):
    """A template that is none."""


def read_form(name: str, template: Any, type_of: TypeOf) -> Form:
    """Return the form that a template describes; TemplateError when it describes none."""
    if not isinstance(template, dict):
        raise TemplateError("the template is not a mapping")
    reading = _Reading(type_of)
    container = _mapping(template.get("container"))
    children = reading.nodes(template.get("components"), 0)
    layout = template.get("layout")
    if isinstance(layout, dict) and isinstance(layout.get("type"), str):
        children += reading.by_slot(template.get("components_by_slot"))
    root = Node(
        "",
        reading.type(container.get("type"), "ColumnPanel"),
        _mapping(container.get("properties")),
        {},
        {**_events(container.get("event_bindings")), **_events(_mapping(layout).get("form_event_bindings"))},
        _bindings(container.get("data_bindings")),
        children,
    )
    return Form(name, root, reading.layout(layout), _component(template))


class _Reading:
    def __init__(self, type_of: TypeOf) -> None:
        self._type_of = type_of
        self._left = MAX_COMPONENTS

    def type(self, value: Any, default: str) -> str:
        """Return a component's type as pages know it."""
        if not isinstance(value, str) or not value:
            return default
        return self._type_of(value) if value.startswith(_FORM) else _RENAMED.get(value, value)

    def nodes(self, value: Any, depth: int) -> tuple[Node, ...]:
        """Return the components of a list."""
        if not isinstance(value, list):
            return ()
        if depth > MAX_DEPTH:
            raise TemplateError(f"components are nested more than {MAX_DEPTH} deep")
        return tuple(self._node(item, depth) for item in value if isinstance(item, dict))

    def by_slot(self, value: Any) -> tuple[Node, ...]:
        """Return what fills the slots of a layout; each says which."""
        found: list[Node] = []
        for slot, items in _mapping(value).items():
            for node in self.nodes(items, 0):
                found.append(
                    Node(
                        node.name,
                        node.type,
                        node.properties,
                        {**node.layout, "slot": slot},
                        node.events,
                        node.bindings,
                        node.children,
                    )
                )
        return tuple(found)

    def layout(self, value: Any) -> Json | None:
        """Return the layout that a form fills."""
        said = _mapping(value)
        if not isinstance(said.get("type"), str):
            return None
        return {
            "type": self.type(said["type"], ""),
            "properties": _mapping(said.get("properties")),
            "events": _events(said.get("event_bindings")),
            "bindings": [vars(one) for one in _bindings(said.get("data_bindings"))],
        }

    def _node(self, item: Json, depth: int) -> Node:
        self._left -= 1
        if self._left < 0:
            raise TemplateError(f"it has more than {MAX_COMPONENTS} components")
        name = item.get("name")
        return Node(
            name if isinstance(name, str) and _NAME.fullmatch(name) else "",
            self.type(item.get("type"), "Label"),
            _mapping(item.get("properties")),
            _mapping(item.get("layout_properties")),
            _events(item.get("event_bindings")),
            _bindings(item.get("data_bindings")),
            self.nodes(item.get("components"), depth + 1),
        )


def _component(template: Json) -> Json | None:
    slots = _slots(template.get("slots"))
    if not template.get("custom_component") and not template.get("properties") and not slots:
        return None
    events = [
        {"name": one["name"], "parameters": one.get("parameters") or [], "default": bool(one.get("default_event"))}
        for one in _named(template.get("events"))
    ]
    properties = []
    for one in _named(template.get("properties")):
        kind = one.get("type")
        shown: Json = {"name": one["name"], "type": kind if isinstance(kind, str) else "object"}
        if "default_value" in one:
            shown["default"] = one["default_value"]
        if one.get("default_binding_prop"):
            shown["default_binding"] = True
        if one.get("allow_binding_writeback"):
            shown["writeback"] = [
                name for name in _listed(one.get("binding_writeback_events")) if isinstance(name, str)
            ]
        properties.append(shown)
    return {"properties": properties, "events": events, "slots": slots}


def _slots(value: Any) -> list[Json]:
    found = []
    for name, slot in _mapping(value).items():
        target = _mapping(_mapping(slot).get("target"))
        where = target.get("name")
        found.append(
            {
                "name": name,
                # The component of this form that takes what is put there; none for the form's container.
                "path": [where] if isinstance(where, str) and where else [],
                "is_slot": target.get("type") == "slot",
                "layout": _mapping(_mapping(slot).get("set_layout_properties")),
                "one": bool(_mapping(slot).get("one_component")),
                "index": _mapping(slot).get("index", -1),
            }
        )
    return found


def _named(value: Any) -> list[Json]:
    # Older templates have lists, newer ones may have mappings by name.
    items = [{**_mapping(item), "name": name} for name, item in value.items()] if isinstance(value, dict) else value
    return [item for item in _listed(items) if isinstance(item, dict) and isinstance(item.get("name"), str)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _events(value: Any) -> dict[str, str]:
    return {event: method for event, method in _mapping(value).items() if isinstance(method, str) and method}


def _bindings(value: Any) -> tuple[Binding, ...]:
    found = (one for one in value or () if isinstance(one, dict)) if isinstance(value, list) else ()
    return tuple(
        Binding(one["property"], one["code"], bool(one.get("writeback")))
        for one in found
        if isinstance(one.get("property"), str) and isinstance(one.get("code"), str)
    )
