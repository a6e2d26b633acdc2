"""Values that last from run to run, by name: text, numbers, True, False, None, and lists and dictionaries of these.

They belong to the widget. ``add`` counts right also where many runs add at once; ``set`` after ``get`` does not.
"""

from typing import Any

import anvil.server  # type: ignore[import-not-found, unused-ignore]  # the wheel is in the image alone

__all__ = ["add", "delete", "get", "names", "set"]


def get(name: str, default: Any = None) -> Any:
    """Return the value of this name, or ``default`` when there is none."""
    found = anvil.server.call("anvil.private.store.get", name)
    return found[0] if found else default


def set(name: str, value: Any) -> None:
    """Keep a value under this name until it is set again or deleted."""
    anvil.server.call("anvil.private.store.set", name, value)


def add(name: str, by: float = 1) -> Any:
    """Add to the number of this name (0 when there is none) and return what it is now."""
    return anvil.server.call("anvil.private.store.add", name, by)


def delete(name: str) -> bool:
    """Forget the value of this name; return whether there was one."""
    return bool(anvil.server.call("anvil.private.store.delete", name))


def names() -> "list[str]":
    """Return the names of all values, in order."""
    found: list[str] = anvil.server.call("anvil.private.store.names")
    return found
