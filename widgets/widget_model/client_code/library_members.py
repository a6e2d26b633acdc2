"""What code can reach of each component: its properties and methods, and what its class of the library has."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

#: The component that a form in a layout is.
IN_LAYOUT = "FormInLayout"
#: What the library's source does not show: it sets these from outside.
_OF_LAYOUT = frozenset({"layout"})


def members_of(components: Mapping[str, Mapping[str, Any]], library: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return component → names of its attributes; also for the form in a layout."""
    classes = {
        node.name: node
        for path, source in library.items()
        if path.startswith("anvil/_")
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }
    bases, more = _defined(ast.parse(library["anvil/__init__.py"]))
    made = {}
    for kind, spec in components.items():
        base = bases.get(kind) or ("Container" if spec.get("container") else "Component")
        own = frozenset((*spec["properties"], *spec.get("methods", ()), *more.get(kind, ())))
        made[kind] = own | _of_class(base, classes)
    made[IN_LAYOUT] = made["LinearPanel"] | _of_class("InLayout", classes) | _OF_LAYOUT
    return made


def _defined(library: ast.Module) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return component → name of its base class, and component → members that it is given beside that."""
    called = {
        alias.asname or alias.name: alias.name
        for node in library.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    bases, more = {}, {}
    for node in library.body:
        call = node.value if isinstance(node, ast.Assign) else None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != "_define":
            continue
        kind = ast.literal_eval(call.args[0])
        if len(call.args) > 1:
            name = ast.unparse(call.args[1]).rpartition(".")[2]
            bases[kind] = called.get(name, name)
        given = [one.value for one in call.keywords if one.arg == "more"]
        more[kind] = [ast.literal_eval(key) for one in given if isinstance(one, ast.Dict) for key in one.keys if key]
    return bases, more


def _of_class(name: str, classes: Mapping[str, ast.ClassDef]) -> frozenset[str]:
    node = classes.get(name)
    if node is None:
        return frozenset()
    above = [_of_class(ast.unparse(base).rpartition(".")[2], classes) for base in node.bases]
    return frozenset(_named_in(node)).union(*above)


def _named_in(node: ast.ClassDef) -> Iterator[str]:
    for one in node.body:
        if isinstance(one, ast.FunctionDef):
            yield one.name
        elif isinstance(one, ast.Assign):
            yield from (target.id for target in one.targets if isinstance(target, ast.Name))
