"""A form with every input and look of the component library, as a design."""

from pathlib import Path
from typing import Any

from tests.browser.gui_design import bound, field, flow, label, row
from tests.browser.gui_gallery_panels import dialogs, drawings, grid_row, grids, panels
from tests.browser.gui_page import app, node

IN_PAGE = Path(__file__).parent / "in_page"
PICTURE = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='160' height='90'>"
    "<rect width='160' height='90' fill='%231f5fd0'/><circle cx='80' cy='45' r='30' fill='white'/></svg>"
)
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
STORY = f"""## A story of {{name}}
It costs **{{price:.2f}}**, see [the shop](https://example.com). {{choice}}

- one
- `{{name}}` stays in code

<script>document.title = "broken"</script><img src="{PIXEL}" onload="document.title='broken'">"""


def choices() -> list[dict[str, Any]]:
    agree = node(
        "agree",
        "CheckBox",
        properties={"text": "I agree"},
        events={"change": "agree_change"},
        bindings=[{"property": "checked", "code": "self.item['agreed']", "writeback": True}],
    )
    third = node("third", "CheckBox", properties={"text": "Some of them", "allow_indeterminate": True, "checked": None})
    small, large = (
        node(
            name,
            "RadioButton",
            properties={"text": text, "value": name, "group_name": "sizes", "selected": name == "large"},
            events={"clicked": "radio_clicked"},
        )
        for name, text in (("small", "Small"), ("large", "Large"))
    )
    off = [
        node("", "CheckBox", properties={"text": "Not now", "enabled": False}),
        node("", "RadioButton", properties={"text": "Never", "enabled": False, "group_name": "off"}),
    ]
    size = bound(
        field("size", "DropDown", "Size", "change", items=["S", "M", "L"]), "selected_value", "self.item['size']"
    )
    people = field("people", "DropDown", "Person", "change", include_placeholder=True, placeholder="Choose a person")
    return [flow(agree, third, small, large, *off), *row("C", size, people)]


def dates_and_files() -> list[dict[str, Any]]:
    due = bound(
        field("due", "DatePicker", "Due", "change", placeholder="Pick a day", format="%d %B %Y", max_date="2030-12-31"),
        "date",
        "self.item['due']",
    )
    at = field("at", "DatePicker", "At", "change", pick_time=True, date="2026-03-04 15:30", format="D MMM YYYY, HH:mm")
    plain = field("plain", "DatePicker", "As the browser shows it", date="2026-03-04")
    loader = node(
        "loader",
        "FileLoader",
        properties={"multiple": True, "file_types": [".txt", "image/*"], "text": "Choose files"},
        events={"change": "loader_change"},
    )
    send = node("send", "Button", properties={"text": "Send"}, events={"click": "send_click"})
    pick = node("pick", "Button", properties={"text": "Select"}, events={"click": "file_click"})
    working = node("working", "LinearProgress", properties={"visible": False})
    off = node("", "FileLoader", properties={"enabled": False, "role": "filled-button"})
    return [*row("D", due, at, plain), flow(loader, send, pick, off), working]


def buttons() -> list[dict[str, Any]]:
    roles = ["", "filled-button", "tonal-button", "outlined-button", "elevated-button", "primary-color"]
    roles += ["secondary-color", "raised"]
    plain = [node("", "Button", properties={"text": role or "Button", "role": role}) for role in roles]
    with_icons = [
        node("", "Button", properties={"text": align, "icon": "fa:user", "icon_align": align, "align": "left"})
        for align in ("left", "right", "top", "left_edge", "right_edge")
    ]
    alone = [
        node("trash", "Button", properties={"icon": "fa:trash-o", "tooltip": "Delete"}),
        node("", "Button", properties={"icon": "mi:home", "text": "Material"}),
        node("", "Button", properties={"icon": "fa:github", "role": "tonal-button"}),
        node("", "Button", properties={"text": "Off", "enabled": False}),
        node("", "Button", properties={"text": "Off", "enabled": False, "role": "filled-button"}),
    ]
    full = node("", "Button", properties={"text": "Full width", "align": "full", "role": "filled-button"})
    return [flow(*plain), flow(*with_icons, *alone), full]


