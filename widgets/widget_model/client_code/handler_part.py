"""The lines of a method that need a module of the server, taken out as a function of their own."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from widget_model.client_code.names import CannotMoveError, loaded, needed_imports, stored
from widget_model.client_code.source_edits import Edit, Source, indented


@dataclass(frozen=True)
class Part:
    """A part of a method as a function, and the changes that call it instead."""

    definition: str
    imports: list[str]
    edits: list[Edit]


@dataclass
class _Taking:
    source: Source
    tree: ast.Module
    method: ast.FunctionDef
    #: Names that the import binds.
    names: set[str]
    #: Names whose values stay on the server.
    kept: set[str]
    #: Text of what is read of the form → name of the parameter.
    parameters: dict[str, str] = field(default_factory=dict)


def part_of(
    source: Source, tree: ast.Module, method: ast.FunctionDef, names: set[str], own: ast.stmt, name: str
) -> Part:
    """Return the part of ``method`` that needs ``names``; ``own`` is their import. CannotMoveError says why not."""
    if any(isinstance(one, ast.Yield | ast.YieldFrom | ast.Await) for one in ast.walk(method)):
        raise CannotMoveError("it gives values one by one")
    block = _block(method.body, names, own)
    taking = _Taking(source, tree, method, names, set(names))
    _follow(taking, block, own)
    needing = [at for at, one in enumerate(block) if _needs(taking, one) or one is own]
    first, last = needing[0], needing[-1]
    middle = first
    while middle <= last and _stays_whole(taking, block[middle]):
        middle += 1
    while middle > first and not (_needs(taking, block[middle - 1]) or block[middle - 1] is own):
        middle -= 1
    moved, after = block[first:middle], block[middle:]
    return _made(taking, moved, after, name)


def _block(statements: list[ast.stmt], names: set[str], own: ast.stmt) -> list[ast.stmt]:
    """Return the innermost list of statements that has all that need these names."""
    needing = [one for one in statements if loaded([one]) & names or own in ast.walk(one)]
    if len(needing) == 1 and needing[0] is not own:
        only = needing[0]
        for inner in ("body", "orelse", "finalbody"):
            deeper = getattr(only, inner, None)
            if isinstance(only, ast.If | ast.With | ast.Try) and deeper and _all_in(only, deeper, names):
                return _block(deeper, names, own)
    return statements


def _all_in(whole: ast.stmt, part: list[ast.stmt], names: set[str]) -> bool:
    def uses(nodes: Sequence[ast.AST]) -> int:
        return sum(isinstance(one, ast.Name) and one.id in names for node in nodes for one in ast.walk(node))

    return 0 < uses(part) == uses([whole])


def _follow(taking: _Taking, block: list[ast.stmt], own: ast.stmt) -> None:
    """Find the names that are made of what stays on the server."""
    before = 0
    while len(taking.kept) != before:
        before = len(taking.kept)
        for one in block:
            taking.kept |= _made_of(taking, one) if one is not own else set()
    if "self" in taking.kept:
        raise CannotMoveError("it assigns to self")


def _made_of(taking: _Taking, statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives values made of what stays on the server."""
    found: set[str] = set()
    for node in ast.walk(statement):
        match node:
            case ast.Assign(targets=targets, value=value) if _needs(taking, value):
                found |= stored([one for one in targets if isinstance(one, ast.Name | ast.Tuple | ast.List)])
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
                found |= stored([target]) if _needs(taking, value) else set()
            case ast.NamedExpr(target=target, value=value) if _needs(taking, value):
                found |= stored([target])
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                found |= stored([target]) if _needs(taking, value) else set()
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target) if _needs(taking, value):
                found |= stored([target])
    return found


