"""The form of a script that reads its arguments with ``argparse``."""

import ast
import re
from collections.abc import Mapping
from typing import Any

from widget_model.forms.fields import (
    MAX_CHOICES,
    MAX_FIELDS,
    Field,
    FieldAction,
    FieldType,
    Form,
    shortened,
)
from widget_model.forms.literals import Literals, UnknownValue, keywords_of

_TYPES: dict[str, FieldType] = {"int": "integer", "float": "number"}
_GIVEN = ("store_true", "store_false", "store_const", "append_const")
_GROUPS = ("add_argument_group", "add_mutually_exclusive_group")
_PARSES = ("parse_args", "parse_known_args", "parse_intermixed_args")
_UNREADABLE = ("parents", "prefix_chars", "fromfile_prefix_chars")
_PLACE = re.compile(r"%\((\w+)\)[sdrf]|%%")


def argparse_form(tree: ast.Module) -> Form | None:
    """Return the form of the one parser that a module makes; None without one, or with subcommands."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    parser = _the_parser(tree, calls)
    if parser is None:
        return None
    name, made = parser
    if any(keyword in keywords_of(made) for keyword in _UNREADABLE):
        return None
    names = {name} | _groups(tree, name)
    methods = [call for call in calls if _method_of(call, names) is not None]
    if any(_method_of(call, names) == "add_subparsers" for call in methods):
        return None
    literals = Literals(tree)
    adding = [call for call in methods if _method_of(call, names) == "add_argument"]
    adding.sort(key=lambda call: (call.lineno, call.col_offset))
    read = [_field(call, literals) for call in adding]
    fields = tuple(field for field in read if isinstance(field, Field))
    if not fields or len(fields) > MAX_FIELDS or len({field.name for field in fields}) < len(fields):
        return None
    description = keywords_of(made).get("description")
    return Form("argparse", fields, shortened(literals.text(description)), complete=False not in read)


def _the_parser(tree: ast.Module, calls: list[ast.Call]) -> tuple[str, ast.Call] | None:
    """Return the name of the parser whose arguments are read, and the call that makes it."""
    found: dict[str, ast.Call] = {}
    for node in ast.walk(tree):
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Call) and _makes_parser(value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({target.id: value for target in targets if isinstance(target, ast.Name)})
    if len(found) > 1:
        read = {call.func.value.id for call in calls if _is_parse(call)}  # type: ignore[attr-defined]  # _is_parse
        found = {name: call for name, call in found.items() if name in read}
    return next(iter(found.items())) if len(found) == 1 else None


def _makes_parser(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name == "ArgumentParser"


def _is_parse(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _PARSES and isinstance(call.func.value, ast.Name)


def _groups(tree: ast.Module, parser: str) -> set[str]:
    """Return the names of the parser's groups, and of groups in those."""
    names: set[str] = set()
    for node in sorted((node for node in ast.walk(tree) if isinstance(node, ast.Assign)), key=lambda node: node.lineno):
        if isinstance(node.value, ast.Call) and _method_of(node.value, {parser} | names) in _GROUPS:
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _method_of(call: ast.Call, names: set[str]) -> str | None:
    """Return the name of the method of one of ``names`` that is called, if that is what this is."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id in names:
        return function.attr
    return None


def _field(call: ast.Call, literals: Literals) -> Field | bool:
    """Return the field of one ``add_argument``; True when it needs none (help, version), False when unreadable."""
    given = keywords_of(call)
    if len(given) < len(call.keywords):
        return False
    names = [literals.text(argument) for argument in call.args]
    if not names or not all(names):
        return False
    action = literals.text(given["action"]) if "action" in given else "store"
    if "action" in given and _name_of(given["action"]) == "BooleanOptionalAction":
        action = "boolean"
    if action in ("help", "version"):
        return True
    if action not in ("store", "append", "extend", "count", "boolean", *_GIVEN):
        return False
    flag = _flag(names)
    name = literals.text(given.get("dest")) or (flag or names[0]).lstrip("-").replace("-", "_")
    if not name:
        return False
    try:
        return _made(name, flag, action, given, literals)
    except UnknownValue:
        return False


def _made(name: str, flag: str, action: str, given: Mapping[str, ast.expr], literals: Literals) -> Field:
    least, most, many = _number(given, action, literals)
    default, default_text = _default(given, literals)
    choices = _choices(given, literals)
    kind: FieldType = _TYPES.get(_name_of(given.get("type")), "text")
    if action in _GIVEN:
        kind = "flag"
    elif action == "boolean":
        kind, choices = "choice", ("yes", "no")
        default_text = {True: "yes", False: "no"}.get(default, "") if isinstance(default, bool) else ""
    elif action == "count":
        kind = "integer"
    elif choices:
        kind = "choice"
    asked = literals.value(given["required"]) if "required" in given else False
    required = bool(asked) if flag else least > 0
    # extend: each value after a flag of its own does the same, whatever nargs says.
    made: FieldAction = "given" if action in _GIVEN else "append" if action == "extend" else action  # type: ignore[assignment]  # _field let only known ones through
    return Field(
        name=shortened(name, 100),
        type=kind,
        help=shortened(_filled(literals.text(given.get("help")), default_text, choices)),
        required=required,
        default="" if kind == "flag" else default_text,
        choices=choices,
        many=many,
        least=least,
        most=most,
        flag=shortened(flag, 100),
        action=made,
    )


def _flag(names: list[str]) -> str:
    """Return the option to write, the first long one; "" for a positional argument."""
    options = [name for name in names if name.startswith("-")]
    return next((name for name in options if name.startswith("--")), options[0] if options else "")


def _number(given: Mapping[str, ast.expr], action: str, literals: Literals) -> tuple[int, int | None, bool]:
    """Return how many values there are at least and at most, and whether there may be several."""
    nargs = _nargs(given["nargs"], literals) if "nargs" in given else None
    if action in ("append", "extend"):
        return 0, None, True
    if nargs is None:
        return 1, 1, False
    if nargs == "?":
        return 0, 1, False
    if nargs in ("*", "..."):
        return 0, None, True
    if nargs == "+":
        return 1, None, True
    if type(nargs) is int and 1 <= nargs <= 100:
        return nargs, nargs, True
    raise UnknownValue


def _nargs(node: ast.expr, literals: Literals) -> Any:
    named = {"OPTIONAL": "?", "ZERO_OR_MORE": "*", "ONE_OR_MORE": "+", "REMAINDER": "..."}
    return named.get(_name_of(node)) or literals.value(node)


def _default(given: Mapping[str, ast.expr], literals: Literals) -> tuple[Any, str]:
    """Return the default and how it is shown; (None, "") when the code computes it."""
    if "default" not in given:
        return None, ""
    try:
        value = literals.value(given["default"])
    except UnknownValue:
        return None, ""
    if value is None:
        return None, ""
    if isinstance(value, list | tuple):
        return value, shortened(" ".join(str(item) for item in value), 200)
    return value, shortened(str(value), 200)


def _choices(given: Mapping[str, ast.expr], literals: Literals) -> tuple[str, ...]:
    if "choices" not in given:
        return ()
    value = literals.value(given["choices"])
    if not isinstance(value, list | tuple | set | frozenset | dict | str) or not 0 < len(value) <= MAX_CHOICES:
        raise UnknownValue
    texts = [str(item) for item in value]
    return tuple(shortened(text, 200) for text in (sorted(texts) if isinstance(value, set | frozenset) else texts))


def _filled(text: str, default: str, choices: tuple[str, ...]) -> str:
    """Return a help text with the places filled that argparse would fill."""
    known = {"default": default or "None", "prog": "main.py", "choices": ", ".join(choices)}
    return _PLACE.sub(lambda found: known.get(found[1], found[0]) if found[1] else "%", text)


def _name_of(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
