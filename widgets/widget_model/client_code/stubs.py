"""What the language server is told of client code: the library with typed components, and each form's template.

Modules of Python, made of the component list, the library's sources and the forms' templates; they are read, never run.
"""

import ast
import keyword
from collections.abc import Iterator, Mapping
from typing import Any

from widget_model.anvil_app import read_app
from widget_model.anvil_app.forms import Form, Node
from widget_model.client_code.engines import ClientPython
from widget_model.client_code.imports import CLIENT
from widget_wire.language import CLIENT_LIBRARY

#: A folder beside those of the widget, whose files' names never begin so.
FOLDER = f"{CLIENT_LIBRARY}/"
_TYPES = {"string": "str", "enum": "str", "boolean": "bool", "number": "float"}


def library(python: ClientPython) -> dict[str, str]:
    """Return path → source of the client library, below FOLDER; its components are classes with their properties."""
    made = {f"{FOLDER}{path}": source for path, source in python.library.items()}
    made[f"{FOLDER}anvil/__init__.py"] = _with_classes(python.library["anvil/__init__.py"], python)
    return made


def of_app(files: Mapping[str, str], python: ClientPython) -> dict[str, str]:
    """Return the modules that pages make of an app's forms, and its package as its own modules import it."""
    app = read_app(files)
    made: dict[str, str] = {}
    package = app.manifest.package
    for name, form in app.forms.items():
        if not _is_path(name):
            continue
        path = CLIENT + name.replace(".", "/")
        folder = path.rpartition("/")[0] if f"{path}.py" in files else path
        place = f"{folder}/_anvil_designer.py"
        begun = made.get(place, "from typing import Any\nfrom anvil import *\n")
        made[place] = begun + _template(form, package, python)
    return made | (_package(package, files) if _is_path(package) and package not in ("anvil", "plotly") else {})


def _package(package: str, files: Mapping[str, str]) -> dict[str, str]:
    """Return the app's package: each of its modules is the one in ``client_code``."""
    made = {f"{FOLDER}{package}/__init__.py": ""}
    for path in files:
        inner = path.removeprefix(CLIENT)
        name = inner.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if inner != path and path.endswith(".py") and _is_path(name):
            made[f"{FOLDER}{package}/{inner}"] = f"from {name} import *\n"
    return made


def _is_path(name: str) -> bool:
    """Whether Python takes this for a name with dots."""
    return all(one.isidentifier() and not keyword.iskeyword(one) for one in name.split("."))


def _with_classes(source: str, python: ClientPython) -> str:
    made = ["from typing import Any\n"]
    for node in ast.parse(source).body:
        call = node.value if isinstance(node, ast.Assign) else None
        if not isinstance(node, ast.Assign) or not isinstance(call, ast.Call) or ast.unparse(call.func) != "_define":
            made.append(ast.unparse(node) + "\n")
            continue
        names = [ast.unparse(one) for one in node.targets]
        kind = ast.literal_eval(call.args[0])
        base = ast.unparse(call.args[1]) if len(call.args) > 1 else ""
        made.append(_component(names[0], kind, base, python.components[kind]))
        made += [f"{other} = {names[0]}\n" for other in names[1:]]
    return "".join(made)


def _component(name: str, kind: str, base: str, spec: Mapping[str, Any]) -> str:
    base = base or ("Container" if spec.get("container") else "Component")
    about = f"Events: {', '.join(spec['events'])}."
    lines = [f"class {name}({base}):\n    {about!r}\n"]
    for key, entry in spec["properties"].items():
        lines += _property(key, _TYPES.get(entry["type"], "Any") if entry.get("default") is not None else "Any", entry)
    for method in spec.get("methods", ()):
        if not base.startswith("_"):
            lines.append(f"    def {method}(self, *args: Any, **named: Any) -> Any: ...\n")
    return "".join(lines)


def _property(name: str, kind: str, entry: Mapping[str, Any]) -> Iterator[str]:
    about = f"One of {', '.join(map(str, entry['of']))}." if entry.get("of") else f"{entry['type']}"
    yield f"    @property\n    def {name}(self) -> {kind}:\n        {about!r}\n        ...\n"
    # Most take more than they give back: a Label shows numbers, too.
    if not entry.get("read_only"):
        yield f"    @{name}.setter\n    def {name}(self, value: Any) -> None: ...\n"


def _template(form: Form, package: str, python: ClientPython) -> str:
    own = form.name.rpartition(".")[2]
    base = _class_of(form.root.type, package, python)
    lines = [f"class {own}Template({base if base != 'Any' else 'Component'}):\n    item: Any\n"]
    lines.append("    def init_components(self, **properties: Any) -> None: ...\n")
    taken = {"item"}
    for name in [one["name"] for one in (form.component or {}).get("properties", [])]:
        if _is_path(name) and name not in taken:
            lines.append(f"    {name}: Any\n")
            taken.add(name)
    imports = []
    for node in _nodes(form.root):
        if not _is_path(node.name) or node.name in taken:
            continue
        taken.add(node.name)
        kind = _class_of(node.type, package, python)
        if kind.startswith("_form_"):
            place = node.type.removeprefix(f"form:{package}.")
            imports.append(f"from {place} import {place.rpartition('.')[2]} as {kind}\n")
        lines.append(f"    {node.name}: {kind}\n")
    return "".join([*dict.fromkeys(imports), *lines])


def _class_of(kind: str, package: str, python: ClientPython) -> str:
    if kind.startswith(f"form:{package}.") and _is_path(kind.removeprefix("form:")):
        return "_form_" + kind.removeprefix(f"form:{package}.").replace(".", "_")
    return kind if kind in python.components else "Any"


def _nodes(root: Node) -> Iterator[Node]:
    waiting = list(root.children)
    while waiting:
        node = waiting.pop(0)
        yield node
        waiting += node.children
