"""What strangers write is shown, and does nothing (security.md 49)."""

from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.person import Person, fetch, output_of, run_of

MARKS = "<script>window.owned=1</script><img src=x onerror=window.owned=1><svg onload=window.owned=1>"
README = (
    f"# Title {MARKS}\n\n[link](javascript:window.owned=1) [data](data:text/html,{MARKS})\n\n"
    "<b onclick='window.owned=1'>b</b>\n\n"
    "![picture](https://example.com/x.png)\n\n<iframe src='javascript:window.owned=1'></iframe>\n"
)


#: Elements of a page that would act, were they there.
LIVE = "main iframe, main img, main [onerror], main [onclick], main a[href^=javascript]"
LINK = "print('\\x1b]8;;javascript:window.owned=1\\x07x\\x1b]8;;\\x07')"


def is_owned(one: Person) -> bool:
    return bool(one.page.evaluate("'owned' in window"))


def test_titles_descriptions_and_readmes_are_text(person: Callable[..., Person]) -> None:
    ada, bob = person("ada").sign_up(), person("bob")
    slug = ada.make("script", f"print({MARKS!r})\n", title=f"T {MARKS}")
    ada.page.get_by_role("button", name="README.md").click()
    ada.write(README)
    ada.save()
    ada.go(f"/w/{slug}/settings")
    ada.page.get_by_label("Description").fill(f"D {MARKS}")
    ada.page.get_by_role("button", name="Save").click()

    for path in (f"/w/{slug}", "/", "/explore", f"/@{ada.name}", f"/w/{slug}/revisions", f"/explore?q={MARKS}"):
        bob.go(path)
        expect(bob.page.get_by_text("window.owned=1").or_(bob.page.get_by_role("searchbox")).first).to_be_attached()
        assert not is_owned(bob), path
        assert bob.page.locator(LIVE).count() == 0
    for path in (f"/w/{slug}/edit", f"/w/{slug}/settings", "/"):
        ada.go(path)
        assert not is_owned(ada), path


def test_output_errors_and_requests_are_text(ada: Person) -> None:
    slug = ada.make(
        "script",
        f"print({MARKS!r})\n{LINK}\nraise Exception({MARKS!r})\n",
    )
    ada.page.keyboard.press("Control+Enter")
    expect(run_of(ada.page)).to_have_attribute("data-phase", "finished", timeout=10_000)
    expect(output_of(ada.page)).to_contain_text("<script>window.owned=1</script>")
    assert not is_owned(ada)

    ada.go(f"/w/{slug}/runs")
    ada.page.locator(".run summary").first.click()

    expect(ada.page.locator(".output").first).to_contain_text("<script>window.owned=1</script>")
    assert not is_owned(ada)
    assert ada.page.locator("main img, main [onerror]").count() == 0


def test_a_widgets_answer_never_has_the_sites_origin(ada: Person) -> None:
    code = (
        "import anvil.server\n\n@anvil.server.route('/')\ndef page():\n"
        "    page = '<p>hi</p><script>document.title = document.cookie || \"none\"</script>'\n"
        "    return anvil.server.HttpResponse(200, page, headers={'Content-Type': 'text/html'})\n"
    )
    slug = ada.make("api", code)
    ada.save()
    url = str(ada.page.locator(".editor-url a").get_attribute("href"))

    assert fetch(url)[0] == 200
    other = ada.new_tab()
    ada.expected.append("favicon|404")
    other.goto(url)

    expect(other.get_by_text("hi")).to_be_visible()
    assert other.title() == "none"
    assert slug in other.evaluate("location.origin")
    asked = f"fetch('{ada.origin}/api/v1/me', {{credentials: 'include'}})"
    assert other.evaluate(f"{asked}.then(() => 'read', () => 'blocked')") == "blocked"
    ada.problems[:] = [one for one in ada.problems if "CORS" not in one and "ERR_FAILED" not in one]
