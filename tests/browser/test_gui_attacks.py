"""Attacks by the page of a GUI on who visits it, in a real browser (security.md, C.4: 44 to 50, 53).

Ada is signed in and has a GUI of her own; in another tab she has opened Mallory's, whose scripts do what they like.
Each attack works first where it may: on its own origin, or from a page of the site.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from tests.browser.person import Person, until
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of, import_app

MARKS = "<img src=x onerror=window.owned=1><svg onload=window.owned=1></svg><script>window.owned=1</script>"
#: Asks an address as whoever the browser is signed in as, and returns what it answers, or "no".
_ASK = "([address, more]) => fetch(address, {credentials: 'include', ...more}).then((one) => one.text(), () => 'no')"
_OPENS = """(address) => new Promise((tell) => {
    const socket = new WebSocket(address);
    socket.onopen = () => { socket.close(); tell(true); };
    socket.onerror = () => tell(false);
})"""
_FRAME = """(address) => new Promise((tell) => {
    const frame = document.createElement("iframe");
    frame.onload = () => tell(true);
    frame.src = address;
    document.body.append(frame);
})"""
_SCRIPT = """(address) => new Promise((tell) => {
    const script = document.createElement("script");
    script.onload = () => tell(true);
    script.onerror = () => tell(false);
    script.src = address;
    document.head.append(script);
})"""
_FORM = """(address) => {
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: address, target: "_blank", enctype: "text/plain"});
    document.body.append(form);
    form.submit();
}"""
_TEMPLATE = "container: {type: ColumnPanel}\ncomponents:\n- {name: text, type: Label, properties: {text: Here}}\n"
_SERVER = """
import anvil.server
from anvil.tables import app_tables

@anvil.server.callable
def mark():
    app_tables.marks.add_row(name='x')
"""
_ANVIL = """
package_name: mine
startup: {type: form, module: Form1}
db_schema:
  marks: {title: Marks, client: none, server: full, columns: [{name: name, type: string}]}
"""
#: A page that no policy of ours is on.
_ATTACK = """
import anvil.server

@anvil.server.route('/attack')
def attack():
    return anvil.server.HttpResponse(200, '<title>Mallory</title>', headers={'Content-Type': 'text/html'})
"""
_MALLORYS = f"""
name: 'N {MARKS}'
package_name: evil
startup: {{type: form, module: Form1}}
metadata: {{title: 'T {MARKS}', description: 'D {MARKS}'}}
native_deps: {{head_html: '<script>window.owned = 1</script>'}}
dependencies: [{{dep_id: 'L {MARKS}', app_id: 'A {MARKS}'}}]
"""
_EVIL_TEMPLATE = f"""
container: {{type: HtmlTemplate, properties: {{html: '{MARKS}'}}}}
components:
- {{name: link, type: Link, properties: {{text: 'X {MARKS}', url: 'javascript:window.owned=1'}}}}
- {{name: 'c {MARKS}', type: 'form:evil.{MARKS}'}}
"""


@dataclass
class Stage:
    """Who is there, and what they have open."""

    ada: Person
    slug: str
    mallory: Person
    evil_slug: str
    #: Mallory's page in ada's browser.
    evil: Page

    @property
    def sockets(self) -> str:
        return self.ada.origin.replace("http", "ws", 1)

    def answers(self, page: Page, method: str, path: str) -> str:
        """Return what a request for ada's widget answers to a page, "no" where it may not know."""
        asked = page.evaluate(_ASK, [f"{self.ada.origin}/api/v1/widgets{path}", {"method": method}])
        return str(asked)


@pytest.fixture(scope="module")
def stage(chromium: Browser, origin: str) -> Iterator[Stage]:
    ada, mallory = (Person.arrive(chromium, origin, name).sign_up() for name in ("ada-attacked", "mallory"))
    files = {"client_code/Form1/__init__.py": "", "client_code/Form1/form_template.yaml": _TEMPLATE}
    slug = import_app(ada, {"anvil.yaml": _ANVIL, "server_code/ServerModule1.py": _SERVER, **files})
    evil_files = {
        "anvil.yaml": _MALLORYS,
        **files,
        "server_code/attack.py": _ATTACK,
        "client_code/Evil/form_template.yaml": _EVIL_TEMPLATE,
        "theme/assets/worker.js": "self.onfetch = (event) => event.respondWith(new Response('mine'));",
    }
    evil_slug = import_app(mallory, evil_files, is_clean=False)
    for one, name in ((ada, slug), (mallory, evil_slug)):
        one.call("PATCH", f"/widgets/{name}", {"client_engine": "light"})
    evil = ada.context.new_page()
    evil.goto(address_of(mallory, evil_slug) + "attack")
    yield Stage(ada, slug, mallory, evil_slug, evil)
    ada.leave()
    mallory.leave()


