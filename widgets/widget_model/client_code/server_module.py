"""The server module that a function is moved to, and its new text."""

import ast
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from widget_model.client_code.imports import SERVER
from widget_model.client_code.marks import parsed
from widget_model.client_code.names import imports_of
from widget_model.client_code.source_edits import Source

_NEW = f"{SERVER}ServerModule1.py"


@dataclass(frozen=True)
class ServerFunction:
    """A function that ``anvil.server.call`` finds."""

    name: str
    path: str
    line: int


def functions(files: Mapping[str, str]) -> list[ServerFunction]:
    """Return the callable functions of a widget's server code."""
    modules = [(path, text) for path, text in sorted(files.items()) if path.startswith(SERVER) and path.endswith(".py")]
    return [ServerFunction(name, path, line) for path, text in modules for name, line in _read(text) or ()]


def is_readable(source: str) -> bool:
    """Whether a module is Python."""
    return _read(source) is not None


@functools.lru_cache(maxsize=64)
def _read(source: str) -> tuple[tuple[str, int], ...] | None:
    """Return names and lines of a module's callable functions; None for what is no Python."""
    tree = parsed(source)
    if tree is None:
        return None
    made = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    named = [(_callable_name(one, node.name), node.lineno) for node in made for one in node.decorator_list]
    return tuple((name, line) for name, line in named if name)


def _callable_name(decorator: ast.expr, name: str) -> str:
    call = decorator if isinstance(decorator, ast.Call) else None
    said = call.func if call else decorator
    last = said.attr if isinstance(said, ast.Attribute) else said.id if isinstance(said, ast.Name) else ""
    if last not in ("callable", "callable_async"):
        return ""
    given = call.args[0] if call and call.args else None
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else name


def place_of(files: Mapping[str, str]) -> str:
    """Return the server module that takes one more function: one that has some, else the first, else a new one."""
    modules = [path for path in sorted(files) if path.startswith(SERVER) and path.endswith(".py")]
    modules = [path for path in modules if is_readable(files[path]) and files[path].strip()]
    with_some = {one.path for one in functions(files)}
    return next((path for path in modules if path in with_some), modules[0] if modules else _NEW)


def free_name(wanted: str, files: Mapping[str, str]) -> str:
    """Return a name that no server function and no other thing of the server module has."""
    tree = parsed(files.get(place_of(files), ""))
    taken = {one.name for one in functions(files)} | {
        one.name for one in (tree.body if tree else ()) if isinstance(one, ast.FunctionDef | ast.ClassDef)
    }
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def with_function(files: Mapping[str, str], definition: str, imports: Sequence[str]) -> tuple[str, str]:
    """Return path and new text of the server module with one more callable function."""
    path = place_of(files)
    text = files.get(path, "")
    tree = parsed(text) or ast.Module([], [])
    there = {line for node in imports_of(tree) for line in _single(node)}
    wanted = [line for line in ("import anvil.server", *imports) if line not in there]
    text = _with_imports(text, tree, wanted)
    body = text.rstrip("\n")
    return path, f"{body}\n\n\n@anvil.server.callable\n{definition.rstrip()}\n".lstrip("\n")


def _single(node: ast.Import | ast.ImportFrom) -> Iterable[str]:
    for alias in node.names:
        one = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)
        yield ast.unparse(one)


def _with_imports(text: str, tree: ast.Module, lines: Sequence[str]) -> str:
    if not lines:
        return text
    source = Source(text)
    last = list(imports_of(tree))[-1:]
    first = tree.body[:1]
    if not last and first and isinstance(first[0], ast.Expr) and isinstance(first[0].value, ast.Constant):
        last = first  # type: ignore[assignment]  # a docstring
    at = source.whole_lines(last[0], last[0])[1] if last else 0
    before, after = source.content[:at].decode(), source.content[at:].decode()
    if before and not before.endswith("\n"):
        before += "\n"
    return before + "".join(f"{line}\n" for line in lines) + after
