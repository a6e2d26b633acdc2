"""Attributes that no component has, and components that a form does not have, at their place in the form's code.

Only what is certain is marked: what code sets itself, asks for by name or may inherit is left alone.
"""

import ast
import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from widget_model.anvil_app import AnvilApp
from widget_model.anvil_app.forms import Form, Node
from widget_model.client_code import library_members
from widget_model.client_code.attributes import attributes_of, bound_in, first_parameter, set_on_self
from widget_model.client_code.engines import ClientPython
from widget_model.client_code.imports import CLIENT
from widget_model.client_code.marks import Fix, Mark, parsed

#: How alike an attribute that code both sets and reads must be to be taken for a slip of the pen.
_ALIKE = 0.8


def component_marks(
    files: Mapping[str, str], path: str, tree: ast.Module, app: AnvilApp, python: ClientPython
) -> Iterator[Mark]:
    """Yield the marks of one module of a GUI."""
    name = _module(path)
    forms = _Forms(files, app, python)
    form = forms.form(name)
    found = _class_of(tree, name)
    if form is not None and found is not None:
        yield from _Reading(path, files, forms, form, found).marks()


class _Forms:
    """The forms of an app, with what each of them has."""

    def __init__(self, files: Mapping[str, str], app: AnvilApp, python: ClientPython) -> None:
        self._files = files
        self._app = app
        self._library = python.members
        self.modules = [
            attributes_of(text) for path, text in files.items() if path.startswith(CLIENT) and path.endswith(".py")
        ]
        self.is_dynamic = any(one.is_dynamic for one in self.modules)
        self.given = frozenset[str]().union(*(one.given for one in self.modules))
        self.read = frozenset[str]().union(*(one.read for one in self.modules))

    def form(self, name: str) -> Form | None:
        """Return a form by its module's name."""
        return self._app.forms.get(name)

    def of_type(self, kind: str, depth: int = 0) -> frozenset[str] | None:
        """Return the attributes of a component; None where anything may be there."""
        if not kind.startswith("form:"):
            return self._library.get(kind)
        name = kind.removeprefix("form:").removeprefix(f"{self._app.manifest.package}.")
        form = self._app.forms.get(name)
        code = next((self._files[path] for path in _places(name) if path in self._files), None)
        tree = None if code is None else parsed(code)
        node = None if tree is None else _class_of(tree, name)
        if form is None or node is None or depth > 10:
            return None
        return self.of_form(form, node, depth)

    def of_form(self, form: Form, node: ast.ClassDef, depth: int = 0) -> frozenset[str] | None:
        """Return the attributes of a form whose class is this; None where anything may be there."""
        short = form.name.rpartition(".")[2]
        is_plain = [ast.unparse(base).rpartition(".")[2] for base in node.bases] == [f"{short}Template"]
        if not is_plain or node.decorator_list or self.is_dynamic or any(short in one.bases for one in self.modules):
            return None
        kind = library_members.IN_LAYOUT if form.layout else form.root.type
        base = self.of_type(kind, depth + 1)
        if base is None:
            return None
        own = {one["name"] for one in (form.component or {}).get("properties", [])}
        named = {one.name for one in _nodes(form.root)}
        defined = frozenset(bound_in(node))
        if "__getattr__" in defined or "__getattribute__" in defined:
            return None
        return base | own | named | defined | frozenset(set_on_self(node)) | self.given | {"item", "init_components"}


