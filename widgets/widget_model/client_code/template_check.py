"""What is amiss in a form's template, at its line: YAML, types, properties, names, handlers, data bindings."""

import ast
import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from widget_model.anvil_app import yaml_text
from widget_model.client_code.marks import MAX_MARKS, Fix, Mark, parsed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Nodes that are looked at: an alias may name one thing very often.
_MAX_NODES = 50_000
#: Events that every form has, beside those of its container.
_OF_FORMS = ("show", "hide", "refreshing_data_bindings")
#: Properties that templates of Anvil have and no component of ours draws.
_KNOWN_OTHERS = frozenset({"item", "tag", "role", "tooltip", "visible", "col_widths", "width", "spacing", "margin"})


@dataclass(frozen=True)
class Types:
    """What components a template may name."""

    components: Mapping[str, Mapping[str, Any]]
    #: Form of the widget → its own properties and events, as a component.
    forms: Mapping[str, tuple[Collection[str], Collection[str]]]

    def named(self, name: str) -> Mapping[str, Any] | None:
        """Return the entry of a component, also by a name that it had."""
        if name in self.components:
            return self.components[name]
        return next((one for one in self.components.values() if name in one.get("also_called", ())), None)

    @property
    def names(self) -> list[str]:
        """What may stand behind ``type:``."""
        return [*self.components, *(f"form:{name}" for name in self.forms)]


