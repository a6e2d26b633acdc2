"""Quick fixes of an import that client code can't make: what needs it becomes a server function.

A function of the module moves as it is; of a method its lines that need the import move, with what they take of the
form as arguments. Code that can't be moved rightly stays, and is said why.
"""

import ast
import symtable
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from widget_model.client_code.handler_part import part_of
from widget_model.client_code.imports import CLIENT, Missing
from widget_model.client_code.marks import Fix, parsed
from widget_model.client_code.names import CannotMoveError, bound_by, imports_of, loaded, needed_imports, stored
from widget_model.client_code.server_module import free_name, place_of, with_function
from widget_model.client_code.source_edits import Edit, Source

#: Fixes of one import.
MAX_FIXES = 5


@dataclass(frozen=True)
class Way:
    """What can be done about an import, and (sentences) what can't and why."""

    fixes: tuple[Fix, ...]
    reasons: tuple[str, ...]


def ways(files: Mapping[str, str], path: str, tree: ast.Module, missing: Missing) -> Way:
    """Return the fixes of an import that ``missing`` is about. Nothing in the files makes it raise."""
    fixes, reasons = [], []
    names = set(bound_by(missing.node)) if isinstance(missing.node, ast.ImportFrom) else {_bound(missing)}
    users = list(_users(tree, names, missing.node))
    if not users and missing.node in tree.body:
        module = _Module(files, path, tree)
        fixes.append(Fix("Remove this import", {path: module.with_edits([module.without(missing)])}))
    if not missing.is_of_server:
        return Way(tuple(fixes), ())
    for user, inside in users[:MAX_FIXES]:
        try:
            fixes.append(_moved(files, path, tree, missing, user, inside, names))
        except CannotMoveError as error:
            reasons.append(f"{user.name} can't be moved as it stands: {error}.")
        except (RecursionError, ValueError, SyntaxError):
            reasons.append(f"{user.name} can't be moved as it stands: it can't be read.")
    return Way(tuple(fixes), tuple(reasons))


def _bound(missing: Missing) -> str:
    return missing.alias.asname or missing.alias.name.partition(".")[0]


def _users(tree: ast.Module, names: set[str], own: ast.stmt) -> Iterator[tuple[ast.FunctionDef, ast.ClassDef | None]]:
    """Give the functions that need one of these names, and the class that each is a method of."""
    for node in tree.body:
        for one in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(one, ast.FunctionDef) and (loaded([one]) & names or own in ast.walk(one)):
                yield one, node if isinstance(node, ast.ClassDef) else None


def _moved(
    files: Mapping[str, str],
    path: str,
    tree: ast.Module,
    missing: Missing,
    user: ast.FunctionDef,
    inside: ast.ClassDef | None,
    names: set[str],
) -> Fix:
    module = _Module(files, path, tree)
    if inside is None:
        name = user.name
        if free_name(name, files) != name:
            raise CannotMoveError(f"{place_of(files)} has a {name} already")
        definition, imports, edits = _whole_function(module, user)
        title = f"Move {name} to server code"
    else:
        name = free_name(f"{user.name}_on_server", files)
        taken = part_of(module.source, tree, user, names, missing.node, name)
        definition, imports, edits = taken.definition, taken.imports, taken.edits
        title = "Move this function to server code"
    server, text = with_function(files, definition, imports)
    changed = module.with_edits([*edits, *module.imports_after(missing, edits, names)])
    if parsed(changed) is None or parsed(text) is None:
        raise CannotMoveError("its lines share lines with others")
    return Fix(title, {path: changed, server: text}, f"{name} is in {server} now, as a server function.")


def _whole_function(module: "_Module", function: ast.FunctionDef) -> tuple[str, list[str], list[Edit]]:
    """Return the function for the server, the imports it needs, and the changes where it was."""
    if function.decorator_list:
        raise CannotMoveError("it has decorators")
    if any(isinstance(one, ast.Yield | ast.YieldFrom | ast.Global | ast.Await) for one in ast.walk(function)):
        raise CannotMoveError("it gives values one by one, or changes names of this file")
    if not module.source.stands_alone(function, function):
        raise CannotMoveError("it shares a line with something else")
    names = _globals(module.text, function) | loaded(_of_signature(function))
    imports = needed_imports(names - {function.name}, module.tree)
    _check_elsewhere(module, function.name)
    end = module.source.whole_lines(function, function)[1]
    begin, before = module.above(function)
    edits = [Edit(before, end, ""), *_calls(module, function)]
    return module.source.edited([], begin, end), imports, edits


def _of_signature(function: ast.FunctionDef) -> list[ast.expr]:
    """Return defaults and annotations: they are of the module, not of the function."""
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    annotations = [one.annotation if one is not None else None for one in parameters]
    return [one for one in [*given.defaults, *given.kw_defaults, *annotations, function.returns] if one is not None]


