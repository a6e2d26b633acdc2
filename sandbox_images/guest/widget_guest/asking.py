"""input() in a run: there is no keyboard, and the error says what to do instead."""

import builtins
import sys

HELP = (
    "input() can't be answered here: a run has no keyboard. Pass values as arguments (they are in sys.argv), keep them "
    "in a file of the widget, or make an HTTP API that takes them as parameters."
)


def no_keyboard(prompt: object = "", /) -> str:
    """Stand in for the builtin: show the prompt, then end with an EOFError that helps."""
    sys.stdout.write(str(prompt))
    sys.stdout.flush()
    raise EOFError(HELP)


def replace_input() -> None:
    """Put ``no_keyboard`` where user code looks for input."""
    builtins.input = no_keyboard
