"""What Python's traceback has, for Skulpt: lines name files and lines, and no source text."""

import _light


def format_exception_only(kind, value=None):
    error = kind if value is None and isinstance(kind, BaseException) else value
    name = type(error).__name__ if error is not None else "NoneType"
    said = str(error)
    return [name + (": " + said if said else "") + "\n"]


def format_tb(error):
    return ['  File "%s", line %d\n' % place for place in _light.trace(error)]


def format_exception(kind, value=None, tb=None, limit=None, chain=True):
    error = kind if value is None else value
    if error is None:
        return ["NoneType: None\n"]
    lines = format_tb(error)
    head = ["Traceback (most recent call last):\n"] if lines else []
    return head + lines + format_exception_only(None, error)


def format_exc(limit=None, chain=True):
    return "".join(format_exception(_light.caught()))


def print_exception(kind, value=None, tb=None, limit=None, file=None, chain=True):
    _write("".join(format_exception(kind, value)), file)


def print_exc(limit=None, file=None, chain=True):
    _write(format_exc(), file)


def extract_tb(error, limit=None):
    return _light.trace(error)


def _write(text, file):
    if file is None:
        print(text)
    else:
        file.write(text)
