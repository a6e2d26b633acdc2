"""The last line of a script, when it is an expression, is shown (as notebooks do).

The program is compiled as it stands, in two pieces at most, so tracebacks name the lines that its owner sees.
The classes come from where ``ast`` has them, too: that module itself would be 0.3 MB in every supervisor.
"""

import __future__

import functools
import operator
import sys
from _ast import Attribute, Call, Constant, Expr, Interactive, Module, PyCF_ONLY_AST
from types import CodeType, ModuleType

from widget_guest import showing

#: Futures that the first piece may switch on for the second.
_FUTURES = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)


def execute(module: ModuleType, source: bytes, main: str) -> None:
    """Compile and execute ``source`` as ``module``, and show its last expression; raises what user code raises."""
    first, last = split(source, main)
    exec(first, module.__dict__)
    if last is not None:
        sys.displayhook = showing.show_last_expression
        exec(last, module.__dict__)


def split(source: bytes, main: str) -> tuple[CodeType, CodeType | None]:
    """Return the code of a program and of its last expression, if there is one to show."""
    tree: Module = compile(source, main, "exec", int(PyCF_ONLY_AST), dont_inherit=True)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, Expr) or _is_docstring(tree) or _is_silent(last, source):
        return compile(source, main, "exec", dont_inherit=True), None
    tree.body.pop()
    first = compile(tree, main, "exec", dont_inherit=True)
    # "single" hands the value to sys.displayhook.
    shown = Interactive(body=[last])
    return first, compile(shown, main, "single", first.co_flags & _FUTURES, dont_inherit=True)


def _is_docstring(tree: Module) -> bool:
    only = tree.body[0]
    is_text = isinstance(only, Expr) and isinstance(only.value, Constant) and isinstance(only.value.value, str)
    return len(tree.body) == 1 and is_text


def _is_silent(last: Expr, source: bytes) -> bool:
    """Whether nobody wants to see it: a semicolon follows, or it is the count of what ``write`` wrote."""
    call = last.value
    if isinstance(call, Call) and isinstance(call.func, Attribute) and call.func.attr == "write":
        return True
    # Line numbers and columns of the tree count lines as Python does, and bytes of UTF-8.
    lines = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    end = (last.end_lineno or 1) - 1
    return end < len(lines) and lines[end][last.end_col_offset or 0 :].lstrip().startswith(b";")
