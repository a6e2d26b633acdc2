"""What a script was given, and what it returns."""

from typing import Any

args: tuple[str | int | float, ...]
"""What this run was given, in order."""

return_value: Any
"""What the run returns: a text, a number, True, False, None, and lists and dictionaries of these."""
