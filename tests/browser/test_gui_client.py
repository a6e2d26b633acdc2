"""The client library on both engines: in Chromium, with a server that the test plays."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.gui_page import TIMEOUT_MS, WidgetPage, app, node

IN_PAGE = Path(__file__).parent / "in_page"
Open = Callable[..., WidgetPage]

ENGINES = ["full", "light"]
#: Skulpt can't wait there: places where its own library calls back, and classes within functions.
NOT_LIGHT = {
    "c_add",
    "c_bool",
    "c_classbody",
    "c_defaultdict_factory",
    "c_eq",
    "c_fstring",
    "c_iter",
    "c_listsort_key",
    "c_lt",
    "c_percent",
    "c_print",
    "c_raise_from",
    "c_regex_callable",
    "c_sort_key",
    "c_sort_lt",
    "c_str",
    "c_super1_mod",
    "c_super6_localclass",
    "c_super_init",
}


def source(name: str) -> str:
    """Return Python for the page: text, since it is no code of ours that runs here."""
    return (IN_PAGE / f"{name}.txt").read_text()


def add(a: float, b: float) -> float:
    return a + b


def fail(what: object) -> None:
    raise ValueError(what)


class OddError(Exception):
    pass


def odd() -> None:
    raise OddError("odd one")


#: Functions of the platform that the library calls.
GOOGLE: dict[str, Callable[..., Any]] = {
    "anvil.private.google.get_config": lambda: {"app_files": [{"python_name": "hello", "id": "1AbC"}]},
    "anvil.private.google.drive.get_app_file": lambda file_id: {"anvil_LazyMedia": f"the media of {file_id}"},
}


def module(name: str, **more: str) -> dict[str, Any]:
    """A widget that starts with a module."""
    return app({f"{name}.py": source(name), **{f"{key}.py": text for key, text in more.items()}}, {}, name, "module")


def results(page: WidgetPage) -> list[str]:
    page.live()
    lines = [line for text in page.printed for line in text.splitlines()]
    assert "CASE end" in lines, (lines, page.errors)
    return [line for line in lines if line.startswith("CASE") and line != "CASE end"]


@pytest.mark.parametrize("engine", ENGINES)
def test_g_40_g_41_g_42_g_43_g_45_g_46_g_47_g_48_g_49_g_50_g_63_g_74_s_47_the_library_keeps_its_promises(
    widget: Open, engine: str
) -> None:
    page = widget(engine, module("library", helper="x = 1"), add=add, fail=fail, odd=odd, **GOOGLE).open()

    found = results(page)

    assert [line for line in found if not line.startswith("CASE ok")] == []
    assert len(found) == 35


@pytest.mark.parametrize("engine", ENGINES)
def test_g_01_g_02_g_04_g_10_g_13_g_20_g_52_g_53_every_component_is_what_its_entry_says(
    widget: Open, engine: str
) -> None:
    page = widget(engine, module("components")).open()

    assert [line for line in results(page) if not line.startswith("CASE ok")] == []
    assert page.errors == []


@pytest.mark.parametrize("engine", ENGINES)
def test_g_80_g_83_javascript_of_the_page_is_there_for_python(widget: Open, engine: str) -> None:
    found = results(widget(engine, module("javascript")).open())

    assert [line for line in found if not line.startswith("CASE ok")] == []
    assert len(found) == 6


@pytest.mark.parametrize("engine", ENGINES)
def test_m_08_m_09_m_10_media_are_saved_printed_and_gone_when_nobody_has_them(widget: Open, engine: str) -> None:
    page = widget(engine, module("media")).open().live()
    ui = page.page
    told = ui.locator(".anvil-label")

    with ui.expect_download() as saving:
        ui.get_by_role("button", name="Save").click()
    assert saving.value.suggested_filename == "saved.txt"
    assert Path(saving.value.path()).read_bytes() == b"saved"
    ui.get_by_role("button", name="Print").click()
    expect(ui).to_have_title("printed")
    ui.get_by_role("button", name="Address").click()
    expect(told).to_have_text("blob:")
    ui.wait_for_function("document.querySelector('.anvil-image-picture').naturalWidth === 7")

    ui.get_by_role("button", name="Many").click()
    expect(told).to_have_text("made 50", timeout=TIMEOUT_MS)
    collector = ui.context.new_cdp_session(ui)

    # The one whose address was given away stays; an engine may still have the last one in its hands.
    ui.wait_for_function("() => fetch(window.lasting).then((answer) => answer.ok)")
    while told.inner_text() not in ("left 1", "left 2"):
        collector.send("HeapProfiler.collectGarbage")
        ui.get_by_role("button", name="Left").click()
        expect(told).to_have_text(re.compile("left"))
    assert page.errors == []


@pytest.mark.parametrize("engine", ENGINES)
def test_g_26_a_canvas_is_drawn_on(widget: Open, engine: str) -> None:
    found = results(widget(engine, module("canvas")).open())

    assert [line for line in found if not line.startswith("CASE ok")] == []
    assert len(found) == 8


#: Answers commands as YouTube's player does.
PLAYER = """<script>addEventListener("message", (event) => {
  const {event: kind, func} = JSON.parse(event.data);
  const tell = (info) => parent.postMessage(JSON.stringify({event: "infoDelivery", info}), "*");
  if (kind === "listening") document.title = "heard";
  if (func === "playVideo") tell({playerState: 1, currentTime: 1.5, duration: 60});
  if (func === "pauseVideo") tell({playerState: 2});
});</script>"""


@pytest.mark.parametrize("engine", ENGINES)
def test_g_28_a_video_is_told_what_to_do_and_tells_its_state(widget: Open, engine: str) -> None:
    page = widget(engine, module("video"))
    asked: list[str] = []

    def play(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/html", body=PLAYER)

    page.page.route("https://www.youtube-nocookie.com/**", play)
    page.open().live()

    with page.page.expect_console_message(lambda said: "state PAUSED True 1.5 60" in said.text, timeout=TIMEOUT_MS):
        page.page.frame_locator("iframe").locator("script").wait_for(state="attached")
        page.page.get_by_role("button", name="Play").click()
    assert all(part in asked[0] for part in ("/embed/abc-123?", "mute=1", "playlist=abc-123"))
    assert "state PLAYING True 1.5 60" in page.printed


@pytest.mark.parametrize("engine", ENGINES)
def test_a_call_may_stand_anywhere_in_python(widget: Open, engine: str) -> None:
    def names(all_of_them: list[str]) -> list[str]:
        return [name for name in all_of_them if engine == "full" or name not in NOT_LIGHT]

    def custom() -> None:
        raise type("app.MyErr", (Exception,), {})("custom!")

    slow = "import anvil.server\nV = anvil.server.call('add', 20, 22)\n"
    functions = {"add": add, "fail": fail_listing, "custom": custom, "names": names}
    page = widget(engine, module("suspensions", slow=slow), **functions).open()

    found = results(page)

    assert [line for line in found if not line.startswith("CASE ok")] == []
    assert len(found) == (81 if engine == "full" else 81 - len(NOT_LIGHT))


def fail_listing(*args: object) -> None:
    raise ValueError(f"server says no: {list(args)}")


def shop() -> dict[str, Any]:
    def button(name: str, text: str, method: str | None, row: str) -> dict[str, Any]:
        events = {"click": method} if method else {}
        return node(name, "Button", properties={"text": text}, events=events, layout={"grid_position": f"{row},A"})

    name = {"property": "text", "code": "self.item['name']", "writeback": True}
    first = node(
        "",
        "ColumnPanel",
        node("label_1", "Label", properties={"text": "Hello", "foreground": "theme:Primary 500", "role": "headline"}),
        node("text_box_1", "TextBox", properties={"placeholder": "Your name"}, bindings=[name]),
        button("button_1", "Go", "button_1_click", "R"),
        button("ask", "Ask", None, "R"),
        button("edit", "Edit", "edit_click", "R"),
        button("wrong", "Wrong", "wrong_click", "S"),
        button("more", "More", "more_click", "S"),
        node("inner", "form:shop.Inner", properties={}),
    )
    shown = node("shown", "Label", properties={"text": "…"}, events={"show": "show_it"})
    second = node("", "LinearPanel", shown, node("inner", "form:shop.Inner"))
    inner = node("", "FlowPanel", node("words", "Label", properties={"text": "Inner words"}))
    return app(
        {"Form1/__init__.py": source("form"), "more/Form2.py": source("form2")},
        {"Form1": first, "more.Form2": second, "Inner": inner},
        "Form1",
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_g_55_g_60_g_61_g_62_g_67_a_form_lives(widget: Open, engine: str) -> None:
    page = widget(engine, shop(), add=add, fail=fail)
    # Python comes only when the test lets its code go.
    held: list[Any] = []
    page.page.route("**/app.json", lambda route: held.append(route))
    page.open()
    ui = page.page
    label = ui.locator(".anvil-label").first

    # Painted before Python is there: what is typed and clicked meanwhile is kept.
    expect(ui.get_by_role("button", name="Go")).to_be_visible(timeout=TIMEOUT_MS)
    expect(label).to_have_css("color", "rgb(1, 2, 3)")
    expect(label).to_have_class(re.compile("anvil-role-headline"))
    expect(ui.get_by_text("Inner words")).to_be_visible()
    ui.get_by_role("button", name="Go").click()
    held[0].continue_()
    page.live()
    expect(label).to_have_text("Ann 2 True Ann")

    # A call, with what was typed written back.
    ui.get_by_placeholder("Your name").fill("Bob")
    ui.get_by_role("button", name="Go").click()
    expect(label).to_have_text("Bob 3 True Bob")

    # A question in the middle of code, and an error that nobody catches.
    ui.get_by_role("button", name="Ask").click()
    ui.get_by_role("dialog").get_by_role("button", name="Yes").click()
    expect(label).to_have_text("certain")
    ui.get_by_role("button", name="An error has occurred").click()
    expect(ui.locator(".anvil-error-panel")).to_contain_text("ValueError: boom")
    expect(ui.locator(".anvil-error-panel")).to_contain_text("shop/Form1/__init__.py, line 22")
    ui.get_by_role("button", name="Wrong").click()
    expect(ui.locator(".anvil-error-panel")).to_contain_text("ValueError: from the server")
    expect(ui.locator(".anvil-error-panel")).to_contain_text("server_code/f.py, line 3")

    # A component in a dialog, which it closes itself.
    ui.get_by_role("button", name="Edit").click()
    ui.get_by_placeholder("Inside").fill("well")
    ui.get_by_placeholder("Inside").press("Enter")
    expect(label).to_have_text("edited well")

    # Another form, in a package, without __init__ of its own; its show event comes.
    ui.get_by_role("button", name="More").click()
    expect(ui.get_by_text("shown Bea")).to_be_visible()
    expect(ui.get_by_role("button", name="Go")).to_have_count(0)


def test_a_browser_that_cannot_wait_calls_all_the_same(widget: Open) -> None:
    page = widget("full", shop(), add=add, fail=fail)
    page.open("delete WebAssembly.Suspending").live()
    ui = page.page

    ui.get_by_role("button", name="Go").click()
    expect(ui.locator(".anvil-label").first).to_have_text("Ann 2 True Ann")
    ui.once("dialog", lambda dialog: dialog.accept())
    ui.get_by_role("button", name="Ask").click()
    expect(ui.locator(".anvil-label").first).to_have_text("certain")
