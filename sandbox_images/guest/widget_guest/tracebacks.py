"""What the owner reads of an exception: it starts at the owner's code and names files as the editor does."""

import traceback
from typing import Any

#: Where the widget's files are.
WORK = "/work"
#: Folders of our own code and the library's: frames of these are no place that an owner can mend.
_platform = [__file__.rpartition("/")[0]]
#: Longer messages are cut; an exception's text must not outgrow a frame.
_MESSAGE_CHARS = 10_000
_TRACEBACK_CHARS = 100_000

Trace = list[list[Any]]


def shown_name(file_name: str) -> str:
    """Return a file's name as its owner knows it: relative to the widget."""
    return file_name[len(WORK) + 1 :] if file_name.startswith(f"{WORK}/") else file_name


def full_name(name: str) -> str:
    """Return the path of one of the widget's files."""
    return f"{WORK}/{name}"


def count_as_platform(folder: str) -> None:
    """Leave the frames of this folder's files out from now on."""
    _platform.append(folder)


def is_platform(file_name: str) -> bool:
    """Return whether a frame's file is ours or the library's."""
    return any(file_name.startswith(f"{folder}/") for folder in _platform)


def user_trace(trace: list[Any]) -> Trace:
    """Return the (file, line) pairs of ``trace`` without the platform's."""
    return [[shown_name(name), line] for name, line in trace if not is_platform(name)]


def describe(error: BaseException) -> dict[str, Any]:
    """Return the error of an END frame: type, message, trace (innermost first) and the formatted traceback."""
    trace = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        trace = [(error.filename, error.lineno)]
    return {
        "type": type_name(error),
        "message": str_of(error)[:_MESSAGE_CHARS],
        "trace": user_trace(trace[::-1]),
        "traceback": formatted(error),
    }


def formatted(error: BaseException) -> str:
    """Return the traceback as Python prints it, without the platform's frames, also in what caused it."""
    shown = traceback.TracebackException(type(error), error, error.__traceback__, compact=True)
    _leave_out_platform(shown)
    text = "".join(shown.format()).replace(f'File "{WORK}/', 'File "')
    if len(text) > _TRACEBACK_CHARS:
        half = _TRACEBACK_CHARS // 2
        text = f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"
    return text


def type_name(error: BaseException) -> str:
    """Return how an exception's class is shown: builtins bare, others with their module as Python prints it."""
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__", "main"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def str_of(value: object) -> str:
    """Return the text of an exception (or what was raised with it), also when its own __str__ fails."""
    try:
        return str(value)
    except Exception:  # user code's __str__ may raise anything
        return "<the exception has no text: its __str__ failed>"


def _leave_out_platform(shown: traceback.TracebackException) -> None:
    """Keep the owner's frames alone: a guest's or the library's is no place that they can mend."""
    waiting: list[traceback.TracebackException | None] = [shown]
    while waiting:
        one = waiting.pop()
        if one is not None:
            one.stack[:] = [frame for frame in one.stack if not is_platform(frame.filename)]
            waiting += [one.__cause__, one.__context__]
