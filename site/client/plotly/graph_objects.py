"""The other name of ``plotly.graph_objs``."""

from plotly.graph_objs import *
