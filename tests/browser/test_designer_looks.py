"""How a GUI looks, chosen in the designer: icons, roles, room, pictures, and the theme behind them."""

import base64
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.person import Person, code_of
from tests.browser.test_designer import TEMPLATE, Desk


def _png(width: int, height: int) -> bytes:
    """A blue picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x1e\x78\xd2" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def desk(person: Callable[..., Person]) -> Desk:
    """A new widget's form, empty, in the designer."""
    return Desk(person("painter", viewport={"width": 1680, "height": 1000}).sign_up())


def _upload(place: Locator, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    place.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]


def _open(desk: Desk, group: str) -> None:
    desk.inspector().locator("summary").get_by_text(group, exact=True).click()


def _kept(desk: Desk) -> dict[str, Any]:
    """The files as the site has them, once it has what is on the page."""
    expect(desk.page.locator(".save-state, header").get_by_text("draft saved").first).to_be_visible()
    files: dict[str, Any] = desk.owner.call("GET", f"/widgets/{desk.slug}/draft")["files"]
    return files


def test_d_05_d_32_how_a_form_looks_is_chosen_and_its_theme_edited(desk: Desk) -> None:
    _picture(desk)
    _icon_by_keys(desk)
    _roles_and_room(desk)
    _all_undone(desk)
    _theme_made(desk)
    _theme_changed(desk)
    _role_styled(desk)


def _picture(desk: Desk) -> None:
    page, panel = desk.page, desk.inspector()
    desk.drag(desk.tool("Image"), (300, 60))

    _upload(panel, "notes.txt", b"no picture")
    expect(panel.get_by_role("alert")).to_contain_text("notes.txt is no picture that pages show")
    _upload(panel, "large.png", _png(4, 4) + b"\0" * 5_000_000)
    expect(panel.get_by_role("alert")).to_contain_text("large.png has 5.0 MB; all files of a widget together may have")
    _upload(panel, "broken.png", _png(4, 4)[:40])
    expect(panel.get_by_role("alert")).to_contain_text("broken.png can't be drawn")
    _upload(panel, "My photo (1).png", _png(64, 48))
    expect(panel.get_by_label("source", exact=True)).to_have_value("asset:My-photo-1.png")
    # Before any revision has it, the canvas shows it.
    assert page.wait_for_function("() => document.querySelector('.design-picture img')?.naturalWidth === 64"), (
        "a small picture of it"
    )
    picture = desk.canvas.locator("img")
    expect(picture).to_have_js_property("naturalWidth", 64)
    expect(panel.get_by_role("status").filter(has_text="My-photo-1.png is there.")).to_be_visible()


