"""Values that were typed into the form of a signature, checked, and the call that they become."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from widget_model.forms.fields import Field, Form, Plain
from widget_model.forms.signature_form import FUNCTION

MAX_VALUE_CHARS = 100_000
MAX_VALUES = 1000


class ValueProblem(Exception):  # noqa: N818 - what was typed is the problem of who typed it
    """A value does not fit; ``field`` names it, the text says what would."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Call:
    """A call of a function of ``main.py``."""

    function: str
    #: (parameter, kind, value): ``plain`` is passed as it is, ``date`` and ``datetime`` are ISO texts, ``enum:Colour``
    #: a member's name. For a list of such, the value is a list.
    arguments: tuple[tuple[str, str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the call as START carries it."""
        return {"function": self.function, "arguments": [list(argument) for argument in self.arguments]}


def call_of(form: Form, values: Mapping[str, Any]) -> Call:
    """Return the call with these values; a field that is left out, or None, is left to its default.

    ValueProblem when one is unknown, missing or of another type.
    """
    fields = {field.name: field for field in form.fields}
    unknown = next((name for name in values if name not in fields), None)
    if unknown is not None:
        raise ValueProblem(unknown[:100], f"{FUNCTION}() has no parameter {unknown[:100]!a}.")
    arguments = []
    for field in form.fields:
        value = values.get(field.name)
        if value is None and field.type == "flag":
            value = field.is_on
        if value is None:
            if field.required:
                raise ValueProblem(field.name, f"{field.name} is needed.")
            if not field.has_default:
                arguments.append((field.name, "plain", None))
            continue
        arguments.append((field.name, _kind(field), _checked(field, value)))
    return Call(FUNCTION, tuple(arguments))


def _kind(field: Field) -> str:
    if field.enumeration:
        return f"enum:{field.enumeration}"
    return field.type if field.type in ("date", "datetime") else "plain"


def _checked(field: Field, value: Any) -> Any:
    if not field.many:
        return _one(field, value)
    if not isinstance(value, list) or len(value) > MAX_VALUES:
        raise ValueProblem(field.name, f"{field.name} is a list of at most {MAX_VALUES}.")
    if len(value) < field.least:
        raise ValueProblem(field.name, f"{field.name} is needed.")
    return [_one(field, item) for item in value]


def _one(field: Field, value: Any) -> Plain:
    match field.type:
        case "integer" if type(value) is int:
            return value
        case "number" if type(value) in (int, float) and math.isfinite(value):
            return float(value)
        case "flag" if isinstance(value, bool):
            return value
        case "choice" if isinstance(value, str) and value in field.choices:
            return field.members[field.choices.index(value)]
        case "date" | "datetime" if isinstance(value, str) and _is_time(field.type, value):
            return value
        case "text" if isinstance(value, str) and len(value) <= MAX_VALUE_CHARS and "\0" not in value:
            return value.encode("utf-8", "replace").decode()
    raise ValueProblem(field.name, f"{field.name} {_wanted(field)}.")


def _is_time(kind: str, value: str) -> bool:
    try:
        # What the CPython 3.10 of a run reads: the newer one here takes more.
        form = "%Y-%m-%d" if kind == "date" else "%Y-%m-%dT%H:%M:%S" if value.count(":") == 2 else "%Y-%m-%dT%H:%M"
        datetime.datetime.strptime(value, form)
    except ValueError:
        return False
    return True


def _wanted(field: Field) -> str:
    if field.type == "choice":
        return f"is one of {', '.join(field.choices[:10])}"
    words = {
        "integer": "is a whole number",
        "number": "is a number",
        "flag": "is true or false",
        "date": "is a date like 2026-11-21",
        "datetime": "is a date and time like 2026-11-21T15:30",
    }
    return words.get(field.type, f"is a text of at most {MAX_VALUE_CHARS} characters")
