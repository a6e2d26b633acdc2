"""``anvil.script``: what a script was given, and what it returns (W-09, W-10); the library on PyPI does not have it."""

import json
import os
import sys
import tempfile
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
    """Note what this run was given, as it was given."""
    _module.args = tuple(arguments)


def as_texts(arguments: list[Any]) -> list[str]:
    """Return what follows the script's name in ``sys.argv``: texts, and for Media the paths of files that hold them."""
    return [_file_of(value) if hasattr(value, "get_bytes") else str(value) for value in arguments]


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


def _file_of(media: Any) -> str:
    """Write a Media object to a temporary file, which keeps the end of its name."""
    ending = os.path.splitext(os.path.basename(media.name or ""))[1]
    with tempfile.NamedTemporaryFile(prefix="argument-", suffix=ending, delete=False) as file:
        file.write(media.get_bytes())
    return file.name


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
