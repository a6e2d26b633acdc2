"""GoogleMap on both engines: with Google's library played by the test, and without it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from tests.browser.gui_page import WidgetPage, app, node

_IN_PAGE = Path(__file__).parent / "in_page"
_GOOGLE = "https://maps.googleapis.com/**"
Open = Callable[..., WidgetPage]


def _places() -> dict[str, Any]:
    content = node(
        "content",
        "ColumnPanel",
        node("told", "Label", properties={"text": "…"}),
        node("seen", "Label", properties={"text": "…"}),
        node(
            "map",
            "GoogleMap",
            properties={"zoom": 13, "height": 240},
            events={"bounds_changed": "map_bounds_changed", "click": "map_click"},
        ),
        node("find", "Button", properties={"text": "Find"}, events={"click": "find_click"}),
        node("clear", "Button", properties={"text": "Clear"}, events={"click": "clear_click"}),
        layout={"slot": "default"},
    )
    title = node("title", "Label", properties={"text": "Places"}, layout={"slot": "title"})
    form = node("", "HtmlTemplate", title, content, properties={"html": "@theme:standard-page.html"})
    return app({"Places/__init__.py": (_IN_PAGE / "map.txt").read_text()}, {"Places": form}, "Places")


def _key(key: str | None) -> dict[str, Callable[[], dict[str, str | None]]]:
    return {"anvil.private.google_maps.get_config": lambda: {"key": key}}


@pytest.mark.parametrize("engine", ["full", "light"])
def test_g_27_a_map_has_markers_and_lines_and_tells_what_is_clicked(widget: Open, engine: str) -> None:
    page = widget(engine, _places(), **_key("k&y"))
    asked: list[str] = []

    def play(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/javascript", body=(_IN_PAGE / "google_maps.txt").read_text())

    page.page.route(_GOOGLE, play)
    ui = page.open().live().page
    shown = ui.locator(".anvil-google-map")

    expect(ui.get_by_text("111319 m, 12391 km2")).to_be_visible()
    expect(shown.get_by_text("a line of 2 in #ff0000")).to_be_visible()
    shown.get_by_role("button", name="Bridge 2 false").click()
    expect(ui.get_by_text("Bridge True")).to_be_visible()
    expect(shown).to_contain_text("At Bridge: Here is the Bridge")
    expect(shown.get_by_role("button", name="Mill 2 mill.png true")).to_be_visible()
    shown.get_by_role("button", name="The land").click()
    expect(ui.get_by_text("moved to 1 2")).to_be_visible()

    ui.get_by_role("button", name="Find").click()
    expect(ui.get_by_text("THE CASTLE True")).to_be_visible()
    expect(ui.get_by_text("from 50 0, zoom 7")).to_be_visible()
    ui.get_by_role("button", name="Clear").click()
    expect(ui.get_by_text("0 left")).to_be_visible()
    expect(shown.get_by_role("button")).to_have_count(1)
    assert asked == ["https://maps.googleapis.com/maps/api/js?key=k%26y"]
    assert page.errors == []


@pytest.mark.parametrize("engine", ["full", "light"])
def test_g_27_a_map_without_a_key_or_a_network_is_a_grey_box_that_says_so(widget: Open, engine: str) -> None:
    without_key = widget(engine, _places(), **_key(None)).open().live()
    offline = widget(engine, _places(), **_key("key"))
    offline.page.route(_GOOGLE, lambda route: route.abort())
    offline.open().live()

    expect(without_key.page.get_by_text("the app has no key for Google Maps")).to_be_visible()
    expect(offline.page.get_by_text("Google's maps did not load")).to_be_visible()
    # All else works.
    offline.page.get_by_role("button", name="Clear").click()
    expect(offline.page.get_by_text("0 left")).to_be_visible()
    assert without_key.errors == []
    assert without_key.violations() == []
