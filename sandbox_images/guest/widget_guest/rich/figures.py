"""Figures of matplotlib as pictures: by ``plt.show()``, by ``display(figure)``, and those left open at the end."""

import io
import sys
import weakref
from typing import Any

from widget_guest import showing

#: Figures that were shown and not changed since.
_shown: "weakref.WeakSet[Any]" = weakref.WeakSet()
_MAX_OPEN = 50


def is_figure(value: Any) -> bool:
    """Whether this is a figure of matplotlib; does not import it."""
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def png_of(figure: Any) -> bytes:
    """Return a figure as a PNG, cut to what is drawn, and note that it was shown."""
    written = io.BytesIO()
    figure.savefig(written, format="png", bbox_inches="tight", facecolor=figure.get_facecolor())
    figure.stale = False
    _shown.add(figure)
    return written.getvalue()


def show_open() -> None:
    """Show every figure that pyplot has open, and close it; one that was shown as it stands is only closed."""
    pyplot_helpers = sys.modules.get("matplotlib._pylab_helpers")
    if pyplot_helpers is None:
        return
    from widget_guest.rich import bundles

    managers = pyplot_helpers.Gcf.get_all_fig_managers()
    for manager in managers[:_MAX_OPEN]:
        figure = manager.canvas.figure
        if figure not in _shown or figure.stale:
            showing.send(bundles.within_bounds({"image/png": png_of(figure), "text/plain": repr(figure)}))
    pyplot_helpers.Gcf.destroy_all()
