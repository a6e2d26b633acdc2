"""The routes that an API's code declares, with their parameters, read without running it (X-22)."""

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from widget_model.files import MAIN, Files

DECORATORS = {"route": "", "http_endpoint": "/_/api"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_DEFAULT_METHODS = ("GET", "POST")
_PARAMETER = re.compile(r":([^/]*)")
#: More of one widget is not shown; nor is code read that is longer.
_MAX_ROUTES = 200
_MAX_SOURCE_CHARS = 200_000
#: All modules together, the parameters of all routes, and each text of a docstring: documents are made for strangers.
_MAX_ALL_CHARS = 400_000
_MAX_PARAMETERS = 2000
_MAX_TEXT_CHARS = 5000
#: What a default may be to be shown.
_MAX_DEFAULT = 200
_MAX_DEPTH = 20
_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string"}
_LISTS = ("list", "List", "Sequence", "Iterable")
_JSON, _TEXT = "application/json", "text/plain"
#: What a function that is annotated so answers with.
_ANSWERS = {"str": _TEXT, "dict": _JSON, "list": _JSON, "int": _JSON, "float": _JSON, "bool": _JSON, "Dict": _JSON}

Schema = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a route."""

    name: str
    #: path | query
    where: str
    schema: Schema
    required: bool
    #: Whether it takes the rest of the path, slashes included.
    takes_rest: bool = False


@dataclass(frozen=True)
class DeclaredRoute:
    """A route as its code declares it."""

    #: Below the widget's address, as in the code: /add/:a
    path: str
    methods: tuple[str, ...]
    function: str
    #: The docstring's first line, and the rest.
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    #: Type of the body that the code reads, or None; "" for any.
    body: str | None
    #: Media type of the answer, or "" where the code does not say.
    answer: str
    #: Whether it asks for a user name and password.
    needs_login: bool


@dataclass(frozen=True)
class DeclaredApi:
    """Everything that the code of an API says of itself."""

    description: str
    routes: tuple[DeclaredRoute, ...]


def declared_api(files: Files) -> DeclaredApi:
    """Read ``main.py`` and the modules that it imports; code that does not parse declares nothing."""
    main = _parsed(files.get(MAIN))
    if main is None:
        return DeclaredApi("", ())
    routes: list[DeclaredRoute] = []
    left = _MAX_PARAMETERS
    for tree in _modules(main, files):
        for function in _functions(tree):
            for route in _routes_of(function):
                left -= len(route.parameters)
                if len(routes) < _MAX_ROUTES and left >= 0:
                    routes.append(route)
    return DeclaredApi((ast.get_docstring(main) or "")[:_MAX_TEXT_CHARS], tuple(routes))


def declared_tasks(files: Files) -> list[str]:
    """Return the names of the background tasks that the code declares, in order."""
    main = _parsed(files.get(MAIN))
    names: dict[str, None] = {}
    for tree in () if main is None else _modules(main, files):
        for function in _functions(tree):
            for decorator in function.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                if _name(call.func if call else decorator) == "background_task":
                    given = _constant(call.args[0]) if call and call.args else None
                    names[given if isinstance(given, str) else function.name] = None
    return list(names)[:_MAX_ROUTES]


def _modules(main: ast.Module, files: Files) -> Iterator[ast.Module]:
    yield main
    left = _MAX_ALL_CHARS - len(str(files[MAIN]))
    for name in dict.fromkeys(_imported(main)):
        source = files.get(f"{name}.py")
        left -= len(source) if isinstance(source, str) else 0
        if left < 0:
            return
        if (tree := _parsed(source)) is not None:
            yield tree


def _parsed(source: object) -> ast.Module | None:
    if not isinstance(source, str) or len(source) > _MAX_SOURCE_CHARS:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def _routes_of(function: ast.FunctionDef) -> Iterator[DeclaredRoute]:
    # Decorators apply from the lowest up, and the first that is registered wins.
    for decorator in reversed(function.decorator_list):
        if not isinstance(decorator, ast.Call) or not decorator.args:
            continue
        name = decorator.func.attr if isinstance(decorator.func, ast.Attribute) else getattr(decorator.func, "id", "")
        path = _constant(decorator.args[0])
        if name in DECORATORS and isinstance(path, str) and path.startswith("/") and len(path) <= 500:
            options = {keyword.arg: keyword.value for keyword in decorator.keywords}
            yield _route(DECORATORS[name], path, options, function)


def _route(prefix: str, path: str, options: dict[str | None, ast.expr], function: ast.FunctionDef) -> DeclaredRoute:
    summary, _, description = (ast.get_docstring(function) or "").partition("\n")
    in_path = [name.removesuffix("*") for name in _PARAMETER.findall(path)]
    known = _arguments(function)
    path_parameters = [
        Parameter(name, "path", known.get(name, ({"type": "string"}, True))[0], True, f":{name}*" in path)
        for name in dict.fromkeys(in_path)
        if name
    ]
    others = [
        Parameter(name, "query", schema, required) for name, (schema, required) in known.items() if name not in in_path
    ]
    return DeclaredRoute(
        prefix + path,
        _methods(options.get("methods")),
        function.name,
        summary.strip()[:_MAX_TEXT_CHARS],
        description.strip()[:_MAX_TEXT_CHARS],
        (*path_parameters, *others),
        _body(function),
        _answer(function),
        any(_constant(options.get(name)) is True for name in ("require_credentials", "authenticate_users")),
    )


def _methods(node: ast.expr | None) -> tuple[str, ...]:
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return _DEFAULT_METHODS
    named = {value for item in node.elts if isinstance(value := _constant(item), str)}
    return tuple(method for method in METHODS if method in named)


def _arguments(function: ast.FunctionDef) -> dict[str, tuple[Schema, bool]]:
    """Return schema and need of each argument that can be given by name."""
    arguments = function.args
    positional = arguments.args
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    found: dict[str, tuple[Schema, bool]] = {}
    for argument, default in pairs:
        schema = _schema(argument.annotation)
        value = None if default is None else _constant(default)
        if _is_plain(value):
            schema = {**schema, "default": value}
        found[argument.arg] = schema, default is None
    return found


def _schema(node: ast.expr | None, depth: int = 0) -> Schema:
    """Return the JSON schema of an annotation; a text where it says nothing that can be told."""
    if depth > _MAX_DEPTH:
        return {"type": "string"}
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
        try:
            node = ast.parse(node.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            node = None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _schema(node.right if _is_none(node.left) else node.left, depth + 1)
    if isinstance(node, ast.Subscript):
        kind = _name(node.value)
        if kind == "Optional":
            return _schema(node.slice, depth + 1)
        if kind in _LISTS:
            return {"type": "array", "items": _schema(node.slice, depth + 1)}
        if kind == "Literal":
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            values = [value for item in items if _is_plain(value := _constant(item))][:_MAX_DEFAULT]
            return {"enum": values} if values else {"type": "string"}
    name = _name(node)
    if name in _LISTS:
        return {"type": "array", "items": {"type": "string"}}
    return {"type": _TYPES.get(name, "string")}


def _body(function: ast.FunctionDef) -> str | None:
    """Return the type of body that the function reads: by ``request.body_json`` or ``request.body``."""
    attributes = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    if "body_json" in attributes:
        return _JSON
    return "" if "body" in attributes else None


def _answer(function: ast.FunctionDef) -> str:
    node = function.returns
    return _ANSWERS.get(_name(node.value if isinstance(node, ast.Subscript) else node), "")


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.expr | None) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def _is_plain(value: Any) -> bool:
    """Whether JSON can say a constant, in a few characters."""
    if isinstance(value, str):
        return len(value) <= _MAX_DEFAULT
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) < 2**53


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
