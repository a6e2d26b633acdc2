"""The gallery's panels, grids, drawings and dialogs."""

from typing import Any

from tests.browser.gui_design import flow, label, row
from tests.browser.gui_page import node

Node = dict[str, Any]

HTML = """<div style="display: grid; gap: 0.5rem; grid-template-columns: auto 1fr">
<b>HTML</b> <span anvil-name="said">as it is</span>
<b>Slot</b> <div anvil-slot="inside"></div>
</div>"""


def _boxes(*texts: str, **layout: Any) -> list[Node]:
    return [
        node("", "Label", properties={"text": text, "background": "#e7edf8", "align": "center"}, layout=layout)
        for text in texts
    ]


def _flow(align: str, *texts: str) -> Node:
    return node("", "FlowPanel", *_boxes(*texts), properties={"align": align, "gap": "small"})


def panels() -> list[Node]:
    """Every container that is no card."""
    cells = [("A", 0, 4), ("A", 4, 4), ("A", 8, 4), ("B", 0, 8), ("B", 8, 4)]
    grid = node(
        "",
        "GridPanel",
        *(
            {**_boxes(f"{name}{column}")[0], "layout": {"row": name, "col_xs": column, "width_xs": width}}
            for name, column, width in cells
        ),
    )
    places = [(0, 0), (90, 40), (180, 80)]
    xy = node(
        "",
        "XYPanel",
        *({**_boxes(f"{x}, {y}")[0], "layout": {"x": x, "y": y, "width": 80}} for x, y in places),
        properties={"height": 130, "width": 270, "border": "1px dashed #868f9d"},
    )
    html = node(
        "html_panel",
        "HtmlTemplate",
        node("", "Button", properties={"text": "In the slot"}, layout={"slot": "inside"}),
        properties={"html": HTML},
    )
    aligns = [_flow(align, "One", "Two", "Three") for align in ("left", "center", "right", "justify")]
    return [*row("F", *aligns), grid, *row("X", xy, html)]


def grids() -> list[Node]:
    """Two grids of the same rows: plain, and with the role of a tonal one."""
    columns = [
        {"id": "N", "title": "Name", "data_key": "name", "expand": 2},
        {"id": "B", "title": "Born", "data_key": "born", "width": 130},
        {"id": "T", "title": "Town", "data_key": "town"},
        {"id": "X", "title": "", "data_key": None, "width": 110},
    ]
    made = [
        node(
            name,
            "DataGrid",
            node(f"{name}_rows", "RepeatingPanel", properties={"item_template": "GalleryRow"}),
            properties={"columns": columns, "rows_per_page": 4, "role": role, "wrap_on": "mobile"},
        )
        for name, role in (("grid", None), ("tonal_grid", "tonal-data-grid"))
    ]
    empty = node("", "DataGrid", properties={"columns": columns[:3]})
    return [*made, label("Nobody yet", "input-prompt"), empty]


def grid_row() -> Node:
    """Return the form of one row."""
    remove = node("remove", "Button", properties={"text": "Remove"}, layout={"column": "X"})
    return node("", "DataRowPanel", remove)


def drawings() -> list[Node]:
    """Plot, Canvas and a video without an address."""
    plot = node("plot", "Plot", properties={"height": 260, "tooltip": "Sales"})
    canvas = node(
        "canvas", "Canvas", properties={"height": 120, "tooltip": "A drawing"}, events={"reset": "canvas_reset"}
    )
    video = node("video", "YouTubeVideo", properties={"height": 120})
    return [plot, *row("V", canvas, video)]


def dialogs() -> list[Node]:
    """Buttons that show alerts and notifications, until the page is left."""
    names = ["alert", "confirm", "form", "notify"]
    return [
        flow(
            *(
                node(f"{name}_me", "Button", properties={"text": name}, events={"click": f"{name}_me_click"})
                for name in names
            )
        )
    ]
