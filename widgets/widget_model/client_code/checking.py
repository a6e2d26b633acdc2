"""Checks of one file of a GUI as its author types it: what can't work there, with what mends it."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice

from widget_model.anvil_app import AnvilApp, read_app
from widget_model.client_code import light
from widget_model.client_code.component_check import component_marks
from widget_model.client_code.engines import LIGHT, ClientPython
from widget_model.client_code.handlers import written
from widget_model.client_code.imports import CLIENT, SERVER, Surroundings, missing
from widget_model.client_code.marks import MAX_MARKS, Mark, mark_of, parsed
from widget_model.client_code.moving import Way, ways
from widget_model.client_code.server_module import ServerFunction, functions, is_readable
from widget_model.client_code.template_check import Types, check_template, methods_of

#: Imports that fixes are looked for: it takes the longer the more code there is.
_MAX_WITH_FIXES = 10
_CALLS = ("anvil.server.call", "anvil.server.call_s", "anvil.server.call_async")


@dataclass(frozen=True)
class Checked:
    """What was found."""

    marks: tuple[Mark, ...]
    #: What ``anvil.server.call`` finds in the widget's server code.
    functions: tuple[ServerFunction, ...]
    #: Names for ``type:`` of templates, and properties by type.
    types: Mapping[str, tuple[str, ...]]
    #: Template → why it can't be shown.
    broken: Mapping[str, str]


def check(files: Mapping[str, str], path: str, engine: str, python: ClientPython) -> Checked:
    """Check the file at ``path`` among all texts of a GUI. Nothing in them makes it raise."""
    files = {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in files.items()}
    app = read_app(files)
    known = Types(python.components, {name: _own_of(form.component) for name, form in app.forms.items()})
    callable_names = tuple(functions(files))
    broken = {
        one.file: f"Line {one.line}: {one.text}" if one.line else one.text
        for one in app.findings
        if one.file.startswith(CLIENT) and one.file.endswith(".yaml")
    }
    types = {name: tuple(entry["properties"]) for name, entry in python.components.items()}
    types |= {f"form:{name}": tuple(own[0]) for name, own in known.forms.items()}
    marks: list[Mark] = []
    if path.startswith(CLIENT) and path.endswith(".py"):
        libraries = {one.package for one in app.manifest.dependencies}
        around = Surroundings(python, engine, files.keys(), app.manifest.package, libraries)
        names = {one.name for one in callable_names} if not libraries and _are_readable(files) else None
        marks = _bounded(lambda: _code_marks(files, path, around, names, app))
    elif path.startswith(CLIENT) and path.endswith(".yaml") and (code := _code_of(path, files)) is not None:
        source, form = files.get(code, ""), _form_name(code)
        write = partial(written, code, source, form)
        marks = check_template(files[path], known, methods_of(source, form), write)
    return Checked(tuple(marks[:MAX_MARKS]), callable_names, types, broken)


def _bounded(look: Callable[[], list[Mark]]) -> list[Mark]:
    try:
        return look()
    except (RecursionError, MemoryError):
        return [Mark(1, 1, 0, "info", "This file is nested too deeply to be checked.")]


def _code_marks(
    files: Mapping[str, str], path: str, around: Surroundings, names: set[str] | None, app: AnvilApp
) -> list[Mark]:
    source = files[path]
    marks = []
    if around.engine == LIGHT:
        marks += [Mark(one.line, 1, 0, "error", one.text) for one in light.unsupported(source)]
    tree = parsed(source)
    if tree is None:
        return marks
    for number, one in enumerate(missing(tree, path, around)):
        way = ways(files, path, tree, one) if number < _MAX_WITH_FIXES else Way((), ())
        marks.append(mark_of(one.alias, source, "error", " ".join([one.text, *way.reasons]), way.fixes))
    marks += islice(component_marks(files, path, tree, app, around.python), MAX_MARKS)
    return marks + list(_unknown_calls(tree, source, names))


def _unknown_calls(tree: ast.Module, source: str, names: set[str] | None) -> Iterator[Mark]:
    for node in ast.walk(tree):
        if names is None or not isinstance(node, ast.Call) or _dotted(node.func) not in _CALLS:
            continue
        given = node.args[0] if node.args else None
        if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value not in names:
            if given.value.startswith("anvil."):
                continue
            text = f"No server function of this widget is called '{given.value[:100]}', unless an uplink has it."
            yield mark_of(given, source, "warning", text)


def _dotted(node: ast.expr) -> str:
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < 3:
        names.append(node.attr)
        node = node.value
    return ".".join([*([node.id] if isinstance(node, ast.Name) else []), *reversed(names)])


def _are_readable(files: Mapping[str, str]) -> bool:
    return all(is_readable(text) for path, text in files.items() if path.startswith(SERVER) and path.endswith(".py"))


def _own_of(component: Mapping[str, object] | None) -> tuple[list[str], list[str]]:
    def names(kind: str) -> list[str]:
        found = (component or {}).get(kind)
        return [one["name"] for one in found] if isinstance(found, list) else []

    return names("properties"), names("events")


def _code_of(path: str, files: Mapping[str, str]) -> str | None:
    """Return where the code of a template's form is, or would be; None for a file that is no template."""
    if path.endswith("/form_template.yaml"):
        return path.removesuffix("form_template.yaml") + "__init__.py"
    code = path.removesuffix(".yaml") + ".py"
    return code if code in files else None


def _form_name(code: str) -> str:
    return code.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
