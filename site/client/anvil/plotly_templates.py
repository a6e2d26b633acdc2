"""How plots look that say nothing of it themselves: ``set_default("material_light")`` (G-14)."""

from anvil._plot import Drawing
from anvil._plot_looks import LOOKS


class Templates:
    """Templates by their names, as items or attributes."""

    def __getitem__(self, name):
        """Return a template; KeyError when there is none with this name."""
        return LOOKS[name]

    def __getattr__(self, name):
        if name.startswith("_") or name not in LOOKS:
            raise AttributeError(name)
        return LOOKS[name]


templates = Templates()


def set_default(template):
    """Give plots that are drawn from now on this template: a name, several joined by ``+``, a dict, or None."""
    Drawing.templates.default = template