@dataclass(frozen=True)
class _Reading:
    path: str
    files: Mapping[str, str]
    forms: _Forms
    form: Form
    node: ast.ClassDef

    def marks(self) -> Iterator[Mark]:
        """Yield what is amiss in the form's methods."""
        known = self.forms.of_form(self.form, self.node)
        types = self._types()
        for one, me in _attributes_in(self.node):
            if isinstance(one.value, ast.Name) and one.value.id == me:
                if known is not None and isinstance(one.ctx, ast.Load) and _is_unknown(one.attr, known):
                    yield self._mark(one, "error", "The form has no component or attribute", known)
            elif (component := _component(one.value, me)) in types:
                yield from self._of_component(one, types[component])

    def _of_component(self, one: ast.Attribute, kind: str) -> Iterator[Mark]:
        known = self.forms.of_type(kind)
        if known is None or isinstance(one.ctx, ast.Del) or not _is_unknown(one.attr, known):
            return
        is_set = isinstance(one.ctx, ast.Store)
        is_meant = one.attr in (self.forms.read if is_set else self.forms.given)
        if self.forms.is_dynamic or (is_meant and not difflib.get_close_matches(one.attr, known, 1, _ALIKE)):
            return
        about = f"{kind.rpartition(':')[2].rpartition('.')[2]} has no attribute"
        yield self._mark(one, "warning" if is_set else "error", about, known)

    def _types(self) -> dict[str, str]:
        """Return component → type, of those that are nothing else besides."""
        others = {*set_on_self(self.node), *bound_in(self.node), *self.forms.given}
        types: dict[str, str] = {}
        for node in _nodes(self.form.root):
            if types.setdefault(node.name, node.type) != node.type:
                others.add(node.name)
        return {name: kind for name, kind in types.items() if name not in others}

    def _mark(
        self, one: ast.Attribute, severity: Literal["error", "warning"], about: str, known: Collection[str]
    ) -> Mark:
        source = self.files[self.path]
        lines = source.split("\n")
        number, end = one.end_lineno or one.lineno, one.end_col_offset or 0
        line = lines[number - 1].encode()
        column = len(line[: end - len(one.attr.encode())].decode(errors="replace")) + 1
        visible = [name for name in known if not name.startswith("_")]
        near = next(iter(difflib.get_close_matches(one.attr[:100], visible, 1)), "")
        fixes: tuple[Fix, ...] = ()
        if near:
            mended = line[: end - len(one.attr.encode())] + near.encode() + line[end:]
            text = "\n".join([*lines[: number - 1], mended.decode(errors="replace"), *lines[number:]])
            fixes = (Fix(f"Change to {near}", {self.path: text}),)
        hint = f": did you mean {near}?" if near else "."
        return Mark(number, column, column + len(one.attr), severity, f"{about} {one.attr[:100]}{hint}", fixes)


def _is_unknown(name: str, known: Collection[str]) -> bool:
    # What begins with _ is nobody's business but the library's.
    return not name.startswith("_") and name not in known


def _component(node: ast.expr, me: str) -> str:
    """Return the name in ``self.name``, "" for anything else."""
    is_mine = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == me
    return node.attr if is_mine and isinstance(node, ast.Attribute) else ""


def _attributes_in(node: ast.ClassDef) -> Iterator[tuple[ast.Attribute, str]]:
    """Yield attributes in a class's methods with what the method calls its object, in order of lines."""
    for method in node.body:
        me = first_parameter(method)
        if me and not _is_bound(me, method):
            found = [one for one in _inner(method) if isinstance(one, ast.Attribute)]
            yield from ((one, me) for one in sorted(found, key=lambda one: (one.end_lineno, one.end_col_offset)))


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what certainly runs with the method's own object: no classes in it, and nothing that is tried."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, ast.Try):
            tried = one.body if _forgives(one) else []
            waiting += [child for child in ast.iter_child_nodes(one) if child not in tried]
        elif not isinstance(one, ast.ClassDef):
            waiting += ast.iter_child_nodes(one)


def _forgives(node: ast.Try) -> bool:
    caught = ["" if one.type is None else ast.unparse(one.type) for one in node.handlers]
    return any(not one or "AttributeError" in one or "Exception" in one for one in caught)


def _is_bound(me: str, method: ast.stmt) -> bool:
    """Whether the name of a method's object means something else somewhere in it."""
    for one in ast.walk(method):
        if isinstance(one, ast.Name) and one.id == me and not isinstance(one.ctx, ast.Load):
            return True
        if isinstance(one, ast.FunctionDef | ast.Lambda) and one is not method:
            arguments = one.args
            if me in {part.arg for part in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}:
                return True
    return False


def _class_of(tree: ast.Module, name: str) -> ast.ClassDef | None:
    short = name.rpartition(".")[2]
    return next((one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == short), None)


def _module(path: str) -> str:
    return path.removeprefix(CLIENT).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _places(name: str) -> tuple[str, str]:
    path = CLIENT + name.replace(".", "/")
    return f"{path}/__init__.py", f"{path}.py"


def _nodes(root: Node) -> Iterator[Node]:
    waiting = list(root.children)
    while waiting:
        node = waiting.pop()
        if node.name:
            yield node
        waiting += node.children
