"""The form of a script whose function ``main`` has parameters: types from annotations, help from the docstring."""

import ast
from collections.abc import Iterator, Mapping

import docstring_parser

from widget_model.forms.fields import MAX_CHOICES, MAX_FIELDS, Field, FieldType, Form, Plain, shortened
from widget_model.forms.literals import Literals, UnknownValue

FUNCTION = "main"
_TYPES: dict[str, FieldType] = {
    "str": "text",
    "int": "integer",
    "float": "number",
    "bool": "flag",
    "date": "date",
    "datetime": "datetime",
}
_LISTS = ("list", "List", "Sequence", "Iterable", "Collection")
_ENUMS = ("Enum", "IntEnum", "StrEnum")
_MAX_DOCSTRING_CHARS = 10_000
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def signature_form(tree: ast.Module) -> Form | None:
    """Return the form of a module's ``main``; None when there is none with parameters, or the module uses it itself."""
    functions = [node for node in tree.body if isinstance(node, _Function) and node.name == FUNCTION]
    if len(functions) != 1 or _is_used(tree):
        return None
    (function,) = functions
    arguments = function.args
    parameters = [*arguments.args, *arguments.kwonlyargs]
    if function.decorator_list or arguments.posonlyargs or not 0 < len(parameters) <= MAX_FIELDS:
        return None
    description, helps = _docstring(function)
    literals, enums = Literals(tree), _enums(tree)
    unset = [None] * (len(arguments.args) - len(arguments.defaults))
    defaults = [*unset, *arguments.defaults, *arguments.kw_defaults]
    reader = _Reader(literals, enums)
    fields = tuple(
        reader.field(parameter, default, helps.get(parameter.arg, ""))
        for parameter, default in zip(parameters, defaults, strict=True)
    )
    return Form("signature", fields, description)


def _is_used(tree: ast.Module) -> bool:
    """Whether code at the top level names the function: then the module calls it, or hands it on, by itself."""
    return any(isinstance(node, ast.Name) and node.id == FUNCTION for node in _top_level(tree))


def _top_level(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what runs when the module does, bodies of functions and classes aside."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _Function | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _docstring(function: _Function) -> tuple[str, Mapping[str, str]]:
    text = ast.get_docstring(function) or ""
    if not text or len(text) > _MAX_DOCSTRING_CHARS:
        return "", {}
    try:
        parsed = docstring_parser.parse(text)
    except docstring_parser.ParseError:
        return shortened(text), {}
    about = "\n\n".join(part for part in (parsed.short_description, parsed.long_description) if part)
    return shortened(about), {item.arg_name: item.description or "" for item in parsed.params}


def _enums(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Return the enumerations of the top level: the names of their members."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_name_of(base) in _ENUMS for base in node.bases):
            names = [
                target.id
                for statement in node.body
                if isinstance(statement, ast.Assign)
                for target in statement.targets
                if isinstance(target, ast.Name) and not target.id.startswith("_")
            ]
            if 0 < len(names) <= MAX_CHOICES:
                found[node.name] = tuple(names)
    return found


class _Reader:
    """Makes fields of parameters."""

    def __init__(self, literals: Literals, enums: Mapping[str, tuple[str, ...]]) -> None:
        self._literals = literals
        self._enums = enums

    def field(self, parameter: ast.arg, default: ast.expr | None, about: str) -> Field:
        """Return the field of one parameter."""
        base = self._typed(parameter.annotation, parameter.arg)
        if parameter.annotation is None and default is not None:
            base = self._like(default, parameter.arg)
        shown, is_on = self._default(default, base)
        return Field(
            name=parameter.arg,
            type=base.type,
            help=shortened(about or base.help),
            required=default is None and base.required and base.type != "flag",
            default=shown,
            has_default=default is not None,
            is_on=is_on,
            choices=base.choices,
            many=base.many,
            least=1 if base.many and default is None and base.required else 0,
            members=base.members,
            enumeration=base.enumeration,
        )

    def _typed(self, node: ast.expr | None, name: str) -> Field:
        """Return a field of the annotation's type: required, unless None is allowed."""
        text = Field(name, required=True)
        if node is None:
            return text
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._typed(ast.parse(node.value, mode="eval").body, name)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._either([node.left, node.right], name)
        if isinstance(node, ast.Subscript):
            return self._subscript(_name_of(node.value), _parts(node.slice), name)
        kind = _name_of(node)
        if kind in self._enums:
            names = self._enums[kind]
            return Field(name, "choice", required=True, choices=names, members=names, enumeration=kind)
        if kind in _LISTS:
            return Field(name, required=True, many=True)
        return Field(name, _TYPES.get(kind, "text"), required=True)

    def _subscript(self, outer: str, inner: list[ast.expr], name: str) -> Field:
        if outer == "Optional" or outer == "Union":
            return self._either([*inner, *([ast.Constant(None)] if outer == "Optional" else [])], name)
        if outer == "Literal":
            return self._literal(inner, name)
        if outer == "Annotated" and inner:
            base = self._typed(inner[0], name)
            about = next((text for text in map(self._literals.text, inner[1:]) if text), "")
            return _changed(base, help=about)
        if outer in _LISTS and len(inner) == 1:
            return _changed(self._typed(inner[0], name), many=True)
        return Field(name, required=True)

    def _either(self, nodes: list[ast.expr], name: str) -> Field:
        """Return the field of the first type of a union; not required when None is one of them."""
        types = [node for node in nodes if not (isinstance(node, ast.Constant) and node.value is None)]
        made = self._typed(types[0], name) if types else Field(name)
        return made if len(types) == len(nodes) else _changed(made, required=False)

    def _literal(self, nodes: list[ast.expr], name: str) -> Field:
        try:
            values: list[Plain] = [self._literals.value(node) for node in nodes]
        except UnknownValue:
            return Field(name, required=True)
        plain = [value for value in values if isinstance(value, str | int | float | bool)]
        if not 0 < len(plain) <= MAX_CHOICES:
            return Field(name, required=True)
        choices = tuple(shortened(str(value), 200) for value in plain)
        return Field(name, "choice", required=None not in values, choices=choices, members=tuple(plain))

    def _like(self, default: ast.expr, name: str) -> Field:
        """Return a field of the type that a default has, for a parameter without annotation."""
        try:
            value = self._literals.value(default)
        except UnknownValue:
            return Field(name)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return Field(name, many=True)
        return Field(name, _TYPES.get(type(value).__name__, "text"))

    def _default(self, node: ast.expr | None, base: Field) -> tuple[str, bool]:
        """Return how the default is shown, and for a flag whether it is on."""
        if node is None:
            return "", False
        if isinstance(node, ast.Attribute) and base.enumeration and _name_of(node.value) == base.enumeration:
            return node.attr, False
        try:
            value = self._literals.value(node)
        except UnknownValue:
            return "", False
        if value is None:
            return "", False
        if base.type == "flag":
            return "", bool(value)
        if isinstance(value, list | tuple):
            return shortened(" ".join(str(item) for item in value), 200), False
        return shortened(str(value), 200), False


def _changed(field: Field, **changes: object) -> Field:
    return Field(**{**vars(field), **changes})


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
