"""Plots of client code on both engines: in Chromium, with a server that the test plays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.gui_page import TIMEOUT_MS, Files, WidgetPage, app, built_files

SOURCE = (Path(__file__).parent / "in_page" / "plots.txt").read_text()
#: As the library on the server sends ``px.pie(...)``.
CHART = {"data": [{"type": "pie", "labels": ["x", "y"], "values": [1, 2]}], "layout": {}}


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with built_files() as served:
        yield served


@pytest.mark.parametrize("engine", ["full", "light"])
def test_g_14_g_84_s_42_figures_are_drawn(chromium: Browser, files: Files, engine: str) -> None:
    functions: dict[str, Callable[..., Any]] = {"make_chart": lambda: CHART}
    page = WidgetPage(chromium, files, engine, app({"plots.py": SOURCE}, {}, "plots", "module"), functions)
    page.described["make_chart"] = [{"type": ["ValueType"], "typeName": "plotly.graph_objs._figure.Figure"}]
    try:
        page.open().live()
        ui = page.page
        assert "CASE end" in page.printed, (page.printed, page.errors)
        assert [line for line in page.printed if line.startswith("CASE FAILED")] == []
        plots = ui.locator(".anvil-plot")
        expect(plots).to_have_count(5)
        expect(plots.nth(0).locator(".gtitle")).to_have_text("Sales", timeout=TIMEOUT_MS)
        expect(plots.nth(1).locator(".gtitle")).to_have_text("Parts", timeout=TIMEOUT_MS)
        expect(plots.nth(1).locator(".slice")).to_have_count(2)
        expect(plots.nth(2).locator(".scatterlayer .point")).to_have_count(3, timeout=TIMEOUT_MS)
        with ui.expect_console_message(lambda said: "clicked b 3 0 True" in said.text, timeout=TIMEOUT_MS):
            box = plots.nth(0).locator(".bars .point").nth(1).bounding_box()
            assert box is not None
            ui.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 5)
            ui.mouse.down()
            ui.mouse.up()
    finally:
        page.close()
