"""Calls the function of a script that its form was made of, with the values that were typed (X-23)."""

import datetime
from collections.abc import Callable
from types import CoroutineType, ModuleType
from typing import Any

from widget_guest import script_module, showing

_ENUM = "enum:"
_MADE: dict[str, Callable[[str], object]] = {
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
}


def call_function(module: ModuleType, call: dict[str, Any]) -> None:
    """Call the function that ``call`` names with its arguments; what it returns is shown like a script's last line.

    Raises what user code raises; NameError when the module has no such function.
    """
    name = call["function"]
    function = module.__dict__.get(name)
    if function is None:
        raise NameError(f"There is no function {name}() any more: the file has changed since the form was made.")
    given = {parameter: _value(module, kind, value) for parameter, kind, value in call["arguments"]}
    result = function(**given)
    if isinstance(result, CoroutineType):
        import asyncio

        result = asyncio.run(result)
    if result is not None:
        script_module.set_result(result)
        showing.show_last_expression(result)


def _value(module: ModuleType, kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_value(module, kind, item) for item in value]
    if kind.startswith(_ENUM):
        return getattr(module.__dict__[kind[len(_ENUM) :]], value)
    make = _MADE.get(kind)
    return value if make is None else make(value)
