"""Which attributes a module's code names: read, set on others than itself, and asked for by their name."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from widget_model.client_code.marks import parsed

_BY_NAME = ("setattr", "getattr", "hasattr", "delattr")


@dataclass(frozen=True)
class Attributes:
    """Names of attributes in one module."""

    read: frozenset[str] = frozenset()
    #: Set on what is no ``self``, or named by ``setattr`` and its like.
    given: frozenset[str] = frozenset()
    #: It sets attributes whose names are made while it runs.
    is_dynamic: bool = False
    #: What its classes derive from, by the last of their names.
    bases: frozenset[str] = frozenset()


@functools.lru_cache(maxsize=512)
def attributes_of(source: str) -> Attributes:
    """Return what a module names; of what is no Python, that anything may be set."""
    tree = parsed(source)
    if tree is None:
        return Attributes(is_dynamic=bool(source.strip()))
    read, given, bases = set(), set(), set()
    is_dynamic = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            is_dynamic = is_dynamic or node.attr == "__dict__"
            if isinstance(node.ctx, ast.Load):
                read.add(node.attr)
            elif not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                given.add(node.attr)
        elif isinstance(node, ast.ClassDef):
            bases |= {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BY_NAME:
            name = node.args[1] if len(node.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                given.add(name.value)
            else:
                is_dynamic = is_dynamic or node.func.id == "setattr"
    return Attributes(frozenset(read), frozenset(given), is_dynamic, frozenset(bases))


def set_on_self(node: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that a class's methods set on their first parameter, whatever that is called."""
    for method in node.body:
        me = first_parameter(method)
        for one in ast.walk(method):
            if isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Load):
                if isinstance(one.value, ast.Name) and one.value.id == me:
                    yield one.attr


def first_parameter(method: ast.stmt) -> str:
    """Return what a method calls the object that it is of; "" for one that has none."""
    if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
        return ""
    if any(ast.unparse(one) in ("staticmethod", "classmethod") for one in method.decorator_list):
        return ""
    named = [*method.args.posonlyargs, *method.args.args]
    return named[0].arg if named else ""


def bound_in(node: ast.ClassDef) -> Iterator[str]:
    """Yield what a class's body defines."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield one.name
            continue
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.alias):
            yield one.asname or one.name.partition(".")[0]
        waiting += ast.iter_child_nodes(one)
