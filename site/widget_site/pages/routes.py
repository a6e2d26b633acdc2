"""The routes that an API's code declares, read without running it, as commands to try."""

import ast
import re
import shlex

from widget_model.files import MAIN, Files

_MAX_SHOWN = 4
#: Longer sources are not read: whoever opens the page would wait for it.
_MAX_SOURCE_CHARS = 200_000
_PARAMETER = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)\*?")
_DECORATORS = {"route": "", "http_endpoint": "/_/api"}


def curl_lines(files: Files, url: str) -> list[str]:
    """Return a curl command for each of the first routes of ``main.py``; one for ``/`` when it declares none."""
    source = files.get(MAIN)
    found = declared_routes(source) if isinstance(source, str) else []
    return [_curl(method, url.rstrip("/") + path) for method, path in found[:_MAX_SHOWN]] or [_curl("GET", url)]


def declared_routes(source: str) -> list[tuple[str, str]]:
    """Return (method, path) of every route decorator with a literal path; nothing for code that does not parse."""
    if len(source) > _MAX_SOURCE_CHARS:
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    functions.sort(key=lambda node: node.lineno)
    return [found for node in functions for call in node.decorator_list if (found := _route(call)) is not None]


def _route(decorator: ast.expr) -> tuple[str, str] | None:
    if not isinstance(decorator, ast.Call) or not decorator.args:
        return None
    name = decorator.func.attr if isinstance(decorator.func, ast.Attribute) else getattr(decorator.func, "id", "")
    path = decorator.args[0]
    if name not in _DECORATORS or not isinstance(path, ast.Constant) or not isinstance(path.value, str):
        return None
    return _method(decorator), _DECORATORS[name] + path.value


def _method(decorator: ast.Call) -> str:
    for keyword in decorator.keywords:
        if keyword.arg == "methods" and isinstance(keyword.value, ast.List | ast.Tuple):
            methods = [item.value for item in keyword.value.elts if isinstance(item, ast.Constant)]
            if methods and "GET" not in methods:
                return str(methods[0])
    return "GET"


def _curl(method: str, address: str) -> str:
    # A parameter's own name stands for its value: /hello/:name is tried as /hello/name.
    filled = _PARAMETER.sub(r"\1", address.replace("://", "\0")).replace("\0", "://")
    quoted = shlex.quote(filled)
    return f"curl {quoted}" if method == "GET" else f"curl -X {shlex.quote(method)} {quoted}"
