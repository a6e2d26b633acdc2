"""What becomes of exceptions that nobody caught."""

import sys

import _bridge

_REMEDY = (
    " is not available in client code, which runs in the visitor's browser with a part of Python's library:"
    " use it in a server function, and call that with anvil.server.call"
)
_handling = {"call": None}


#: Answers a call of a Python function that JavaScript has (set by ``anvil.js``, before which there is none).
called_by_page = None


def set_default_error_handling(handler):
    """Call ``handler`` with each exception that nobody caught, instead of showing it; None for showing it again."""
    _handling["call"] = handler


def report(error):
    """Give an exception to who handles them, or show it in the corner of the page."""
    handler = _handling["call"]
    if handler is None or not isinstance(error, Exception):
        show(error)
        return
    try:
        handler(error)
    except Exception as raised:
        if raised is not error:
            _handling["call"] = None
        show(raised)


def show(error):
    """Show an exception in the corner and tell the widget's owner of it."""
    # What the server raised is told under the name that it has there.
    kind = getattr(error, "_remote_type", None) or type(error).__name__
    trace = [list(entry) for entry in getattr(error, "_remote_trace", None) or []]
    trace = trace + _bridge.trace_of(error)
    _bridge.report(_bridge.to_json({"type": kind, "message": message_of(error), "trace": trace}))


def message_of(error):
    """Return the text of an exception; a KeyError's is its key, of a missing module also what to do about it."""
    if isinstance(error, ImportError):
        return _message_of_import(str(error))
    if isinstance(error, KeyError) and len(error.args) == 1:
        return str(error.args[0])
    return str(error)


def _message_of_import(text):
    begin = "No module named "
    name = text[len(begin) :].strip("'") if text.startswith(begin) else ""
    # What a package that is there lacks is told as it is: a module of the widget that was renamed.
    if not name or (name.split(".")[0] in sys.modules and name.split(".")[0] != "anvil"):
        return text
    return text + ": '" + name + "'" + _REMEDY
