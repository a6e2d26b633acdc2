"""A form for a script, read from its code without running it (X-23).

Two kinds of ``main.py`` have one. One that makes a single ``argparse.ArgumentParser``: each ``add_argument`` is a
field, and what is typed becomes ``sys.argv``. And one that defines a function ``main`` with parameters which nothing at
the top level of the file uses: each parameter is a field, and the function is called with typed values once the file
has run.
"""

import ast

from widget_model.forms.argparse_form import argparse_form
from widget_model.forms.fields import Form
from widget_model.forms.signature_form import signature_form

#: Longer sources have no form: reading one costs time of whoever shows it.
MAX_SOURCE_CHARS = 200_000


def form_of(source: str) -> Form | None:
    """Return the form of a script's ``main.py``; None when it has none, or can't be read."""
    if len(source) > MAX_SOURCE_CHARS:
        return None
    try:
        tree = ast.parse(source)
        return argparse_form(tree) or signature_form(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
