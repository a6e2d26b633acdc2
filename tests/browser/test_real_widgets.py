"""What people make, from an empty widget to one that works: a page read, a picture drawn, a QR code, a daily digest.

Packages come from the machine's own index; the pages that are read come from a server of these tests.
"""

import datetime
import os
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.person import Person, output_of, run_of
from tests.fixtures.far_server import far_server

pytestmark = pytest.mark.root

INSTALLED_MS = 100_000
SHOWN_MS = 30_000
_NET = f"10.214.{os.getpid() % 250}"
FAR = f"http://{_NET}.2:8642"
SERVER = """
import http.server

PAGES = {
    "/news": "<html><h1>The Daily Loom</h1><h2 class='story'>Looms are back</h2><h2 class='story'>Wool is up</h2>",
    "/feed": "<rss><channel><title>Loom news</title><item><title>Looms are back</title><link>http://loom/1</link></item>"
    "<item><title>Wool is up</title><link>http://loom/2</link></item></channel></rss>",
}

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path, "").encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", 8642), Answer).serve_forever()
"""

READS = f"""import requests
from bs4 import BeautifulSoup

page = requests.get("{FAR}/news", timeout=10)
soup = BeautifulSoup(page.text, "html.parser")
print(soup.h1.text)
for story in soup.select("h2.story"):
    print("-", story.text)
"""
ENCODES = """import io

import anvil
import anvil.server
import segno


@anvil.server.route("/qr")
def qr(text="widgetry"):
    drawn = io.BytesIO()
    segno.make(text).save(drawn, kind="png", scale=8)
    return anvil.BlobMedia("image/png", drawn.getvalue(), name="qr.png")
"""
DIGESTS = f"""import urllib.request
import xml.etree.ElementTree as ET

FEED = "{FAR}/feed"

channel = ET.fromstring(urllib.request.urlopen(FEED, timeout=10).read()).find("channel")
print(channel.findtext("title"))
for item in channel.iter("item"):
    print("*", item.findtext("title"), item.findtext("link"))
"""


@pytest.fixture(scope="module", autouse=True)
def far() -> Iterator[None]:
    """Pages that a script may read."""
    with far_server("pages", f"{_NET}.1", [f"{_NET}.2"], SERVER):
        yield


def add_packages(page: Page, *lines: str) -> None:
    """Add packages in the panel and wait until they are there."""
    page.get_by_text("Packages", exact=True).click()
    for line in lines:
        page.get_by_label("Add a package").fill(line)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"Remove {line}")).to_be_visible(timeout=SHOWN_MS)
    panel = page.locator("details.packages")
    for line in lines:
        expect(panel).to_contain_text(f"{line}==", timeout=INSTALLED_MS)
    expect(panel).to_have_attribute("data-status", "ready", timeout=INSTALLED_MS)


def reads_a_page(one: Person) -> None:
    """A script with two packages that reads a page."""
    one.make("script", READS, "Headlines")
    add_packages(one.page, "requests", "beautifulsoup4")

    one.page.keyboard.press("Control+Enter")

    expect(output_of(one.page)).to_have_text("The Daily Loom\n- Looms are back\n- Wool is up\n", timeout=SHOWN_MS)


def draws_a_picture(one: Person) -> None:
    """A script that shows a picture and a table: the example of the documentation, opened as a widget."""
    one.go("/docs/rich-output")
    one.page.get_by_role("link", name="Open as a widget").click()
    one.page.get_by_role("button", name="Make the widget").click()
    panel = one.page.locator("details.packages")
    expect(panel).to_have_attribute("data-status", "ready", timeout=INSTALLED_MS)

    one.page.keyboard.press("Control+Enter")

    expect(run_of(one.page)).to_have_attribute("data-outcome", "ok", timeout=60_000)
    shown = output_of(one.page).locator(":scope > *")
    expect(shown.nth(1).get_by_role("cell", name="alan")).to_be_visible()
    picture = shown.nth(0).get_by_role("img")
    expect(picture).to_be_visible(timeout=SHOWN_MS)
    expect(picture).not_to_have_js_property("naturalWidth", 0, timeout=SHOWN_MS)


def answers_with_a_qr_code(one: Person) -> None:
    """An API whose answer is a picture, called as a program on this machine does."""
    one.make("api", ENCODES, "QR codes")
    add_packages(one.page, "segno")
    one.save()
    url = str(one.page.locator(".editor-url a").get_attribute("href"))
    host, _, rest = url.removeprefix("http://").partition("/")
    request = urllib.request.Request(
        f"http://127.0.0.1:{host.partition(':')[2]}/{rest}qr?text=hello", headers={"Host": host}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.read().startswith(b"\x89PNG\r\n\x1a\n")


def soon() -> str:
    """Return a time of day, in UTC, that is between 20 and 80 seconds away."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=80)).strftime("%H:%M")


def has_a_daily_digest_that_will_fail(one: Person) -> None:
    """A task that works, and is scheduled with a message on failure; then the feed that it reads moves."""
    digest = one.make("scheduled", DIGESTS, "Loom digest")
    page = one.page
    page.keyboard.press("Control+Enter")
    expect(output_of(page)).to_contain_text("* Wool is up http://loom/2", timeout=SHOWN_MS)
    one.write(DIGESTS.replace("/feed", "/gone"))
    one.save()
    one.go(f"/w/{digest}/schedule")
    page.get_by_label("Every").select_option("day")
    page.get_by_label("Time zone").fill("UTC")
    page.get_by_label("Retries").fill("0")
    page.get_by_label("Send me a message").check()
    page.get_by_label("At", exact=True).fill(soon())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It runs every day at")).to_be_visible()


@pytest.mark.timeout(500)
def test_w_02_w_12_w_15_a_page_a_picture_a_qr_code_and_a_daily_digest_are_made_from_empty_widgets(ada: Person) -> None:
    # While the digest is not yet due, the others are made.
    has_a_daily_digest_that_will_fail(ada)
    reads_a_page(ada)
    draws_a_picture(ada)
    answers_with_a_qr_code(ada)

    message = ada.page.locator(".message").filter(has_text="Loom digest")
    deadline = time.monotonic() + 180
    ada.go("/messages")
    while not message.count():
        assert time.monotonic() < deadline, "nothing told of the digest that failed"
        ada.page.wait_for_timeout(1000)
        ada.go("/messages")

    expect(message).to_contain_text("HTTP Error 404")
    assert ada.axe() == []