def _globals(text: str, function: ast.FunctionDef) -> set[str]:
    """Return the names of the module, or of Python, that a function uses."""
    table = next(
        one
        for one in symtable.symtable(text, "module", "exec").get_children()
        if one.get_name() == function.name and one.get_lineno() == function.lineno
    )
    found, waiting = set(), [table]
    while waiting:
        one = waiting.pop()
        found |= {symbol.get_name() for symbol in one.get_symbols() if symbol.is_global()}
        waiting += one.get_children()
    return found


def _check_elsewhere(module: "_Module", name: str) -> None:
    if name in stored([one for one in ast.walk(module.tree) if isinstance(one, ast.Name | ast.arg)]):
        raise CannotMoveError(f"{name} means something else in this file, too")
    for path, text in module.files.items():
        if path == module.path or not path.startswith(CLIENT) or name not in text:
            continue
        tree = parsed(text) if path.endswith(".py") else None
        if tree is None:
            continue
        for one in ast.walk(tree):
            said = {alias.name for alias in one.names} if isinstance(one, ast.ImportFrom) else set()
            if name in said or (isinstance(one, ast.Attribute) and one.attr == name):
                raise CannotMoveError(f"{path} uses it, too")


def _calls(module: "_Module", function: ast.FunctionDef) -> Iterator[Edit]:
    """Give what makes calls of a server function of the calls of a function of this module."""
    own = set(map(id, ast.walk(function)))
    called = {id(one.func): one for one in ast.walk(module.tree) if isinstance(one, ast.Call)}
    for name in ast.walk(module.tree):
        if not isinstance(name, ast.Name) or name.id != function.name or id(name) in own:
            continue
        call = called.get(id(name))
        if call is None:
            raise CannotMoveError("it is used without being called")
        if any(isinstance(one, ast.Name) and one.id == "self" for one in call.args):
            raise CannotMoveError("it is given self, which stays in the browser")
        begin, end = module.source.begin(name), module.source.end(name)
        bracket = module.source.content.index(b"(", end)
        more = ", " if call.args or call.keywords else ""
        yield Edit(begin, end, "anvil.server.call")
        yield Edit(bracket + 1, bracket + 1, f'"{function.name}"{more}')


class _Module:
    """The client module that something moves out of."""

    def __init__(self, files: Mapping[str, str], path: str, tree: ast.Module) -> None:
        self.files, self.path, self.tree = files, path, tree
        self.text = files[path]
        self.source = Source(self.text)

    def above(self, function: ast.FunctionDef) -> tuple[int, int]:
        """Return where the comments of a function begin, and the empty lines above them."""
        line = function.lineno
        while line > 1 and self._line(line - 1).startswith("#"):
            line -= 1
        begin = self.source.line(line)
        while line > 1 and not self._line(line - 1):
            line -= 1
        return begin, self.source.line(line)

    def _line(self, number: int) -> str:
        return self.source.content[self.source.line(number) : self.source.line(number + 1)].decode().strip()

    def with_edits(self, edits: list[Edit]) -> str:
        """Return the module's new text; it begins with no more empty lines than before."""
        made = self.source.edited(edits)
        return made if self.text.startswith("\n") else made.lstrip("\n")

    def imports_after(self, missing: Missing, edits: list[Edit], names: set[str]) -> Iterator[Edit]:
        """Give the changes of imports: the one that can't work goes unless it is needed still; anvil.server comes."""
        node = missing.node
        has_server = any(
            alias.name == "anvil.server" and alias.asname is None
            for one in imports_of(self.tree)
            if isinstance(one, ast.Import)
            for alias in one.names
        )
        first = next(iter(imports_of(self.tree)), None)
        add = "" if has_server else "import anvil.server\n"
        spans = [(one.begin, one.end) for one in edits]
        goes = node in self.tree.body and not self._still_used(names, spans)
        if goes:
            edit = self.without(missing)
            yield Edit(edit.begin, edit.end, edit.text + add)
        elif add:
            last = list(imports_of(self.tree))[-1] if first else None
            at = self.source.whole_lines(last, last)[1] if last else 0
            yield Edit(at, at, add)

    def _still_used(self, names: set[str], spans: list[tuple[int, int]]) -> bool:
        for one in ast.walk(self.tree):
            if isinstance(one, ast.Name) and one.id in names:
                place = self.source.begin(one)
                if not any(begin <= place < end for begin, end in spans):
                    return True
        return False

    def without(self, missing: Missing) -> Edit:
        """Return the change that takes an import away."""
        node = missing.node
        rest = [] if isinstance(node, ast.ImportFrom) else [one for one in node.names if one is not missing.alias]
        if rest:
            return Edit(self.source.begin(node), self.source.end(node), ast.unparse(ast.Import(rest)))
        if not self.source.stands_alone(node, node):
            return Edit(self.source.begin(node), self.source.end(node), "pass")
        begin, end = self.source.whole_lines(node, node)
        return Edit(begin, end, "")
