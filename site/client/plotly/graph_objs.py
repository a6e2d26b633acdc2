"""Traces, layouts and figures, by the names that plotly gives them."""

from anvil import _wire

from plotly._parts import Part, plain


class Layout(Part):
    """How a figure is laid out."""


class Figure:
    """Traces (``data``) and a layout."""

    def __init__(self, data=None, layout=None, frames=None, **more):
        if isinstance(data, Figure):
            data, layout = data._data, layout or data.layout
        elif isinstance(data, dict):
            data, layout, frames = data.get("data"), layout or data.get("layout"), frames or data.get("frames")
        self.data = data
        self.layout = layout
        self.frames = frames or []
        if more:
            self.layout.update(more)

    @property
    def data(self):
        """The traces."""
        return self._data

    @data.setter
    def data(self, value):
        if value is None:
            value = []
        elif isinstance(value, (Part, dict)):
            value = [value]
        self._data = [trace if isinstance(trace, Part) else Part(trace) for trace in value]

    @property
    def layout(self):
        """The layout, a part."""
        return self._layout

    @layout.setter
    def layout(self, value):
        self._layout = value if isinstance(value, Layout) else Layout(value)

    def add_trace(self, trace, **more):
        """Add a trace and return the figure."""
        self._data.append(trace if isinstance(trace, Part) else Part(trace))
        return self

    def add_traces(self, traces):
        """Add traces and return the figure."""
        for trace in traces:
            self.add_trace(trace)
        return self

    def update_layout(self, arg=None, **values):
        """Change the layout and return the figure."""
        self._layout.update(arg, **values)
        return self

    def update_traces(self, arg=None, **values):
        """Change every trace and return the figure."""
        for trace in self._data:
            trace.update(arg, **values)
        return self

    def update_xaxes(self, arg=None, **values):
        """Change the x axis and return the figure."""
        self._layout.xaxis.update(arg, **values)
        return self

    def update_yaxes(self, arg=None, **values):
        """Change the y axis and return the figure."""
        self._layout.yaxis.update(arg, **values)
        return self

    def to_plotly_json(self):
        """Return it as dicts and lists."""
        made = {"data": plain(self._data), "layout": plain(self._layout)}
        if self.frames:
            made["frames"] = plain(self.frames)
        return made

    def __repr__(self):
        return "Figure(%r)" % (self.to_plotly_json(),)


def _portable(cls, module):
    """Let figures and traces cross as what they are on the server, where plotly's modules are called so."""

    def serialize(self, info):
        return self.to_plotly_json()

    def made_of(content, info):
        return cls(content)

    cls.__serialize__ = serialize
    cls.__new_deserialized__ = staticmethod(made_of)
    _wire.register_portable(cls, "plotly.graph_objs.%s.%s" % (module, cls.__name__))


def _trace(name):
    kind = name.lower()

    def begin(self, arg=None, **values):
        Part.__init__(self, arg, **values)
        self["type"] = kind

    made = type(name, (Part,), {"__init__": begin, "__doc__": "A trace of type %s." % kind, "__module__": __name__})
    _portable(made, "_" + kind)
    return made


_portable(Figure, "_figure")
_portable(Layout, "_layout")

Bar = _trace("Bar")
Barpolar = _trace("Barpolar")
Box = _trace("Box")
Candlestick = _trace("Candlestick")
Carpet = _trace("Carpet")
Choropleth = _trace("Choropleth")
Choroplethmap = _trace("Choroplethmap")
Choroplethmapbox = _trace("Choroplethmapbox")
Cone = _trace("Cone")
Contour = _trace("Contour")
Contourcarpet = _trace("Contourcarpet")
Densitymap = _trace("Densitymap")
Densitymapbox = _trace("Densitymapbox")
Funnel = _trace("Funnel")
Funnelarea = _trace("Funnelarea")
Heatmap = _trace("Heatmap")
Heatmapgl = _trace("Heatmapgl")
Histogram = _trace("Histogram")
Histogram2d = _trace("Histogram2d")
Histogram2dContour = _trace("Histogram2dContour")
Icicle = _trace("Icicle")
Image = _trace("Image")
Indicator = _trace("Indicator")
Isosurface = _trace("Isosurface")
Mesh3d = _trace("Mesh3d")
Ohlc = _trace("Ohlc")
Parcats = _trace("Parcats")
Parcoords = _trace("Parcoords")
Pie = _trace("Pie")
Pointcloud = _trace("Pointcloud")
Sankey = _trace("Sankey")
Scatter = _trace("Scatter")
Scatter3d = _trace("Scatter3d")
Scattercarpet = _trace("Scattercarpet")
Scattergeo = _trace("Scattergeo")
Scattergl = _trace("Scattergl")
Scattermap = _trace("Scattermap")
Scattermapbox = _trace("Scattermapbox")
Scatterpolar = _trace("Scatterpolar")
Scatterpolargl = _trace("Scatterpolargl")
Scattersmith = _trace("Scattersmith")
Scatterternary = _trace("Scatterternary")
Splom = _trace("Splom")
Streamtube = _trace("Streamtube")
Sunburst = _trace("Sunburst")
Surface = _trace("Surface")
Table = _trace("Table")
Treemap = _trace("Treemap")
Violin = _trace("Violin")
Volume = _trace("Volume")
Waterfall = _trace("Waterfall")
