"""How figures of server code look from here on: ``set_default("material_light")``, by names of Anvil and of plotly.

Instead of the module of the pinned library, which looks for files that its package does not have.
"""

from typing import Any

import plotly.graph_objects as go  # type: ignore[import-not-found]  # user code's
import plotly.io as pio  # type: ignore[import-not-found]  # user code's
from anvil._plot_looks import LOOKS, look_of  # type: ignore[import-not-found]  # this folder is a part of anvil


class Templates:
    """Templates by their names, as items or attributes."""

    def __getitem__(self, name: str) -> Any:
        """Return a template; KeyError when there is none with this name."""
        if name not in LOOKS:
            raise KeyError(name)
        return LOOKS[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in LOOKS:
            raise AttributeError(name)
        return LOOKS[name]


templates = Templates()


def set_default(template: Any) -> None:
    """Give figures that are made from now on this template: a name, several joined by ``+``, a template or None."""
    if isinstance(template, str):
        for part in template.split("+"):
            if part not in pio.templates:
                pio.templates[part] = go.layout.Template(look_of(part))
    pio.templates.default = template
