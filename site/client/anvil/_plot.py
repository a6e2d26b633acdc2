"""What a Plot has beyond its entry in components.json (G-14).

The classes of figures are imported when there is a plot: they take longer than most pages have.
"""

import _bridge

from anvil import media
from anvil._component import Component


def _figures():
    import plotly.graph_objs

    return plotly.graph_objs


def _plain(value):
    from plotly._parts import plain

    return plain(value)


def _look(template):
    """Return what plotly.js takes for a template: a name, several joined by ``+``, a dict, or None."""
    if not isinstance(template, str):
        return _plain(template)
    from anvil._plot_looks import look_of

    return look_of(template)


class _Templates:
    """How plots look that say nothing of it themselves: ``Plot.templates.default``, see ``anvil.plotly_templates``."""

    _default = None

    @property
    def default(self):
        """A name, as "seaborn", several joined by ``+``, a template as a dict, or None."""
        return self._default

    @default.setter
    def default(self, value):
        _look(value)
        self._default = value

    def __getitem__(self, name):
        """Return the template with this name."""
        return _look(name)


class Drawing(Component):
    """The base class of Plot."""

    templates = _Templates()

    def _begin(self, number):
        Component._begin(self, number)
        self._shown = _figures().Figure()
        self._config = {}

    @property
    def figure(self):
        """What is drawn: traces and layout."""
        return self._shown

    @figure.setter
    def figure(self, value):
        self._shown = _as(_figures().Figure, _described(value))
        self.redraw()

    @property
    def data(self):
        """The traces, a list; a trace alone may be set, too."""
        return self._shown.data

    @data.setter
    def data(self, value):
        self._shown.data = value
        self.redraw()

    @property
    def layout(self):
        """The layout; after changes within it call ``redraw()``."""
        return self._shown.layout

    @layout.setter
    def layout(self, value):
        self._shown.layout = _as(_figures().Layout, value)
        self.redraw()

    @property
    def config(self):
        """What plotly.js calls the config: buttons, zooming by wheel."""
        return self._config

    @config.setter
    def config(self, value):
        self._config = value or {}
        self.redraw()

    def redraw(self):
        """Draw it anew."""
        made = self._shown.to_plotly_json()
        template = made["layout"].get("template", self.templates.default)
        if template is not None:
            made["layout"]["template"] = _look(template)
        made["config"] = _plain(self._config)
        _bridge.set_json(self._id, "figure", _bridge.to_json(made))

    def relayout(self, update):
        """Change the layout by a dict whose keys may have dots."""
        self._invoke("relayout", _plain(update))

    def restyle(self, update, traces=None):
        """Change traces, by default all."""
        self._invoke("restyle", _plain(update), traces)

    def extend_traces(self, data, traces):
        """Add points at the end of traces: {"x": [[1]], "y": [[2]]}."""
        self._invoke("extend_traces", _plain(data), _plain(traces))

    def prepend_traces(self, data, traces):
        """Add points at the beginning of traces."""
        self._invoke("prepend_traces", _plain(data), _plain(traces))

    def to_image(self, options=None):
        """Return a picture of it as Media: {"format": "png", "width": 800, "height": 600}."""
        made = _bridge.wait(_bridge.ask(self._id, "to_image", _bridge.to_json([_plain(options or {})])))
        return media.PageMedia(_bridge.from_json(made))


def _as(cls, value):
    return value if isinstance(value, cls) else cls(value)


def _described(value):
    if value is None or isinstance(value, _figures().Figure):
        return value
    own = getattr(value, "to_plotly_json", None)
    return value if own is None else own()
