"""Which names a piece of code binds and uses, and whether server code has them, too."""

import ast
import builtins
from collections.abc import Iterable, Iterator

_BUILTINS = frozenset(dir(builtins))
#: Modules of the anvil library that server code has as client code has them.
_ON_BOTH = frozenset(
    f"anvil.{name}" for name in ("server", "tables", "tables.query", "users", "media", "http", "tz", "email", "secrets")
)
_OF_ANVIL = frozenset({"BlobMedia", "URLMedia", "Media", "app", "is_server_side", "server", "tables", "users"})


class CannotMoveError(ValueError):
    """Code can't become a server function; the text completes "It can't be moved: "."""


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that are read."""
    return {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)} - _only_stored(nodes)


def _only_stored(nodes: Iterable[ast.AST]) -> set[str]:
    names = [one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)]
    return {one.id for one in names} - {one.id for one in names if isinstance(one.ctx, ast.Load)}


def stored(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that are bound, parameters of inner functions included."""
    found = set()
    for node in nodes:
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
                found.add(one.id)
            elif isinstance(one, ast.arg):
                found.add(one.arg)
            elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(one.name)
            elif isinstance(one, ast.ExceptHandler) and one.name:
                found.add(one.name)
            elif isinstance(one, ast.Import | ast.ImportFrom):
                found |= set(bound_by(one))
    return found


def bound_by(node: ast.Import | ast.ImportFrom) -> dict[str, ast.alias]:
    """Return name → alias of an import statement."""
    if isinstance(node, ast.ImportFrom):
        return {one.asname or one.name: one for one in node.names}
    return {one.asname or one.name.partition(".")[0]: one for one in node.names}


def imports_of(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Give the import statements of a module's own level."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node


def needed_imports(names: Iterable[str], tree: ast.Module) -> list[str]:
    """Return the import statements that ``names`` need on the server; CannotMoveError for names it has not."""
    found: dict[str, None] = {}
    for name in sorted(names):
        bound = [one for node in imports_of(tree) for one in _statements(node, name)]
        for line, is_shared in bound:
            if not is_shared:
                raise CannotMoveError(f"it uses {name}, which server code has not")
            found[line] = None
        if bound or (name in _BUILTINS and name not in stored(tree.body)):
            continue
        if name in stored(_outer(tree)):
            raise CannotMoveError(f"it uses {name}, which is defined in this file")
        raise CannotMoveError(f"it uses {name}, which only client code has")
    return list(found)


def _outer(tree: ast.Module) -> list[ast.AST]:
    return [ast.Name(one.name, ast.Store()) if hasattr(one, "name") else one for one in tree.body]


def _statements(node: ast.Import | ast.ImportFrom, name: str) -> Iterator[tuple[str, bool]]:
    for bound, alias in bound_by(node).items():
        if bound != name:
            continue
        if isinstance(node, ast.Import):
            is_shared = not alias.name.startswith("anvil") or alias.name == "anvil" or alias.name in _ON_BOTH
            yield ast.unparse(ast.Import([alias])), is_shared
        else:
            module = node.module or ""
            is_shared = not node.level and (not module.startswith("anvil") or module in _ON_BOTH)
            is_shared = is_shared or (module == "anvil" and alias.name in _OF_ANVIL)
            yield ast.unparse(ast.ImportFrom(node.module, [alias], node.level)), is_shared
