"""Methods that a form's template names and its class does not have: written where they belong."""

import ast

from widget_model.client_code.marks import Fix, parsed


def written(path: str, source: str, form: str, method: str) -> tuple[Fix, ...]:
    """Return the fix that gives a form's class one more method; none where there is no place for it."""
    tree = parsed(source)
    if tree is None or not method.isidentifier():
        return ()
    found = next((one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == form), None)
    # On the class's own line there is no room.
    if found is None or found.body[0].lineno == found.lineno:
        return ()
    end, indent = found.end_lineno or found.lineno, " " * found.body[0].col_offset
    lines = source.split("\n")
    body = [f"{indent}def {method}(self, **event_args):", f"{indent}{' ' * 4}pass"]
    text = "\n".join([*lines[:end], "", *body, *(lines[end:] or [""])])
    return (Fix(f"Write {method}", {path: text}, f"{form} has a method {method}: say there what it does."),)
