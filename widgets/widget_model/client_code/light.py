"""The Python of the Light engine (Skulpt): which syntax it lacks, and how the rest is put so that it understands it.

What it can't run is named with its line before anything runs: its own message would be "bad input on line N".
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

#: What ast says of a text that is not Python, or too deep for it.
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
#: A module may have so many characters: nothing else is done in a process while Python's own parser is at work.
MAX_CHARS = 300_000
_WAY_OUT = "Choose the Full engine in the widget's settings, or write it without."


@dataclass(frozen=True)
class Unsupported:
    """A place that the Light engine can't run; ``text`` says what it is and the way out."""

    line: int
    text: str


def unsupported(source: str) -> list[Unsupported]:
    """Return what of this module the Light engine can't run, in the order of lines; a SyntaxError is one, too."""
    if len(source) > MAX_CHARS:
        return [Unsupported(1, f"This has more than {MAX_CHARS} characters: the Light engine has no modules so long.")]
    source = _with_plain_lines(source)
    try:
        tree = ast.parse(source)
    except _UNREADABLE as error:
        line = error.lineno if isinstance(error, SyntaxError) and error.lineno else 1
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        return [Unsupported(line, f"This is not Python: {said}.")]
    lacking = _lacking(tree, source.encode())
    found = {Unsupported(line, f"The Light engine has no {what}. {_WAY_OUT}") for line, what in lacking}
    return sorted(found, key=lambda one: (one.line, one.text))


def rewritten(source: str) -> str:
    """Return the module as the Light engine understands it, each line where it was; unchanged if it can't be read.

    Annotations of a class become its ``__annotations__`` (texts), bare ones elsewhere ``pass``; ``raise … from`` loses
    its cause, which the engine does not know; ``{**a, 'b': 1}`` becomes a call of ``_merged_``, a builtin of that
    engine (skulpt_patches.js).
    """
    source = _with_plain_lines(source)
    try:
        tree = ast.parse(source)
    except _UNREADABLE:
        return source
    content = source.encode()
    places = _Places(content)
    edits = [
        *_class_annotations(tree, content, places),
        *_bare_annotations(tree, places),
        *_causes(tree, content, places),
        *_merged_dicts(tree, content, places),
    ]
    made, done = [], 0
    for edit in sorted(edits, key=lambda one: one.begin):
        made += [content[done : edit.begin], edit.made_of(content)]
        done = edit.end
    return b"".join([*made, content[done:]]).decode()


def _with_plain_lines(source: str) -> str:
    """Return the source with the ends of lines that ast counts by."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


# --- what it lacks


def _lacking(tree: ast.Module, content: bytes) -> Iterator[tuple[int, str]]:
    places = _Places(content)
    for node in ast.walk(tree):
        what = _what_lacks(node)
        if what is not None:
            yield getattr(node, "lineno", 1), what
        if isinstance(node, ast.FunctionDef | ast.Lambda) and node.args.posonlyargs:
            yield node.lineno, "positional-only parameters (/)"
        if isinstance(node, ast.FunctionDef):
            yield from _returned_by_generator(node)
        if isinstance(node, ast.ClassDef):
            yield from ((node.lineno, f"{one.arg or '**'}= in a class statement") for one in node.keywords)
        if isinstance(node, ast.JoinedStr) and b"=}" in content[places.begin(node) : places.end(node)]:
            yield node.lineno, 'f"{x=}"'


def _what_lacks(node: ast.AST) -> str | None:
    match node:
        case ast.NamedExpr():
            return "assignment expressions (:=)"
        case ast.Nonlocal():
            return "nonlocal"
        case ast.Match():
            return "match statement"
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            return "async and await"
        case ast.TryStar():
            return "except*"
        case ast.Return(value=ast.Tuple(elts=elements)) if any(isinstance(one, ast.Starred) for one in elements):
            return "return with * in a tuple"
        case _ if type(node).__name__ == "TypeAlias":
            return "type statement"
    return None


def _returned_by_generator(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    own = list(_own(function))
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own):
        for node in own:
            if isinstance(node, ast.Return) and node.value is not None:
                yield node.lineno, "return with a value in a generator"


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what belongs to a function itself, not to those within it."""
    waiting = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            yield child
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                waiting.append(child)