def _changed_by(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names of lists and the like that may be changed in place."""
    found = set()
    for one in (one for node in nodes for one in ast.walk(node)):
        place = one.func if isinstance(one, ast.Call) else one
        is_changed = isinstance(one, ast.Call) or not isinstance(getattr(one, "ctx", ast.Load()), ast.Load)
        while is_changed and isinstance(place, ast.Attribute | ast.Subscript):
            place = place.value
            if isinstance(place, ast.Name):
                found.add(place.id)
    return found


def _needs(taking: _Taking, node: ast.AST) -> bool:
    return bool(loaded([node]) & taking.kept)


# --- what can move


def _stays_whole(taking: _Taking, statement: ast.stmt) -> bool:
    """Whether a statement runs on the server as it is."""
    leaves = ast.Return | ast.Break | ast.Continue | ast.Global | ast.Nonlocal
    return not any(isinstance(one, leaves) for one in ast.walk(statement)) and _why_not(taking, statement) is None


def _why_not(taking: _Taking, node: ast.AST) -> str | None:
    """Return what of a piece of code belongs to the browser; None when nothing does."""
    chains = _chains(node)
    inside = {id(one) for chain in chains for one in ast.walk(chain)}
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id == "self" and id(one) not in inside:
            return "it uses self as a whole, or calls a method of it"
        if isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Load) and id(one) in inside:
            return f"it assigns to {ast.unparse(one)}"
    try:
        _imports(taking, [node])
    except CannotMoveError as error:
        return str(error)
    return None


def _chains(node: ast.AST) -> list[ast.Attribute]:
    """Return what is read of self: the longest ``self.a.b``, without the name of a method that is called."""
    found: list[ast.Attribute] = []

    def visit(one: ast.AST, is_called: bool) -> None:
        length = _length(one)
        if length and isinstance(one, ast.Attribute) and not is_called:
            found.append(one)
            return
        if length and isinstance(one, ast.Attribute):
            # A method of a value (a text, a file) can be called on the server; one of the form or of a component can't.
            if isinstance(one.value, ast.Attribute) and (length > 2 or one.value.attr == "item"):
                found.append(one.value)
            return
        for child in ast.iter_child_nodes(one):
            visit(child, isinstance(one, ast.Call) and child is one.func)

    visit(node, False)
    return found


def _length(node: ast.AST) -> int:
    """Return how many names follow self in ``self.a.b``; 0 for anything else."""
    length = 0
    while isinstance(node, ast.Attribute):
        node, length = node.value, length + 1
    return length if isinstance(node, ast.Name) and node.id == "self" else 0


def _imports(taking: _Taking, nodes: Sequence[ast.AST]) -> list[str]:
    own = stored([taking.method]) | {"self"}
    return needed_imports(loaded(nodes) - own, taking.tree)


# --- what is made of it


def _made(taking: _Taking, moved: list[ast.stmt], after: list[ast.stmt], name: str) -> Part:
    if moved and not taking.source.stands_alone(moved[0], moved[-1]):
        raise CannotMoveError("its lines share lines with others")
    if any(_has_long_text(one) for one in moved):
        raise CannotMoveError("it holds a text of several lines, which would be indented otherwise")
    for one in after:
        if isinstance(one, ast.Assign | ast.AugAssign) and _only_names(one) and _needs(taking, one):
            why = _why_not(taking, one) or "the lines that need it are mixed with lines that work on the form"
            raise CannotMoveError(why)
    given_back = []
    for at, one in enumerate(after):
        pieces = list(_pieces(taking, one))
        _check_order(pieces, after[:at])
        given_back += pieces
    modules = [one for one in ast.walk(taking.method) if isinstance(one, ast.Import | ast.ImportFrom)]
    own = stored([taking.method]) - stored(modules) - {"self"}
    made = stored(moved) | (_changed_by(moved) & own)
    outputs = sorted((made & _loaded_elsewhere(taking, moved)) - taking.kept)
    _check_rest(taking, moved, after)
    results = [*(_server_text(taking, one) for one in given_back), *outputs]
    body = _body(taking, moved)
    if results:
        body += f"    return {', '.join(results)}\n"
    _locals(taking, [*moved, *given_back], moved)
    parameters = ", ".join(taking.parameters.values())
    arguments = ", ".join([f'"{name}"', *taking.parameters])
    call = f"anvil.server.call({arguments})"
    edits = _edits(taking, moved, after, given_back, outputs, call)
    return Part(f"def {name}({parameters}):\n{body}", _imports(taking, [*moved, *given_back]), edits)


def _check_order(pieces: Sequence[ast.expr], before: list[ast.stmt]) -> None:
    """What is computed on the server is computed before these lines, so it must not need anything of them."""
    if any(_chains(one) for one in pieces) and before:
        raise CannotMoveError("its lines read the form between changes of it")
    if loaded(pieces) & stored(before):
        raise CannotMoveError("the lines that need it are mixed with lines that work on the form")


def _loaded_elsewhere(taking: _Taking, moved: list[ast.stmt]) -> set[str]:
    inside = {id(one) for statement in moved for one in ast.walk(statement)}
    names = (one for one in ast.walk(taking.method) if isinstance(one, ast.Name) and id(one) not in inside)
    return {one.id for one in names if isinstance(one.ctx, ast.Load)}


def _has_long_text(statement: ast.stmt) -> bool:
    texts = (one for one in ast.walk(statement) if isinstance(one, ast.JoinedStr | ast.Constant))
    return any(one.lineno != one.end_lineno for one in texts)


def _only_names(node: ast.Assign | ast.AugAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(isinstance(one, ast.Name) for one in targets)


def _pieces(taking: _Taking, statement: ast.stmt) -> Iterator[ast.expr]:
    """Give the largest expressions of a statement that need the server and can run there."""
    inner = stored([statement])

    def visit(node: ast.AST) -> Iterator[ast.expr]:
        if not _needs(taking, node):
            return
        if isinstance(node, ast.Call) and (why := _why_not(taking, node)) and _is_of_module(taking, node.func):
            raise CannotMoveError(why)
        if isinstance(node, ast.expr) and _is_of_module(taking, node):
            raise CannotMoveError("it hands the module on")
        if isinstance(node, ast.expr) and not isinstance(node, ast.Starred) and _why_not(taking, node) is None:
            if loaded([node]) & (inner - stored([node])):
                raise CannotMoveError("a loop of it works on the form and needs the module in each turn")
            yield node
            return
        if isinstance(node, ast.Name):
            raise CannotMoveError(_why_not(taking, node) or "it needs the module on both sides")
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    yield from visit(statement)


def _is_of_module(taking: _Taking, node: ast.expr) -> bool:
    """Whether an expression is the module itself, or something by its name in it."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in taking.names


def _check_rest(taking: _Taking, moved: list[ast.stmt], after: list[ast.stmt]) -> None:
    """What is behind the block must not need what stays on the server."""
    seen = {id(one) for statement in [*moved, *after] for one in ast.walk(statement)}
    for one in ast.walk(taking.method):
        if isinstance(one, ast.Name) and one.id in taking.kept and id(one) not in seen:
            raise CannotMoveError("its lines that need the module are in several places")


def _body(taking: _Taking, moved: list[ast.stmt]) -> str:
    if not moved:
        return ""
    begin, end = taking.source.whole_lines(moved[0], moved[-1])
    edits = [_as_parameter(taking, chain) for statement in moved for chain in _chains(statement)]
    text = taking.source.edited(edits, begin, end)
    return indented(text if text.endswith("\n") else f"{text}\n", "    ")


def _server_text(taking: _Taking, piece: ast.expr) -> str:
    """Return an expression as the server has it."""
    edits = [_as_parameter(taking, chain) for chain in _chains(piece)]
    text = taking.source.edited(edits, taking.source.begin(piece), taking.source.end(piece))
    return f"({text})" if "\n" in text and not text.startswith(("(", "[", "{")) else text


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _as_parameter(taking: _Taking, chain: ast.Attribute) -> Edit:
    written = ast.unparse(chain)
    if written not in taking.parameters:
        wanted = written.removeprefix("self.").split(".")
        taken = set(taking.parameters.values()) | stored([taking.method]) | loaded([taking.tree])
        taking.parameters[written] = _free(wanted[-1] if wanted[-1] not in taken else "_".join(wanted), taken)
    begin, end = taking.source.begin(chain), taking.source.end(chain)
    return Edit(begin, end, taking.parameters[written])


def _locals(taking: _Taking, nodes: Sequence[ast.AST], moved: list[ast.stmt]) -> None:
    """Make parameters of the method's own names that come from before."""
    inside = {id(one) for node in nodes for one in ast.walk(node)}
    others = [one for one in ast.walk(taking.method) if id(one) not in inside and isinstance(one, ast.Name | ast.arg)]
    from_outside = stored(others) - {"self"}
    made_here = stored(moved) - from_outside
    for name in sorted(loaded(nodes) & from_outside - made_here):
        if name in ("sender", "event_args"):
            raise CannotMoveError(f"it uses {name}, which stays in the browser")
        taking.parameters[name] = name


def _edits(
    taking: _Taking,
    moved: list[ast.stmt],
    after: list[ast.stmt],
    given_back: list[ast.expr],
    outputs: list[str],
    call: str,
) -> list[Edit]:
    source = taking.source
    if len(given_back) == 1 and not outputs:
        only = given_back[0]
        lines = [Edit(*source.whole_lines(moved[0], moved[-1]), "")] if moved else []
        # In a loop it would be called in each turn, behind other lines later than it was.
        if only in ast.walk(after[0]) and not isinstance(after[0], ast.For | ast.While | ast.FunctionDef):
            return [*lines, Edit(source.begin(only), source.end(only), call)]
    taken = stored([taking.method]) | loaded([taking.tree])
    named = [_free(f"value_{at}", taken) for at in range(1, len(given_back) + 1)]
    edits = [Edit(source.begin(one), source.end(one), name) for one, name in zip(given_back, named, strict=True)]
    targets = ", ".join([*named, *outputs])
    start = (moved or after)[0]
    indent = source.content[source.line(start.lineno) : source.begin(start)].decode()
    line = f"{indent}{targets} = {call}\n" if targets else f"{indent}{call}\n"
    begin, end = source.whole_lines(moved[0], moved[-1]) if moved else (source.line(start.lineno),) * 2
    return [Edit(begin, end, line), *edits]
