"""The request pane of an HTTP API (D-29): a request put together, sent, looked at, copied and sent again."""

import json
import urllib.request

from playwright.sync_api import FilePayload, Locator, expect
from tests.browser.person import Person, copied, fetch

API = """import anvil.server
from anvil.server import request, route


@route('/hello/:name')
def hello(name, **params):
    print('asked by', name)
    return {'hello': name, 'agent': request.headers.get('x-agent'), 'params': params}


@route('/echo', methods=['POST', 'PUT'])
def echo(**params):
    data = request.body.get_bytes() if request.body else b''
    return {'type': request.headers.get('content-type'), 'length': len(data), 'form': request.form_params,
            'text': data.decode('latin-1')[:50]}


@route('/page')
def page():
    html = '<h1 style="color: rgb(1, 2, 3)">Made by code</h1><script>top.document.title = "taken"</script>'
    html += '<style>p { text-indent: 7px }</style><p onclick="alert(1)">Text</p><img src="/x" onerror="alert(2)">'
    return anvil.server.HttpResponse(200, html, headers={'Content-Type': 'text/html'})


@route('/dot')
def dot():
    import base64
    png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    return anvil.BlobMedia('image/png', base64.b64decode(png), name='dot.png')


@route('/slow')
def slow():
    import time
    time.sleep(20)
"""


def pane_of(person: Person) -> Locator:
    return person.page.get_by_role("region", name="Try a request")


def answer_of(person: Person) -> Locator:
    return person.page.get_by_role("region", name="Answer")


def make_private(person: Person, slug: str) -> None:
    person.go(f"/w/{slug}/settings")
    person.page.get_by_label("Who sees it").select_option("private")
    person.page.get_by_role("button", name="Save").click()
    person.go(f"/w/{slug}/edit")


def test_d_29_a_route_of_the_code_is_chosen_filled_in_and_sent(ada: Person) -> None:
    ada.make("api", API)
    pane = pane_of(ada)

    pane.get_by_label("Route").select_option("/hello/:name")
    pane.get_by_label(":name").fill("Ada & Bo")
    pane.get_by_text("Query", exact=True).click()
    pane.get_by_label("Query, name of parameter 1").fill("x")
    pane.get_by_label("Query, value of parameter 1").fill("1 2")
    pane.get_by_text("Headers", exact=True).first.click()
    pane.get_by_label("Headers, name of header 1").fill("X-Agent")
    pane.get_by_label("Headers, value of header 1").fill("007")
    pane.get_by_role("button", name="Send", exact=True).click()

    answer = answer_of(ada)
    expect(answer).to_contain_text("200 OK", timeout=20_000)
    expect(answer.get_by_role("group", name="The body")).to_contain_text('"params"')
    said = json.loads(answer.get_by_role("group", name="The body").inner_text())
    assert said == {"hello": "Ada & Bo", "agent": "007", "params": {"x": "1 2"}}
    expect(ada.page.locator(".save-state")).to_have_attribute("data-state", "saved")
    answer.get_by_role("button", name="Headers").click()
    expect(answer.locator("dt", has_text="content-type")).to_be_visible()
    answer.get_by_role("button", name="Raw").click()
    expect(answer.get_by_role("group", name="The answer as it came")).to_contain_text("200 OK\ncontent-type:")
    assert ada.axe() == []


def test_d_29_the_keyboard_sends_it_from_the_code(ada: Person) -> None:
    ada.make("api", API)
    pane_of(ada).get_by_label("Path").fill("/hello/keys")
    ada.page.locator(".cm-content").click()

    ada.page.keyboard.press("Control+Enter")

    expect(answer_of(ada)).to_contain_text('"hello": "keys"', timeout=20_000)


def test_d_29_bodies_are_json_forms_and_files(ada: Person) -> None:
    ada.make("api", API)
    pane, answer = pane_of(ada), answer_of(ada)
    pane.get_by_label("Route").select_option("/echo")
    expect(pane.get_by_label("Method")).to_have_value("POST")

    pane.get_by_label("Body", exact=True).select_option("json")
    pane.get_by_label("Body as JSON").fill("{oh}")
    expect(pane).to_contain_text("The body is not JSON")
    pane.get_by_label("Body as JSON").fill('{"a": 1}')
    pane.get_by_role("button", name="Send", exact=True).click()
    expect(answer).to_contain_text('"type": "application/json"', timeout=20_000)

    pane.get_by_label("Body", exact=True).select_option("form")
    pane.get_by_label("Form, name of field 1").fill("q")
    pane.get_by_label("Form, value of field 1").fill("ü")
    pane.get_by_role("button", name="Send", exact=True).click()
    expect(answer).to_contain_text('"q": "ü"', timeout=20_000)

    pane.get_by_label("Body", exact=True).select_option("file")
    file = FilePayload(name="bytes.bin", mimeType="application/x-own", buffer=bytes(range(256)))
    pane.get_by_label("File to send as the body").set_input_files(file)
    pane.get_by_role("button", name="Send", exact=True).click()
    expect(answer).to_contain_text('"length": 256', timeout=20_000)
    expect(answer).to_contain_text('"type": "application/x-own"')


