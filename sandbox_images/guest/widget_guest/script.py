"""Runs a script top to bottom, once, as ``__main__`` on the main thread (W-02)."""

import atexit
import sys
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NoReturn

from widget_guest import calling, last_expression, output, script_module, task_state, tracebacks, written_files
from widget_guest.link import Link, leave
from widget_wire.start import END

_SIGNED_BYTE = 0xFF
_SAID_CHARS = 1000


def run(
    link: Link,
    source: bytes,
    main: str,
    arguments: list[Any],
    call: dict[str, Any] | None,
    files: Mapping[str, Any],
) -> int:
    """Run ``source``, then ``call`` (``calling.py``), and send END; return the exit code, as a process would have.

    Figures left open are shown, and files that differ from the widget's own (``files``) handed over.
    An uncaught exception is the error of END and exit code 1; SystemExit is no error, whatever its code. ``said`` is
    what ``sys.exit("...")`` said.
    """
    sys.argv = [main, *script_module.as_texts(arguments)]
    script_module.begin(arguments)
    module = make_module("__main__", main)
    link.user_code_begins()
    error, exit_code, said = _execute(module, source, main, call)
    _show_open_figures()
    _finish()
    returned = script_module.returned()
    output.flush()
    if not link.is_here:
        leave(exit_code)  # user code forked and let the fork run on to the end
    written_files.hand_over(link, tracebacks.WORK, files)
    task_state.teller.end()
    end = {"type": END, "error": error, "exit_code": exit_code}
    if said:
        end["said"] = said
    if returned is not None:
        end["returned"] = returned
    link.send(end)
    return exit_code


def refuse(link: Link, kind: str, message: str) -> NoReturn:
    """End the run of a script that can't begin, with the error ``kind``."""
    link.user_code_begins()
    link.send({"type": END, "error": {"type": kind, "message": message, "trace": []}, "exit_code": 1})
    leave(1)


def make_module(name: str, main: str) -> ModuleType:
    """Put an empty module in ``sys.modules``, with the file name that a started program has."""
    module = ModuleType(name)
    module.__file__ = tracebacks.full_name(main)
    sys.modules[name] = module
    return module


def _execute(
    module: ModuleType, source: bytes, main: str, call: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, int, str]:
    """Return the error, the exit code, and what was said on leaving."""
    try:
        last_expression.execute(module, source, main)
        if call is not None:
            calling.call_function(module, call)
    except SystemExit as leaving:
        return None, *_leaving(leaving)
    except BaseException as error:  # user code may raise anything, KeyboardInterrupt included; it is the result
        _tell_own_hook(error)
        return tracebacks.describe(error), 1, ""
    return None, 0, ""


def _leaving(leaving: SystemExit) -> tuple[int, str]:
    """Return the code that Python would end with, and the text; a text goes to stderr and counts as 1."""
    code = leaving.code
    if code is None:
        return 0, ""
    if isinstance(code, int):
        return code & _SIGNED_BYTE, ""
    text = tracebacks.str_of(code)
    sys.stderr.write(f"{text}\n")
    return 1, text[:_SAID_CHARS]


def _tell_own_hook(error: BaseException) -> None:
    """Call a sys.excepthook that user code installed; ours would print what END carries anyway."""
    if sys.excepthook is not sys.__excepthook__:
        try:
            sys.excepthook(type(error), error, error.__traceback__)
        except Exception as failure:  # user code again
            sys.stderr.write(f"Error in sys.excepthook: {tracebacks.str_of(failure)}\n")


def _show_open_figures() -> None:
    if "matplotlib._pylab_helpers" not in sys.modules:
        return
    from widget_guest.rich import figures

    try:
        figures.show_open()
    except Exception as failure:  # matplotlib's, for what user code drew
        sys.stderr.write(
            f"A figure could not be drawn: {tracebacks.type_name(failure)}: {tracebacks.str_of(failure)}\n"
        )


def _finish() -> None:
    """Wait for threads and call exit handlers, as the end of a Python process does."""
    shut_down = threading._shutdown  # type: ignore[attr-defined]  # what the interpreter itself calls at its end
    try:
        shut_down()
        atexit._run_exitfuncs()
    except BaseException as failure:  # an exit handler is user code and may raise SystemExit, too
        sys.stderr.write(f"Error at exit: {tracebacks.type_name(failure)}: {tracebacks.str_of(failure)}\n")