# --- what is put otherwise


class _Places:
    """Where lines begin, in bytes: ast counts lines from 1 and columns in bytes."""

    def __init__(self, content: bytes) -> None:
        self._begins = [0]
        for line in content.split(b"\n"):
            self._begins.append(self._begins[-1] + len(line) + 1)

    def begin(self, node: ast.stmt | ast.expr) -> int:
        """Return where a node begins."""
        return self._begins[node.lineno - 1] + node.col_offset

    def end(self, node: ast.stmt | ast.expr) -> int:
        """Return where a node ends."""
        return self._begins[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or node.col_offset)


@dataclass(frozen=True)
class _Edit:
    """Replace what is between two places; as many lines stay as there were."""

    begin: int
    end: int
    text: str
    #: Ends each line that has to stay: a statement may go on behind it.
    newline: bytes = b"\n"

    def made_of(self, content: bytes) -> bytes:
        """Return what stands there afterwards."""
        return self.text.encode() + self.newline * content.count(b"\n", self.begin, self.end)


def _bare_annotations(tree: ast.Module, places: _Places) -> Iterator[_Edit]:
    in_classes = {id(one) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and node.value is None and id(node) not in in_classes:
            yield _Edit(places.begin(node), places.end(node), "pass")


def _class_annotations(tree: ast.Module, content: bytes, places: _Places) -> Iterator[_Edit]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        first = "__annotations__ = {}; "
        for one in node.body:
            if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
                continue
            kind = " ".join(content[places.begin(one.annotation) : places.end(one.annotation)].decode().split())
            noted = f"{first}__annotations__[{one.target.id!r}] = {kind!r}"
            first = ""
            if one.value is None:
                yield _Edit(places.begin(one), places.end(one), noted)
            else:
                # The value keeps its lines: only what stands before it is replaced.
                begin, value = places.begin(one), places.begin(one.value)
                text = f"{noted}; {one.target.id} = {_opened(content[begin:value])}"
                yield _Edit(begin, value, text, b"\\\n")


def _opened(before: bytes) -> str:
    """Return the brackets that were opened before a value: ast does not count them to it."""
    rest = before.rpartition(b"=")[2]
    return "".join(letter for letter in rest.decode() if letter == "(")


def _causes(tree: ast.Module, content: bytes, places: _Places) -> Iterator[_Edit]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.cause is not None and node.exc is not None:
            between = content[places.end(node.exc) : places.begin(node.cause)]
            kept = between[: between.rindex(b"from")].rstrip(b" \\\n\t")
            yield _Edit(places.end(node.exc) + len(kept), places.end(node), "")


def _merged_dicts(tree: ast.Module, content: bytes, places: _Places) -> Iterator[_Edit]:
    # From the outside in: where an outer and an inner dict begin at one place, the outer's edit comes first.
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict) and None in node.keys:
            yield from _merged_dict(node, content, places)


def _merged_dict(node: ast.Dict, content: bytes, places: _Places) -> Iterator[_Edit]:
    """``{**a, 'b': 1, **c}`` → ``_merged_([a, {'b': 1}, c])``."""
    begin, end = places.begin(node), places.end(node)
    yield _Edit(begin, begin + 1, "_merged_([")
    place, in_pairs = begin + 1, False
    following = [*node.keys[1:], None]
    for key, value, next_key in zip(node.keys, node.values, following, strict=True):
        if key is None:
            stars = _found(content, place, b"**")
            yield _Edit(stars, stars + 2, "")
        elif not in_pairs:
            yield _Edit(place, place, "{")
        in_pairs = key is not None
        separator = _found(content, places.end(value), b",}")
        if in_pairs and next_key is None:
            yield _Edit(separator, separator, "}")
        place = separator + 1
    yield _Edit(end - 1, end, "])")


def _found(content: bytes, place: int, wanted: bytes) -> int:
    """Return where one of these letters is next, ``**`` as a whole, outside of comments."""
    while content[place] not in wanted:
        place = content.index(b"\n", place) if content[place] == ord("#") else place + 1
    return place