def test_attack_44_a_widgets_page_has_nothing_of_its_visitors_account(stage: Stage) -> None:
    site, evil, slug = stage.ada.page, stage.evil, stage.slug
    stage.ada.go("/")
    site.evaluate("localStorage.setItem('of-the-site', '1')")
    assert slug in stage.answers(site, "GET", f"?owner={stage.ada.name}")
    assert site.evaluate("localStorage.length") > 0

    assert stage.answers(evil, "GET", f"?owner={stage.ada.name}") == "no"
    assert stage.answers(evil, "GET", f"/{slug}") == "no"
    assert stage.ada.name not in evil.evaluate(_ASK, [f"{stage.ada.origin}/api/v1/me", {"mode": "no-cors"}])
    assert evil.evaluate("[document.cookie, localStorage.length]") == ["", 0]
    # Neither as a script of its own, nor through a window that it opens.
    assert evil.evaluate(_SCRIPT, "/_/theme/worker.js") is True
    assert evil.evaluate(_SCRIPT, f"{stage.ada.origin}/api/v1/me") is False
    with stage.ada.context.expect_page() as opened:
        evil.evaluate("(address) => { window.other = window.open(address); }", f"{stage.ada.origin}/account")
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("window.opener") is None
    assert evil.evaluate("window.other.closed") is True
    opened.value.close()


def test_attack_44_no_script_of_a_widget_becomes_a_service_worker(stage: Stage) -> None:
    register = "([address, scope]) => navigator.serviceWorker.register(address, {scope}).then(() => true, () => false)"
    evil = stage.evil

    assert evil.evaluate(register, ["/_/offline.js", "/"]) is True
    assert evil.evaluate(_SCRIPT, "/_/theme/worker.js") is True
    for address, scope in (
        ("/_/theme/worker.js", "/_/theme/"),
        ("/_/theme/worker.js", "/"),
        (f"{stage.ada.origin}/sw.js", f"{stage.ada.origin}/"),
        (address_of(stage.ada, stage.slug) + "_/offline.js", address_of(stage.ada, stage.slug)),
    ):
        assert evil.evaluate(register, [address, scope]) is False


def test_attack_45_a_cookie_that_another_origin_tosses_signs_nobody_in(stage: Stage) -> None:
    name = "__Host-widgetry-session"
    [session] = [one for one in stage.mallory.context.cookies(stage.ada.origin) if one.get("name") == name]
    value = session["value"]
    asked = f"{stage.ada.origin}/api/v1/me"
    assert stage.mallory.name in stage.mallory.context.request.get(asked).text()

    # What a page can write: nothing of the guarded name, and nothing for the site.
    for domain in ("localhost", f"{stage.evil_slug}.localhost", ""):
        for cookie in (name, "widgetry-session"):
            at = f"domain={domain}; " if domain else ""
            stage.evil.evaluate("(one) => { document.cookie = one; }", f"{cookie}={value}; {at}path=/; secure")
    assert "widgetry-session=" in stage.evil.evaluate("document.cookie")
    assert value not in [one.get("value") for one in stage.ada.context.cookies(stage.ada.origin)]
    # And where the site shares its domain with widgets, such a cookie comes along: under a name that means nothing.
    tossed = {"name": "widgetry-session", "value": value, "url": stage.ada.origin}
    stage.ada.context.add_cookies([tossed])  # type: ignore[list-item]  # playwright's own type asks for more
    said = stage.ada.context.request.get(asked).text()
    assert stage.ada.name in said
    assert stage.mallory.name not in said


def test_attack_47_no_request_of_another_origin_changes_anything(stage: Stage) -> None:
    ada, evil, slug = stage.ada, stage.evil, stage.slug
    own = ada.context.new_page()
    own.goto(address_of(ada, slug))
    call = '{"page": "page-of-a-test-0123456789", "message": {"command": "mark", "args": [], "kwargs": {}}}'
    send = {"method": "POST", "mode": "no-cors", "headers": {"Content-Type": "text/plain"}, "body": call}

    def marks() -> int:
        return len(ada.call("GET", f"/widgets/{slug}/tables/marks/rows")["items"])

    own.evaluate(_ASK, ["/_/call", {**send, "mode": "same-origin"}])
    assert marks() == 1
    own.close()
    ada.call("PATCH", f"/widgets/{slug}", {"description": "as it was"})
    before = ada.call("GET", f"/widgets/{slug}")
    evil.evaluate(_ASK, [f"{address_of(ada, slug)}_/call", send])
    for method, path in (("DELETE", ""), ("PATCH", ""), ("POST", "/fork"), ("POST", "/runs"), ("PUT", "/files")):
        evil.evaluate(_ASK, [f"{ada.origin}/api/v1/widgets/{slug}{path}", {**send, "method": method}])
        evil.evaluate(_ASK, [f"{ada.origin}/api/v1/widgets/{slug}{path}?_method={method}", send])
    for path in (f"/w/{slug}/delete", f"/w/{slug}/fork", f"/w/{slug}/settings", "/sign-out", "/account"):
        with ada.context.expect_page() as sent:
            evil.evaluate(_FORM, ada.origin + path)
        sent.value.wait_for_load_state()
        sent.value.close()

    assert marks() == 1
    assert ada.call("GET", f"/widgets/{slug}") == before
    assert [one["slug"] for one in ada.call("GET", f"/widgets?owner={ada.name}")["items"]] == [slug]