def check_template(
    text: str, types: Types, methods: Collection[str] | None, write: Callable[[str], tuple[Fix, ...]]
) -> list[Mark]:
    """Return what is amiss in a template.

    ``methods`` are those of its form's class, None where that is not known; ``write`` has what makes one more.
    """
    try:
        yaml_text.read(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml_text.YamlError as error:
        text = f"This is no YAML, so the form can't be shown: {error}."
        return [Mark(error.line or 1, 1, 0, "error", text)]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return [Mark(1, 1, 0, "error", f"This is no YAML, so the form can't be shown: {str(error)[:100]}.")]
    if not isinstance(root, yaml.MappingNode):
        text = "A template is a mapping with `container` and `components`, so this form can't be shown."
        return [Mark(1, 1, 0, "error", text)]
    return _Reading(types, methods, write).marks(root)


class _Reading:
    def __init__(self, types: Types, methods: Collection[str] | None, write: Callable[[str], tuple[Fix, ...]]) -> None:
        self._types = types
        self._methods = methods
        self._write = write
        self._left = _MAX_NODES
        self._names: dict[str, int] = {}

    def marks(self, root: yaml.MappingNode) -> list[Mark]:
        """Return the marks in order of lines."""
        found = []
        for mark in self._root(root):
            found.append(mark)
            if len(found) >= MAX_MARKS:
                break
        return sorted(found, key=lambda one: (one.line, one.column))

    def _root(self, root: yaml.MappingNode) -> Iterator[Mark]:
        parts = dict(_items(root))
        for name in ("container", "layout"):
            if isinstance(part := parts.get(name), yaml.MappingNode):
                yield from self._component(part, is_root=True)
        yield from self._list(parts.get("components"))
        slots = parts.get("components_by_slot")
        for _, items in _items(slots):
            yield from self._list(items)

    def _list(self, node: yaml.Node | None) -> Iterator[Mark]:
        if node is None or _is_empty(node):
            return
        if not isinstance(node, yaml.SequenceNode):
            yield _at(node, "error", "Components are a list: each begins with `- name:`.")
            return
        for one in node.value:
            self._left -= 1
            if self._left < 0:
                return
            if isinstance(one, yaml.MappingNode):
                yield from self._component(one)
            else:
                yield _at(one, "error", "A component is a mapping with `name`, `type` and `properties`.")

    def _component(self, node: yaml.MappingNode, *, is_root: bool = False) -> Iterator[Mark]:
        parts = dict(_items(node))
        if not is_root:
            yield from self._name(node, parts.get("name"))
        kind = _scalar(parts.get("type"))
        properties, events = None, None
        if kind is None and not is_root:
            yield _at(node, "error", "This component has no type, so it is shown as a Label.")
        elif kind is not None:
            properties, events = self._known(kind)
            if properties is None and not kind.startswith("form:"):
                text = f"There is no component {kind}{_like(kind, self._types.names)}. A plain panel is shown for it."
                yield _at(parts["type"], "error", text)
            elif properties is None and ":" not in kind.removeprefix("form:"):
                text = f"There is no form {kind[5:]} in this widget{_like(kind, self._types.names)}."
                yield _at(parts["type"], "error", text)
        yield from self._properties(parts.get("properties"), kind or "", properties)
        yield from self._events(parts.get("event_bindings"), kind or "", events, is_root=is_root)
        yield from self._bindings(parts.get("data_bindings"), kind or "", properties)
        yield from self._list(parts.get("components"))

    def _known(self, kind: str) -> tuple[Collection[str] | None, Collection[str] | None]:
        """Return properties and events of a type; None for one that is not known."""
        if kind.startswith("form:"):
            own = self._types.forms.get(kind.removeprefix("form:").rpartition(":")[2])
            return (None, None) if own is None else (own[0], own[1])
        entry = self._types.named(kind)
        return (None, None) if entry is None else (entry["properties"], entry["events"])

    def _name(self, node: yaml.MappingNode, name: yaml.Node | None) -> Iterator[Mark]:
        said = _scalar(name)
        if said is None or name is None:
            yield _at(node, "warning", "This component has no name, so code can't reach it as self.….")
        elif not _NAME.fullmatch(said):
            yield _at(name, "error", f"'{said[:60]}' can't be a name: code reaches a component as self.name.")
        elif said in self._names:
            text = f"Two components are called {said} (see line {self._names[said]}): self.{said} is the last of them."
            yield _at(name, "error", text)
        else:
            self._names[said] = name.start_mark.line + 1

    def _properties(self, node: yaml.Node | None, kind: str, known: Collection[str] | None) -> Iterator[Mark]:
        entry = self._types.named(kind)
        for key, value in _pairs(node):
            name = _scalar(key) or ""
            if known is not None and not kind.startswith("form:") and name not in known and name not in _KNOWN_OTHERS:
                yield _at(key, "warning", f"{kind} has no property {name}{_like(name, known)}. It is ignored.")
            allowed = entry["properties"].get(name, {}).get("of") if entry is not None else None
            said = _scalar(value)
            if allowed and said and said not in allowed:
                yield _at(value, "warning", f"{name} is one of {', '.join(map(str, allowed))}.")

    def _events(
        self, node: yaml.Node | None, kind: str, known: Collection[str] | None, *, is_root: bool
    ) -> Iterator[Mark]:
        for key, value in _pairs(node):
            event, method = _scalar(key) or "", _scalar(value) or ""
            others = (
                (*known, *(_OF_FORMS if is_root or kind.startswith("form:") else ())) if known is not None else None
            )
            if others is not None and event not in others and not event.startswith("x-"):
                yield _at(key, "error", f"{kind} has no event {event}{_like(event, others)}.")
            if method and self._methods is not None and method not in self._methods:
                text = f"The form's code has no method {method}{_like(method, self._methods)}."
                yield _at(value, "error", text, self._write(method))

    def _bindings(self, node: yaml.Node | None, kind: str, known: Collection[str] | None) -> Iterator[Mark]:
        for one in node.value if isinstance(node, yaml.SequenceNode) else ():
            parts = dict(_items(one))
            named, code = parts.get("property"), parts.get("code")
            name = _scalar(named)
            if named is not None and name and known is not None and name not in known and name not in _KNOWN_OTHERS:
                if not kind.startswith("form:"):
                    yield _at(named, "warning", f"{kind} has no property {name}{_like(name, known)}.")
            said = _scalar(code)
            if code is not None and said is not None:
                try:
                    ast.parse(said.strip(), mode="eval")
                except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                    why = error.msg if isinstance(error, SyntaxError) else str(error)
                    yield _at(code, "error", f"This is no Python expression: {why}.")


def methods_of(source: str, name: str) -> set[str] | None:
    """Return the methods of a form's class, None when it has others that are not to be seen from here."""
    tree = parsed(source)
    if tree is None:
        return None
    found = next((one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name), None)
    if found is None or any(ast.unparse(base).rpartition(".")[2] != f"{name}Template" for base in found.bases):
        return None
    made = {one.name for one in found.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    assigned = (target for one in found.body if isinstance(one, ast.Assign) for target in one.targets)
    return made | {target.id for target in assigned if isinstance(target, ast.Name)}


def _items(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in _pairs(node):
        yield str(key.value), value


def _pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from node.value


def _scalar(node: yaml.Node | None) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) and not _is_empty(node) else None


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _like(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name[:100], list(known)[:1000], 1)
    return f": did you mean {near[0]}?" if near else ""


def _at(node: yaml.Node, severity: Literal["error", "warning"], text: str, fixes: tuple[Fix, ...] = ()) -> Mark:
    begin, end = node.start_mark, node.end_mark
    end_column = end.column + 1 if end.line == begin.line else 0
    return Mark(begin.line + 1, begin.column + 1, end_column, severity, text.replace("?.", "?"), fixes)
