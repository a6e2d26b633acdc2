"""As much of IPython as programs from notebooks ask for, where it is not installed: ``IPython.display``."""

from typing import Any


def get_ipython() -> Any:
    """Return None: this is no notebook."""
    return None