def test_d_29_html_is_shown_in_a_frame_that_may_do_nothing_and_pictures_as_such(ada: Person) -> None:
    ada.make("api", API)
    pane, answer = pane_of(ada), answer_of(ada)
    # What the page tries and may not.
    ada.expected.append("Content Security Policy|Blocked script execution|frame is sandboxed")
    title = ada.page.title()

    pane.get_by_label("Path").fill("/page")
    pane.get_by_role("button", name="Send", exact=True).click()
    frame = answer.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Made by code")).to_have_css("color", "rgb(1, 2, 3)", timeout=20_000)
    expect(frame.get_by_text("Text")).to_have_css("text-indent", "7px")
    assert answer.locator("iframe").get_attribute("sandbox") == ""
    assert ada.page.title() == title

    pane.get_by_label("Path").fill("/dot")
    pane.get_by_role("button", name="Send", exact=True).click()
    picture = answer.get_by_role("img", name="The body")
    expect(picture).to_be_visible(timeout=20_000)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    with ada.page.expect_download() as saved:
        answer.get_by_role("link", name="Save").click()
    assert saved.value.suggested_filename == "dot.png"


def test_d_29_what_was_sent_before_is_there_after_a_reload_and_can_be_sent_again(ada: Person) -> None:
    ada.make("api", API)
    pane = pane_of(ada)
    for path in ("/hello/one", "/nothing"):
        pane.get_by_label("Path").fill(path)
        pane.get_by_role("button", name="Send", exact=True).click()
        expect(pane.locator(".request-past code").first).to_contain_text(path, timeout=20_000)
    ada.page.reload()

    pane.get_by_text("Sent before").click()
    expect(pane.locator(".request-past li").first).to_contain_text("404")
    pane.get_by_role("button", name="GET /hello/one").click()
    pane.get_by_role("button", name="Send", exact=True).click()

    expect(answer_of(ada)).to_contain_text('"hello": "one"', timeout=20_000)


def test_d_29_a_slow_request_can_be_given_up(ada: Person) -> None:
    ada.make("api", API)
    pane = pane_of(ada)
    pane.get_by_label("Path").fill("/slow")
    pane.get_by_role("button", name="Send", exact=True).click()
    expect(answer_of(ada)).to_contain_text("Waiting for the answer")

    pane.get_by_role("button", name="Cancel").click()

    expect(pane.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_d_29_the_curl_line_of_a_private_api_works_for_a_while_and_its_pane_at_once(ada: Person) -> None:
    slug = ada.make("api", API)
    ada.save()
    make_private(ada, slug)
    pane = pane_of(ada)
    pane.get_by_label("Path").fill("/hello/me")
    pane.get_by_role("button", name="Send", exact=True).click()
    expect(answer_of(ada)).to_contain_text('"hello": "me"', timeout=20_000)

    pane.get_by_role("button", name="Link for 15 minutes").click()
    link = pane.get_by_role("link", name="Open in a new tab").get_attribute("href") or ""
    line = copied(ada.page, "Copy the curl command")

    assert fetch(link.partition("?")[0])[0] == 404
    status, said = fetch(link)
    assert (status, json.loads(said)["hello"], json.loads(said)["params"]) == (200, "me", {})
    name, _, value = line.partition("-H '")[2].rstrip("'").partition(": ")
    host, _, path = link.removeprefix("http://").partition("?")[0].partition("/")
    port = host.partition(":")[2]
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", headers={"Host": host, name: value})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.status == 200


def test_d_29_on_a_phone_the_pane_has_a_view_of_its_own(ada: Person) -> None:
    ada.page.set_viewport_size({"width": 390, "height": 844})
    ada.make("api", API)

    ada.page.get_by_role("button", name="Try").click()
    pane_of(ada).get_by_label("Path").fill("/hello/phone")
    pane_of(ada).get_by_role("button", name="Send", exact=True).click()

    expect(answer_of(ada)).to_contain_text('"hello": "phone"', timeout=20_000)
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert ada.axe() == []
