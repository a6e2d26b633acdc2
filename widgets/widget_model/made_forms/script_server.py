"""The server module of a script's form: makes arguments of what was typed, and runs the script."""

from collections.abc import Iterator, Mapping

from widget_model.forms.fields import Field
from widget_model.made_forms.text import entry, quoted

_HEAD = """\
import {imports}
from pathlib import Path

import anvil.server

# The script, as it was when this was made. Whoever opens the page can run it, with anything.
FOLDER = Path(__file__).resolve().parents[1] / "script"
# Of what it prints, as much as is shown.
MOST_CHARS = 50_000
# A script prints to what the whole process prints to: one at a time.
BUSY = threading.Lock()
"""
_RUN = """\
@anvil.server.callable
def run_script(values):
    # A call has as long as the limits of this site say; for more, launch a background task.
    printed = io.StringIO()
    with BUSY, contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        failed = not succeeds(values)
    return {"output": printed.getvalue()[-MOST_CHARS:], "failed": failed}


def succeeds(values):
    try:
        run(values)
    except SystemExit as leaving:
        if isinstance(leaving.code, str):
            print(leaving.code)
        return not leaving.code
    except Exception:
        traceback.print_exc()
        return False
    return True
"""
_RUN_MAIN = """\
def run(values):
    sys.path.insert(0, str(FOLDER))
    script = runpy.run_path(str(FOLDER / "main.py"), run_name="__main__")
    result = script["main"](**arguments(values, script))
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    if result is not None:
        print(result)


def arguments(values, script):
    found = {}
    for key, (parameter, kind, many) in FIELDS.items():
        if key in values:
            texts = str(values[key]).splitlines() if many else [values[key]]
            made = [argument(one, key, kind, script) for one in texts]
            found[parameter] = made if many else made[0]
    return found


def argument(value, key, kind, script):
    if kind == "integer":
        return int(value)
    if kind == "number":
        return float(value)
    if kind == "choice":
        return CHOICES[key][value]
    if kind.startswith("enum:"):
        return getattr(script[kind[5:]], value)
    if kind == "date" and isinstance(value, str):
        return datetime.date.fromisoformat(value)
    if kind == "datetime" and isinstance(value, str):
        return datetime.datetime.fromisoformat(value)
    if kind == "datetime":
        # The time as it was typed: scripts know nothing of the visitor's zone.
        return value.replace(tzinfo=None)
    return value
"""
_RUN_ARGV = """\
def run(values):
    sys.path.insert(0, str(FOLDER))
    sys.argv = ["main.py", *arguments(values)]
    runpy.run_path(str(FOLDER / "main.py"), run_name="__main__")


def arguments(values):
    options, positional = [], []
    for key, (flag, kind, action, many) in FIELDS.items():
        if key not in values:
            continue
        value = values[key]
        texts = str(value).splitlines() if many else [text_of(value, kind)]
        if not flag:
            positional += texts
        elif kind == "flag":
            options += [flag] if value else []
        elif action == "boolean":
            options += [flag if value == "yes" else flag.replace("--", "--no-", 1)]
        elif action == "count":
            options += [flag] * min(int(value), 100)
        elif action == "store" and many:
            options += [flag, *texts]
        else:
            options += [f"{flag}={text}" for text in texts]
    return [*options, "--", *positional] if positional else options


def text_of(value, kind):
    return str(int(value)) if kind == "integer" else str(value)
"""


def server_module(kind: str, fields: Mapping[str, Field]) -> str:
    """Return the module's text for a form of this kind, whose fields these are by their keys."""
    imports: tuple[str, ...]
    if kind == "argparse":
        imports = ("contextlib", "io", "runpy", "sys", "threading", "traceback")
        data = ["# The arguments: option (none for one by place), type, what is written, several.", "FIELDS = {"]
        data += [line for key, one in fields.items() for line in _argv(key, one)]
        parts = [_data([*data, "}"]), _RUN, _RUN_ARGV]
    else:
        imports = ("asyncio", "contextlib", "datetime", "inspect", "io", "runpy", "sys", "threading", "traceback")
        data = ["# The parameters of main: name, type, whether it is a list.", "FIELDS = {"]
        data += [line for key, one in fields.items() for line in _parameter(key, one)]
        parts = [_data([*data, "}", *_choices(fields)]), _RUN, _RUN_MAIN]
    head = _HEAD.replace("{imports}", "\nimport ".join(imports))
    return head + parts[0] + "\n\n" + "\n\n".join(parts[1:])


def _data(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _argv(key: str, one: Field) -> Iterator[str]:
    return entry(key, (quoted(one.flag), quoted(one.type), quoted(one.action), str(one.many)))


def _parameter(key: str, one: Field) -> Iterator[str]:
    kind = f"enum:{one.enumeration}" if one.enumeration else one.type
    return entry(key, (quoted(one.name), quoted(kind), str(one.many)))


def _choices(fields: Mapping[str, Field]) -> list[str]:
    """What is chosen, and what it stands for."""
    lines = ["# What can be chosen, and what it stands for.", "CHOICES = {"]
    for key, one in fields.items():
        if one.type == "choice" and not one.enumeration:
            lines.append(f'    "{key}": {{')
            for text, member in zip(one.choices, one.members, strict=True):
                lines.append(f"        {quoted(text)}: {quoted(member) if isinstance(member, str) else repr(member)},")
            lines.append("    },")
    return [*lines, "}"]
