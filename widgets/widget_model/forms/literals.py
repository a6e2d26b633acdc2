"""Values that code spells out: literals, and names of the top level that are bound to one once."""

import ast
from collections.abc import Mapping
from typing import Any

#: A range of choices is spelled out up to this many.
_MAX_RANGE = 200


class UnknownValue(Exception):  # noqa: N818 - it is no error: code may compute what it likes
    """The value is known only to who runs the code."""


class Literals:
    """Evaluates expressions of one module without running any of it."""

    def __init__(self, tree: ast.Module) -> None:
        self._bound: dict[str, ast.expr | None] = {}
        for statement in tree.body:
            for name, value in _bindings(statement):
                # Bound twice: which one counts depends on what runs.
                self._bound[name] = None if name in self._bound else value
        self._doc = ast.get_docstring(tree) or ""

    def value(self, node: ast.expr) -> Any:
        """Return the value of a literal or of a name for one; UnknownValue for anything else."""
        if isinstance(node, ast.Name):
            if node.id == "__doc__":
                return self._doc
            bound = self._bound.get(node.id)
            if bound is None or isinstance(bound, ast.Name):
                raise UnknownValue
            return self.value(bound)
        if isinstance(node, ast.Call):
            return self._range(node)
        if isinstance(node, ast.JoinedStr | ast.Attribute | ast.Subscript | ast.Lambda):
            raise UnknownValue
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
            raise UnknownValue from error

    def text(self, node: ast.expr | None) -> str:
        """Return the value when it is a text, else ""."""
        if node is None:
            return ""
        try:
            value = self.value(node)
        except UnknownValue:
            return ""
        return value if isinstance(value, str) else ""

    def _range(self, call: ast.Call) -> list[int]:
        if not isinstance(call.func, ast.Name) or call.func.id != "range" or call.keywords:
            raise UnknownValue
        numbers = [self.value(argument) for argument in call.args]
        if not 1 <= len(numbers) <= 3 or not all(type(number) is int for number in numbers):
            raise UnknownValue
        try:
            found = range(*numbers)
            if len(found) > _MAX_RANGE:
                raise UnknownValue
        except (ValueError, OverflowError) as error:
            raise UnknownValue from error
        return list(found)


def keywords_of(call: ast.Call) -> Mapping[str, ast.expr]:
    """Return the keyword arguments of a call by name; ``**more`` is left out."""
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}


def _bindings(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign):
        return [(target.id, statement.value) for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
        return [(statement.target.id, statement.value)]
    return []
