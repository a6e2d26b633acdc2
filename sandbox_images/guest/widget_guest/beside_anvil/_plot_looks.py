"""How plots look by the names that Anvil and plotly have for it; server code and pages share this file."""

from typing import Any

_MANY = "#1f77b4 #ff7f0e #2ca02c #d62728 #9467bd #8c564b #e377c2 #7f7f7f #bcbd22 #17becf"
_PLOTLY = "#636efa #ef553b #00cc96 #ab63fa #ffa15a #19d3f3 #ff6692 #b6e880 #ff97ff #fecb52"
_GGPLOT = "#f8766d #a3a500 #00bf7d #00b0f6 #e76bf3"
_SEABORN = "#4c72b0 #dd8452 #55a868 #c44e52 #8172b3 #937860 #da8bc3 #8c8c8c #ccb974 #64b5cd"
_MATERIAL = "#6200ee #03a688 #ff6f00 #c51162 #2962ff #00838f #827717 #5d4037"
_MATERIAL_DARK = "#bb86fc #03dac6 #ffb74d #f48fb1 #82b1ff #80deea #dce775 #bcaaa4"
_RALLY = "#1eb980 #ffcf44 #ff6859 #b15dff #72deff #037d69 #ffac12 #ff857c"


def _look(colors: str, text: str, paper: str, plot: str, grid: str, font: str = "", **axis: Any) -> Any:
    """Return a template of plotly: its colours in order, of text, paper and plot, and of the lines of the axes."""
    round_lines = {"gridcolor": grid, "linecolor": grid}
    lines = {"automargin": True, "gridcolor": grid, "linecolor": grid, "zerolinecolor": grid}
    lines.update(axis)
    words = {"color": text}
    if font:
        words["family"] = font
    return {
        "layout": {
            "colorway": colors.split(),
            "font": words,
            "hoverlabel": {"align": "left"},
            "hovermode": "closest",
            "paper_bgcolor": paper,
            "plot_bgcolor": plot,
            "polar": {"angularaxis": round_lines, "bgcolor": plot, "radialaxis": dict(round_lines)},
            "title": {"x": 0.05},
            "xaxis": dict(lines),
            "yaxis": dict(lines),
        }
    }


def _made() -> Any:
    outside: Any = {"showgrid": True, "tickcolor": "#333333", "ticks": "outside"}
    bare: Any = {"showgrid": False, "showline": True, "ticks": "outside", "zeroline": False}
    return {
        "none": {},
        "plotly": _look(_PLOTLY, "#2a3f5f", "white", "#e5ecf6", "white", zerolinewidth=2),
        "plotly_white": _look(_PLOTLY, "#2a3f5f", "white", "white", "#dfe8f3", zerolinewidth=2),
        "plotly_dark": _look(_PLOTLY, "#f2f5fa", "#111111", "#111111", "#283442", zerolinewidth=2),
        "ggplot2": _look(_GGPLOT, "#333333", "white", "#ededed", "white", **outside),
        "seaborn": _look(_SEABORN, "#242424", "white", "#eaeaf2", "white", showgrid=True),
        "simple_white": _look(_MANY, "#242424", "white", "white", "#242424", **bare),
        "presentation": {"layout": {"font": {"size": 18}, "colorway": _PLOTLY.split()}},
        "xgridoff": {"layout": {"xaxis": {"showgrid": False}}},
        "ygridoff": {"layout": {"yaxis": {"showgrid": False}}},
        "gridon": {"layout": {"xaxis": {"showgrid": True}, "yaxis": {"showgrid": True}}},
        "material_light": _look(_MATERIAL, "#202124", "white", "white", "#e0e0e0", "Roboto, sans-serif"),
        "material_dark": _look(_MATERIAL_DARK, "#e8eaed", "#121212", "#121212", "#3c4043", "Roboto, sans-serif"),
        "rally_light": _look(_RALLY, "#33333d", "white", "#f6f6f8", "#dcdce2", "Eczar, Roboto Condensed, sans-serif"),
        "rally_dark": _look(_RALLY, "#ffffff", "#33333d", "#33333d", "#52525e", "Eczar, Roboto Condensed, sans-serif"),
    }


LOOKS = _made()
LOOKS["rally"] = LOOKS["rally_dark"]


def look_of(name: str) -> Any:
    """Return the template with this name; ``"seaborn+gridon"`` is the one with what the other changes of it.

    ValueError for a name that there is none for.
    """
    made: Any = {}
    for part in name.split("+"):
        if part not in LOOKS:
            known = ", ".join(sorted(LOOKS))
            raise ValueError(f"There is no template of plots called {part!r}: there are {known}")
        made = _merged(made, LOOKS[part])
    return made


def _merged(one: Any, other: Any) -> Any:
    made = dict(one)
    for key in other:
        both = isinstance(made.get(key), dict) and isinstance(other[key], dict)
        made[key] = _merged(made[key], other[key]) if both else other[key]
    return made
