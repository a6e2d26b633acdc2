"""The backend of matplotlib in runs (MPLBACKEND): draws with Agg, shows in the console of the run."""

from typing import Any

from matplotlib.backend_bases import FigureManagerBase  # type: ignore[import-not-found]  # user code's package
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-not-found]


class FigureManager(FigureManagerBase):  # type: ignore[misc]  # of a package that is not here
    """Shows a figure by sending its picture."""

    def show(self) -> None:
        """Show this figure (``figure.show()``)."""
        _display(self.canvas.figure)

    @classmethod
    def pyplot_show(cls, *_arguments: Any, **_options: Any) -> None:
        """Show every open figure, then close it (``plt.show()``)."""
        _show_open()


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc]
    """Agg's canvas, with our manager."""

    manager_class = FigureManager


def show(*_arguments: Any, **_options: Any) -> None:
    """Stand in for ``plt.show`` of matplotlib before 3.6."""
    _show_open()


def _display(figure: Any) -> None:
    try:
        from widget_guest import showing
    except ImportError:
        return  # a process that user code started: nobody sees its figures
    showing.display(figure)


def _show_open() -> None:
    try:
        from widget_guest.rich import figures
    except ImportError:
        return
    figures.show_open()