def test_attack_48_pages_of_the_site_and_of_others_widgets_are_not_framed(stage: Stage) -> None:
    ada, evil = stage.ada, stage.evil
    ada.call("PATCH", f"/widgets/{stage.slug}", {"embeddable": True})
    framed = [f"{ada.origin}/embed/{stage.slug}", address_of(ada, stage.slug)]
    for address in framed:
        evil.evaluate(_FRAME, address)
    until(evil, lambda: set(framed) <= {frame.url for frame in evil.frames[1:]})

    ada.call("PATCH", f"/widgets/{stage.slug}", {"embeddable": False})
    editor = [f"{ada.origin}/w/{stage.slug}/{part}" for part in ("edit", "settings", "preview", "delete")]
    refused = [*framed, *editor, f"{ada.origin}/account", f"{ada.origin}/sign-in"]
    evil.reload()
    for address in refused:
        evil.evaluate(_FRAME, address)

    # What was refused is nothing, or the browser's own word for it.
    until(evil, lambda: {frame.url for frame in evil.frames[1:]} - {""} == {"chrome-error://chromewebdata/"})


def test_attack_49_attack_50_what_a_gui_says_of_itself_does_nothing_on_the_site(stage: Stage) -> None:
    """Its own page may do what it likes; pages of the site show its names, texts and templates as text."""
    ada, evil_slug = stage.ada, stage.evil_slug
    own = ada.context.new_page()
    own.goto(address_of(ada, evil_slug))
    assert own.evaluate("window.owned") == 1
    own.close()

    reader = stage.mallory
    for path in (f"/w/{evil_slug}", f"/embed/{evil_slug}", "/explore", f"/w/{evil_slug}/revisions", "/"):
        reader.go(path)
        assert reader.page.evaluate("'owned' in window") is False, path
    reader.go(f"/w/{evil_slug}")
    expect(reader.page.get_by_text("onerror=window.owned=1").first).to_be_attached()
    ada.go(f"/w/{evil_slug}")
    assert ada.page.evaluate("'owned' in window") is False


def test_attack_50_a_form_with_scripts_opened_in_the_editor_runs_on_its_own_origin_alone(stage: Stage) -> None:
    reader = stage.mallory
    reader.page.set_viewport_size({"width": 1400, "height": 900})
    reader.go(f"/w/{stage.evil_slug}/edit")
    for file in ("client_code/Evil/form_template.yaml", "anvil.yaml"):
        reader.page.get_by_role("button", name=file, exact=True).first.click()
        expect(reader.page.locator(".cm-content")).to_contain_text("onerror")
    reader.page.keyboard.press("Control+Enter")
    app = reader.page.locator("iframe[title^=App]")
    framed: FrameLocator = app.content_frame
    expect(framed.get_by_text("Here")).to_be_visible(timeout=TIMEOUT_MS)
    inside = framed.locator("html")
    assert inside.evaluate("() => window.owned") == 1

    # It talks to the page around it, which believes none of it, and reaches nothing there.
    assert inside.evaluate("() => { try { return parent.document.title } catch { return 'refused' } }") == "refused"
    assert inside.evaluate("() => { try { top.location = '/_/theme/x' } catch { return 'refused' } }") == "refused"
    trace = "[[{}, {}], 5, ['evil/Form1/__init__.py', 'x']]"
    for said in (
        f"{{kind: 'error', error: {{type: {{}}, message: '{MARKS.replace('script', 'b')}', trace: {trace}}}}}",
        "{kind: 'error', error: {trace: 5}}",
        "{kind: 'error', error: 5}",
        f"{{kind: 'print', text: '{MARKS.replace('script', 'b')}'}}",
        "{kind: 'print', text: 'x'.repeat(5000000)}",
        "{kind: 'print', text: ' is all'}",
    ):
        inside.evaluate(f"() => parent.postMessage({said}, '*')")
    told = reader.page.get_by_role("log", name="What the app said")
    expect(told).to_contain_text("<img src=x onerror=window.owned=1>")
    assert len(told.inner_text()) < 1_000_000
    assert reader.page.evaluate("'owned' in window") is False
    assert reader.page.evaluate("document.querySelectorAll('.app-console img').length") == 0
    assert [one for one in reader.problems if "TypeError" in one] == []


def test_attack_53_sockets_open_for_pages_of_their_own_origin_alone(stage: Stage) -> None:
    site, evil = f"{stage.sockets}/api/live", stage.sockets.replace("://", f"://{stage.slug}.") + "/_/ws"
    stage.ada.go("/")
    own = stage.ada.context.new_page()
    own.goto(address_of(stage.ada, stage.slug))
    assert stage.ada.page.evaluate(_OPENS, site) is True
    assert own.evaluate(_OPENS, evil) is True
    own.close()

    assert stage.evil.evaluate(_OPENS, site) is False
    assert stage.evil.evaluate(_OPENS, evil) is False
    # The site's own pages keep to the site by their policy, whatever is written into them.
    assert stage.ada.page.evaluate(_OPENS, evil) is False
