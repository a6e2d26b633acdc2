"""Imports of client code that can't work: modules that an engine lacks, server code, modules that are not there."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from widget_model.client_code.engines import FULL, LIGHT, ClientPython

CLIENT, SERVER = "client_code/", "server_code/"
REMEDY = "Use it in a server function, which client code calls by anvil.server.call."


@dataclass(frozen=True)
class Missing:
    """A name of an import statement that finds nothing."""

    node: ast.Import | ast.ImportFrom
    alias: ast.alias
    module: str
    text: str
    #: Whether server code may have it, so that what needs it can move there.
    is_of_server: bool


@dataclass(frozen=True)
class Surroundings:
    """What a module of client code can import."""

    python: ClientPython
    engine: str
    #: Of all files of the widget.
    paths: Collection[str]
    #: Name of the widget's own package.
    package: str
    #: Names of the packages of its libraries.
    libraries: Collection[str] = ()


def missing(tree: ast.Module, path: str, around: Surroundings) -> Iterator[Missing]:
    """Give the imports of the module at ``path`` that can't work. Those that an ``except`` awaits are left alone."""
    for node in _imports(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _absolute(node, alias, alias.name, around)
        elif node.level:
            yield from _relative(node, path, around)
        elif node.module:
            yield from _absolute(node, node.names[0], node.module, around)


def _imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.Try) and any(_catches_import(one) for one in node.handlers):
            continue
        elif isinstance(node, ast.If) and _names(node.test) & {"is_server_side", "TYPE_CHECKING"}:
            continue
        else:
            inner = [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr)]
            waiting += reversed(inner)


def _catches_import(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(_names(handler.type) & {"ImportError", "ModuleNotFoundError", "Exception"})


def _names(node: ast.expr) -> set[str]:
    nodes = list(ast.walk(node))
    names = {one.id for one in nodes if isinstance(one, ast.Name)}
    return names | {one.attr for one in nodes if isinstance(one, ast.Attribute)}


def _absolute(
    node: ast.Import | ast.ImportFrom, alias: ast.alias, module: str, around: Surroundings
) -> Iterator[Missing]:
    top, _, rest = module.partition(".")
    if top in around.libraries or around.python.has_module(module, around.engine):
        return
    if top == around.package:
        if rest and not _is_there(CLIENT + rest.replace(".", "/"), around.paths):
            yield Missing(node, alias, module, f"There is no module {rest} in this widget's client code.", False)
        return
    if _is_there(CLIENT + top, around.paths):
        text = f"'{top}' is a module of this widget: write it with a dot, as in `from .{module} import …`."
        yield Missing(node, alias, module, text, False)
    elif _is_there(SERVER + top, around.paths):
        text = f"'{top}' is server code, which client code can't import. Call its functions by anvil.server.call."
        yield Missing(node, alias, module, text, False)
    else:
        yield Missing(node, alias, module, _lacking(module, around), True)


def _lacking(module: str, around: Surroundings) -> str:
    if around.engine == LIGHT and around.python.has_module(module, FULL):
        way = f"Choose the Full engine in the widget's settings, or use it on the server. {REMEDY}"
        return f"'{module}' is not available in client code on the Light engine, which has a part of Python. {way}"
    has = "a part of Python's library" if around.engine == LIGHT else "Python's own library"
    return f"'{module}' is not available in client code: that runs in the visitor's browser, with {has}. {REMEDY}"


def _relative(node: ast.ImportFrom, path: str, around: Surroundings) -> Iterator[Missing]:
    folders = path.split("/")[: -node.level]
    if not folders or folders[0] != CLIENT.rstrip("/"):
        yield Missing(node, node.names[0], "." * node.level, "That is outside of this widget's client code.", False)
        return
    if not node.module or node.module == "_anvil_designer":
        return
    place = "/".join([*folders, *node.module.split(".")])
    if not _is_there(place, around.paths):
        text = f"There is no module {place.removeprefix(CLIENT).replace('/', '.')} in this widget's client code."
        yield Missing(node, node.names[0], node.module, text, False)


def _is_there(place: str, paths: Collection[str]) -> bool:
    """Whether there is a module, or a folder with any, at this path without ending."""
    return f"{place}.py" in paths or any(path.startswith(f"{place}/") for path in paths)


__all__ = ["CLIENT", "REMEDY", "SERVER", "Missing", "Surroundings", "missing"]