def _icon_by_keys(desk: Desk) -> None:
    page, panel = desk.page, desk.inspector()
    desk.tool("Button").locator("..").focus()
    page.keyboard.press("Enter")
    expect(desk.row("button_1")).to_be_visible()
    panel.get_by_role("button", name="Choose icon").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Find an icon").press_sequentially("user")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("icon")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="fa:user", exact=True)).to_be_focused()
    for key in ("ArrowDown", "ArrowUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="fa:user-check", exact=True)).to_be_focused()
    assert desk.owner.axe() == []
    page.keyboard.press("Enter")
    expect(panel.get_by_label("icon", exact=True)).to_have_value("fa:user-check")
    expect(desk.canvas.locator("i.fa-user-check")).to_be_visible()


def _roles_and_room(desk: Desk) -> None:
    panel = desk.inspector()
    _open(desk, "Appearance")
    _open(desk, "Spacing")
    roles = panel.get_by_role("group", name="role")
    roles.get_by_role("button", name="filled-button").click()
    roles.get_by_label("Another role").fill("ours")
    roles.get_by_label("Another role").press("Enter")
    expect(roles.get_by_role("button", name="ours")).to_have_attribute("aria-pressed", "true")
    expect(desk.canvas.locator(".anvil-role-filled-button.anvil-role-ours")).to_be_visible()
    panel.get_by_label("margin, top").fill("24")
    panel.get_by_label("padding, left").fill("1em")
    expect(desk.canvas.locator(".anvil-role-ours")).to_have_css("margin-top", "24px")
    expect(panel.locator(".design-help")).to_contain_text("spacing The room around it")
    files = _kept(desk)
    assert files["theme/assets/My-photo-1.png"] == {"base64": base64.b64encode(_png(64, 48)).decode()}
    template = files[TEMPLATE]
    assert 'icon: "fa:user-check"' in template
    assert "role: [filled-button, ours]" in template
    assert 'spacing: {margin: [24, 0, 0, 0], padding: [0, 0, 0, "1em"]}' in template


def _all_undone(desk: Desk) -> None:
    page = desk.page
    undo = page.get_by_role("toolbar", name="Design").get_by_role("button", name="Undo")
    undo.click()
    desk.row("Form1").click()
    for _ in range(20):
        page.keyboard.press("Control+z")
    expect(undo).to_be_disabled()
    expect(desk.row("Form1")).to_be_visible()
    desk.has()
    expect(page.get_by_role("button", name="theme/assets/My-photo-1.png")).to_have_count(0)


def _theme_made(desk: Desk) -> None:
    page, panel = desk.page, desk.inspector()
    desk.drag(desk.tool("Label"), (300, 60))
    desk.set("text", "Painted")
    page.get_by_role("toolbar", name="Design").get_by_role("button", name="Theme").click()
    theme = page.get_by_role("region", name="Theme")
    theme.get_by_role("button", name="Begin with five colours").click()
    theme.get_by_role("button", name="Role", exact=True).click()
    theme.get_by_label("Name of role role-1").fill("two words")
    theme.get_by_label("Name of role role-1").press("Enter")
    expect(theme.get_by_role("alert")).to_contain_text("A role's name has letters")
    theme.get_by_label("Name of role role-1").fill("painted")
    theme.get_by_label("Name of role role-1").press("Enter")
    theme.locator(".theme-role summary").click()
    theme.get_by_role("group", name="Components with role painted").get_by_role("button", name="Label").click()
    _upload(theme, "a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    expect(theme.get_by_label("Name of a.svg")).to_be_visible()
    assert desk.owner.axe() == []
    theme.get_by_role("button", name="Back to the properties").click()

    desk.row("label_1").click()
    _open(desk, "Appearance")
    colors = panel.get_by_role("group", name="foreground: colours of the theme")
    colors.get_by_role("button", name="Primary 500").click()
    panel.get_by_role("group", name="role").get_by_role("button", name="painted").click()
    expect(desk.canvas.get_by_text("Painted")).to_have_css("color", "rgb(31, 95, 208)")


def _theme_changed(desk: Desk) -> None:
    """From the editor's commands: what is changed shows at once, and names follow into the form."""
    page, text = desk.page, desk.canvas.get_by_text("Painted")
    theme = page.get_by_role("region", name="Theme")
    page.keyboard.press("Control+Shift+P")
    page.get_by_label("Find a command").fill("theme of the widget")
    page.keyboard.press("Enter")
    theme.get_by_label("Primary 500 as CSS").fill("#b00020")
    expect(text).to_have_css("color", "rgb(176, 0, 32)")
    theme.get_by_label("Name of Primary 500").fill("Alarm")
    theme.get_by_label("Name of Primary 500").press("Enter")
    expect(theme.get_by_label("Alarm as CSS")).to_be_visible()
    expect(text).to_have_css("color", "rgb(176, 0, 32)")
    theme.get_by_label("Name of role painted").fill("inked")
    theme.get_by_label("Name of role painted").press("Enter")
    expect(desk.canvas.locator(".anvil-role-inked")).to_be_visible()
    theme.get_by_label("Name of a.svg").fill("b.svg")
    theme.get_by_label("Name of a.svg").press("Enter")
    theme.get_by_role("button", name="Delete b.svg").click()
    expect(theme.get_by_label("Name of b.svg")).to_have_count(0)
    theme.get_by_role("button", name="Delete Alarm").click()
    desk.said("Deleted colour Alarm, which 1 file still names")
    page.get_by_role("toolbar", name="Design").get_by_role("button", name="Undo").click()
    page.get_by_role("toolbar", name="Design").get_by_role("button", name="Undo").click()
    expect(theme.get_by_label("Name of b.svg")).to_be_visible()

    files = _kept(desk)
    assert files["theme/assets/b.svg"].startswith("<svg")
    assert '- color: "#b00020"\n    name: Alarm\n' in files["theme/parameters.yaml"]
    assert "- name: inked\n  components: [Label]\n" in files["theme/parameters.yaml"]
    assert 'foreground: "theme:Alarm", role: inked' in files[TEMPLATE]


def _role_styled(desk: Desk) -> None:
    """Its styles are written in theme.css, and drawn from there before they are saved."""
    page = desk.page
    theme = page.get_by_role("region", name="Theme")
    theme.get_by_role("button", name="CSS").click()
    expect(code_of(page)).to_contain_text(".anvil-role-inked")
    expect(code_of(page)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("letter-spacing: 3px;")
    desk.file(TEMPLATE)
    desk.show("Design")
    expect(desk.canvas.locator(".anvil-role-inked")).to_have_css("letter-spacing", "3px")
