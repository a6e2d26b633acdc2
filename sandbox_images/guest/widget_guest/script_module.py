"""``anvil.script``: what a script was given, and what it returns (W-09, W-10); the library on PyPI does not have it."""

import json
import sys
from types import ModuleType
from typing import Any

from widget_wire.start import RETURNED_BYTES

NAME = "anvil.script"
_module: Any = ModuleType(NAME, "What a script was given, and what it returns.")
_module.args = ()
_module.return_value = None


def add(anvil: Any) -> None:
    """Put the module where ``import anvil.script`` finds it; done once, by the supervisor."""
    sys.modules[NAME] = _module
    anvil.script = _module


def begin(arguments: list[Any]) -> None:
    """Note what this run was given, as it was given: texts and numbers."""
    _module.args = tuple(arguments)


def set_result(value: object) -> None:
    """Take what the main function returned, if JSON can hold it and the script set nothing itself."""
    if getattr(_module, "return_value", None) is None:
        plain, problem = _as_json(value)
        if not problem:
            _module.return_value = plain


def returned() -> Any:
    """Return what the script returns, as JSON holds it; of a value that JSON can't hold stderr tells."""
    plain, problem = _as_json(getattr(_module, "return_value", None))
    if problem:
        sys.stderr.write(f"{NAME}.return_value is not returned: {problem}\n")
    return plain


def _as_json(value: object) -> tuple[Any, str]:
    """Return the value as it comes out of JSON, and ""; or None, and why it is not taken."""
    try:
        text = json.dumps(value, allow_nan=False)
        plain = json.loads(text)
    except Exception as error:  # the value may be of a class of the user's, and do anything
        return None, f"{error}. It can be a text, a number, True, False, None, and lists and dictionaries of these."
    if len(text) > RETURNED_BYTES:
        return None, f"it has {len(text)} bytes, and {RETURNED_BYTES} are taken."
    return plain, ""
