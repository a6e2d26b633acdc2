"""Secrets, keys and the page of an API's routes, with the keyboard and the mouse of somebody (D-25, X-22, X-24)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.person import Person, fetch

CODE = '''
"""Adds numbers."""
import anvil.secrets
from anvil.server import HttpResponse, request, route

@route("/add/:a/:b", methods=["GET"])
def add(a: int, b: int, digits: int = 2):
    """Add two numbers.

    The sum is rounded.
    """
    return {"sum": round(int(a) + int(b), int(digits))}

@route("/echo", methods=["POST"])
def echo():
    return request.body_json

@route("/events", methods=["GET"])
def events():
    """Three events."""
    return HttpResponse(200, (f"data: {n}\\n\\n" for n in range(3)), {"Content-Type": "text/event-stream"})

@route("/files/:path*", methods=["GET"])
def files(path):
    return path
'''
LOOKS = [
    {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
]


def docs_of(ada: Person, slug: str) -> str:
    return ada.origin.replace("://", f"://{slug}.") + "/_/docs"


def is_as_wide_as_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_d_25_a_secret_is_set_and_deleted_and_never_shown(ada: Person) -> None:
    slug = ada.make("script", "print(1)")
    ada.save()
    page = ada.page
    ada.go(f"/w/{slug}")
    page.get_by_role("link", name="Secrets").click()

    page.get_by_label("Name", exact=True).fill("API_KEY")
    page.get_by_label("Value").fill("correct horse\nbattery staple")
    page.get_by_role("button", name="Keep").click()

    expect(page.get_by_text("Kept. The next run sees it.")).to_be_visible()
    expect(page.get_by_role("strong").filter(has_text="API_KEY")).to_be_visible()
    assert "correct horse" not in page.content()
    ada.expected.append("400")
    page.get_by_label("Name", exact=True).fill("no spaces")
    page.get_by_label("Value").fill("x")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("begins with a letter")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete API_KEY").click()
    expect(page.get_by_text("It has none yet.")).to_be_visible()


def test_x_24_a_key_is_made_used_and_revoked(ada: Person) -> None:
    slug = ada.make("api", CODE)
    ada.save()
    page, address = ada.page, docs_of(ada, slug).removesuffix("_/docs") + "files/a"
    ada.go(f"/w/{slug}/access")

    page.get_by_label("Callers").select_option("keys")
    page.get_by_label("Requests a minute").fill("100")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nobody can call it now")).to_be_visible()
    assert fetch(address)[0] == 401
    page.get_by_label("Name of a new key").fill("billing")
    page.get_by_role("button", name="Make a key").click()
    key = page.locator(".url-box code").inner_text()

    assert re.fullmatch(r"wk_[\w-]{43}", key)
    page.goto(docs_of(ada, slug))
    page.get_by_label("Key").fill(key)
    page.get_by_text("/files/:path*").click()
    files = page.locator(".api-route").filter(has_text="/files/:path*")
    files.get_by_label("path").fill("a/b c.txt")
    files.get_by_role("button", name="Send").click()
    expect(files.locator(".api-body pre")).to_have_text("a/b c.txt")
    expect(files.locator(".api-curl")).to_contain_text("/files/a/b%20c.txt")
    assert key not in files.locator(".api-curl").inner_text()
    ada.go(f"/w/{slug}/access")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke billing").click()
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    assert key not in page.content()


def test_x_22_routes_are_tried_on_their_own_page(ada: Person) -> None:
    slug = ada.make("api", CODE)
    ada.save()
    page = ada.page
    page.goto(docs_of(ada, slug))
    expect(page.get_by_text("Adds numbers.")).to_be_visible()

    page.locator("summary").filter(has_text="/add/:a/:b").press("Enter")
    add = page.locator(".api-route").filter(has_text="/add/:a/:b")
    add.get_by_label(re.compile("^a ")).fill("2")
    add.get_by_label(re.compile("^b ")).fill("3")
    page.keyboard.press("Enter")
    expect(add.locator(".api-status")).to_contain_text("200 · application/json")
    expect(add.locator(".api-body pre")).to_have_text('{\n  "sum": 5\n}')
    page.locator("summary").filter(has_text="/echo").click()
    echo = page.locator(".api-route").filter(has_text="/echo")
    echo.get_by_label("Body").fill('{"it\'s": [1]}')
    echo.get_by_role("button", name="Send").click()
    expect(echo.locator(".api-body pre")).to_contain_text('"it\'s": [')
    expect(echo.locator(".api-curl")).to_contain_text("curl -X POST -H 'content-type: application/json'")
    page.locator("summary").filter(has_text="/events").click()
    events = page.locator(".api-route").filter(has_text="/events")
    events.get_by_role("button", name="Send").click()
    expect(events.locator(".api-body pre")).to_contain_text("data: 2")
    assert is_as_wide_as_its_window(page)


@pytest.mark.parametrize("look", LOOKS, ids=["wide and light", "narrow and dark"])
def test_the_pages_are_accessible_and_fit(person: Callable[..., Person], look: dict[str, object]) -> None:
    ada = person("ada", **look).sign_up()
    slug = ada.make("api", CODE)
    ada.save()
    for path in ("secrets", "access"):
        ada.go(f"/w/{slug}/{path}")
        assert ada.axe() == []
        assert is_as_wide_as_its_window(ada.page)
    ada.page.goto(docs_of(ada, slug))
    ada.page.locator("summary").first.click()
    ada.page.locator(".api-route form").first.get_by_label(re.compile("^a ")).fill("1")
    assert ada.axe() == []
    assert is_as_wide_as_its_window(ada.page)