def links_and_texts() -> list[dict[str, Any]]:
    links = [
        node(
            "link", "Link", properties={"text": "Click me", "icon": "fa:hand-o-right"}, events={"click": "link_click"}
        ),
        node("away", "Link", properties={"text": "Elsewhere", "url": "https://example.com"}),
        node("mail", "Link", properties={"text": "Mail", "url": "mailto:ann@example.com", "icon": "fa:envelope-o"}),
        node("bad", "Link", properties={"text": "Code", "url": "javascript:document.title='broken'"}),
        node("asset", "Link", properties={"text": "A file", "url": "asset:x.pdf"}),
        node("", "Link", properties={"text": "Selected", "role": "selected"}),
        node("holder", "Link", label("In a link"), properties={"url": "#here"}),
    ]
    texts = [
        label("Display", "display"),
        label("Headline", "headline"),
        label("Title", "title"),
        label("Subheading", "subheading"),
        label("Body text with an icon, bold, underlined and in colours", icon="fa:info-circle", bold=True),
        label("Right, italic", align="right", italic=True, foreground="#8a1c7c", underline=True),
    ]
    story = node("story", "RichText", properties={"content": STORY})
    plain = node("", "RichText", properties={"content": "Plain *text*\nwith lines", "format": "plain_text"})
    harmless = node(
        "harmless",
        "RichText",
        properties={"content": "<b>Bold</b> <script>1</script><a href='#x'>here</a>", "format": "restricted_html"},
    )
    return [flow(*links), *texts, *row("R", story, node("", "LinearPanel", plain, harmless))]


def pictures() -> list[dict[str, Any]]:
    def picture(mode: str, name: str = "", **events: str) -> dict[str, Any]:
        properties = {"source": PICTURE, "display_mode": mode, "height": 100, "alt_text": mode, "background": "#eef1f5"}
        return node(name, "Image", properties=properties, events=events)

    modes = [
        picture("shrink_to_fit", "picture", mouse_down="picture_mouse_down"),
        picture("zoom_to_fill"),
        picture("fill_width"),
        picture("original_size"),
    ]
    return row("P", *modes)


def progress() -> list[dict[str, Any]]:
    known = [
        node("", "LinearProgress", properties={"value": 40}),
        flow(node("", "CircularProgress"), node("", "CircularProgress", properties={"value": 70})),
    ]
    clock = node(
        "clock_panel",
        "LinearPanel",
        label("no tick"),
        node("clock", "Timer", properties={"interval": 0.05}, events={"tick": "clock_tick"}),
    )
    clock["children"][0]["name"] = "clock_label"
    again = node("again", "Button", properties={"text": "Tick again"}, events={"click": "again_click"})
    return [node("", "LinearProgress"), *known, clock, again, node("", "Spacer", properties={"height": 20})]


def texts() -> list[dict[str, Any]]:
    name = bound(field("name", "TextBox", "Name", placeholder="Ann"), "text", "self.item['name']")
    number = field("number", "TextBox", "Number", "pressed_enter", type="number", role="filled")
    secret = field("secret", "TextBox", "Password", hide_text=True)
    off = field("", "TextBox", "Not now", enabled=False, text="Fixed")
    area = field("", "TextArea", "Words", auto_expand=True, height=60)
    outlined = field("", "TextBox", "Outlined", role="outlined", text="Ann")
    wrong = field("", "TextBox", "Wrong", role="error", text="not an address", tooltip="This is no address")
    return [*row("T", name, number, secret), *row("W", off, outlined, wrong), *row("U", area)]


def cards() -> list[dict[str, Any]]:
    roles = ["card", "outlined-card", "elevated-card", "tonal-card"]
    return row(
        "K",
        *(
            node(
                "",
                "ColumnPanel",
                label(role, "title"),
                label("What is in a card."),
                node("", "Button", properties={"text": "Go", "role": "filled-button"}),
                properties={"role": role},
            )
            for role in roles
        ),
    )


def gallery() -> dict[str, Any]:
    """Return the widget; components without a name get one."""
    parts = [
        label("Gallery", "headline"),
        node("told", "Label", properties={"text": "…"}),
        *(label("Texts", "title"), *texts()),
        *(label("Choices", "title"), *choices()),
        *(label("Dates and files", "title"), *dates_and_files()),
        *(label("Buttons", "title"), *buttons()),
        *(label("Links and text", "title"), *links_and_texts()),
        *(label("Pictures", "title"), *pictures()),
        *(label("Cards", "title"), *cards()),
        *(label("Progress", "title"), *progress()),
        *(label("Panels", "title"), *panels()),
        *(label("Grids", "title"), *grids()),
        *(label("Drawings", "title"), *drawings()),
        *(label("Dialogs", "title"), *dialogs()),
    ]
    numbers = iter(range(1000))

    def named(made: dict[str, Any]) -> dict[str, Any]:
        children = [named(child) for child in made["children"]]
        return {**made, "children": children, "name": made["name"] or f"part_{next(numbers)}"}

    root = {**named(node("", "ColumnPanel", *parts)), "name": ""}
    modules = {
        "Gallery/__init__.py": (IN_PAGE / "gallery.txt").read_text(),
        "GalleryRow/__init__.py": (IN_PAGE / "gallery_row.txt").read_text(),
        "inputs.py": (IN_PAGE / "inputs.txt").read_text(),
    }
    return {**app(modules, {"Gallery": root, "GalleryRow": grid_row()}, "Gallery"), "theme": {"colors": {}, "html": {}}}
