"""``fig.show()`` of plotly: the figure's JSON, drawn by the browser.

Plotly's own ways need a browser on this machine, or nbformat and a network of strangers.
"""

from types import ModuleType
from typing import Any

from widget_guest import showing
from widget_guest.rich import bundles

NAME = "widgetry"


def install(renderers: ModuleType) -> None:
    """Make ours the renderer of ``plotly.io``; ``renderers`` is plotly.io._renderers."""

    class Renderer(renderers.ExternalRenderer):  # type: ignore[name-defined,misc]  # plotly is user code's
        """Sends a figure to the console of the run."""

        def render(self, fig_dict: dict[str, Any]) -> None:
            showing.send(bundles.within_bounds(bundle_of(fig_dict)))

    renderers.renderers[NAME] = Renderer()
    renderers.renderers.default = NAME


def bundle_of(figure: dict[str, Any]) -> dict[str, Any]:
    """Return a figure, given as a dict, by MIME type."""
    from plotly.io import to_json  # type: ignore[import-not-found]  # user code's

    kinds = sorted({str(trace.get("type", "scatter")) for trace in figure.get("data", ())})
    text = to_json(figure, validate=False, pretty=False)
    return {bundles.PLOTLY: bundles.json_value(text), "text/plain": f"<plotly figure: {', '.join(kinds) or 'empty'}>"}
