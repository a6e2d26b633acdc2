"""What runs show besides text, in the console and on the page of runs; HTML of user code reaches nothing of ours."""

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FrameLocator, Page, expect
from tests.browser.person import Person, output_of, run_of

TABLE = (
    "<div><style scoped>.dataframe tbody tr th {vertical-align: top;}</style><table border='1' class='dataframe'>"
    "<thead><tr style='text-align: right;'><th></th><th>score</th></tr></thead><tbody><tr><th>0</th><td>1.5</td></tr>"
    "<tr><th>1</th><td>&lt;b&gt; text</td></tr></tbody></table><p>2 rows x 1 columns</p></div>"
)


def picture(width: int = 30, height: int = 20) -> str:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "png")
    return f"__import__('base64').b64decode('{base64.b64encode(written.getvalue()).decode()}')"


def html(text: str) -> str:
    return f"from IPython.display import HTML\ndisplay(HTML({text!r}))\n"


def run(person: Person, code: str, outcome: str = "ok") -> Page:
    person.make("script", code)
    person.page.keyboard.press("Control+Enter")
    expect(run_of(person.page)).to_have_attribute("data-outcome", outcome, timeout=20_000)
    return person.page


def frame_of(page: Page) -> FrameLocator:
    return output_of(page).frame_locator("iframe")


def test_tables_pictures_and_the_last_line_show_in_their_place(ada: Person) -> None:
    code = (
        f"class Frame:\n    def _repr_html_(self): return {TABLE!r}\n"
        f"print('before')\ndisplay(Frame())\nprint('between')\ndisplay({picture()})\n[1, 2]\n"
    )

    page = run(ada, code)

    shown = output_of(page).locator(":scope > *")
    expect(shown).to_have_count(5)
    expect(shown.nth(0)).to_have_text("before\n")
    expect(shown.nth(1).get_by_role("cell", name="<b> text")).to_be_visible()
    expect(shown.nth(1).locator(".number")).to_have_text("1.5")
    expect(shown.nth(1)).to_contain_text("2 rows x 1 columns")
    drawn = shown.nth(3).get_by_role("img", name=re.compile("Picture"))
    expect(drawn).to_have_js_property("naturalWidth", 30)
    expect(shown.nth(4)).to_have_text("[1, 2]")
    with page.expect_download() as saved:
        shown.nth(3).get_by_role("link", name="Save picture").click()
    assert saved.value.suggested_filename.endswith(".png")
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")
    assert ada.axe() == []


def test_files_that_a_script_wrote_are_downloaded_from_its_run_and_its_page(ada: Person) -> None:
    page = run(ada, "open('out.csv', 'w').write('1,2\\n')\nopen('x\"><img src=x>.txt', 'w').write('')\nprint('done')")

    written = output_of(page).locator(".written")
    expect(written).to_contain_text("2 files that it wrote")
    expect(written).to_contain_text('x"><img src=x>.txt')
    with page.expect_download() as saved:
        written.get_by_role("link", name="out.csv").click()
    assert saved.value.suggested_filename == "out.csv"
    assert Path(saved.value.path()).read_text() == "1,2\n"

    page.goto(page.url.replace("/edit", "/runs"))
    page.locator("#run-list details.run summary").first.click()
    page.locator("#run-list .run-body a", has_text="Details").first.click()
    with page.expect_download() as again:
        page.get_by_role("link", name="out.csv").click()
    assert Path(again.value.path()).read_text() == "1,2\n"
    assert ada.axe() == []


HOSTILE = """
<p id=said>nothing</p><table><script>
const found = [];
function tried(name, what) {
  try { found.push(name + ': ' + what()); } catch (error) { found.push(name + ': ' + error.name); }
}
tried('origin', () => self.origin);
tried('cookie', () => document.cookie);
tried('storage', () => localStorage.length);
tried('parent', () => parent.document.title);
tried('top', () => { top.location = 'http://127.0.0.1:9/'; return 'went'; });
tried('popup', () => String(window.open('http://127.0.0.1:9/')));
tried('alert', () => String(alert(1)));
const tell = () => { document.getElementById('said').textContent = found.join(' | '); };
fetch('/api/v1/me').then(() => found.push('fetch: answered'), () => found.push('fetch: refused')).then(tell);
for (const height of [1e9, -5, NaN, 'x', {}]) parent.postMessage({kind: 'height', height}, '*');
parent.postMessage({kind: 'ready'}, '*');
</script></table><img src="http://127.0.0.1:9/leak"><form action="http://127.0.0.1:9/"><button>go</button></form>
"""


def test_html_runs_in_a_frame_from_which_it_reaches_neither_the_page_nor_cookies_nor_anybody(ada: Person) -> None:
    # The policy of the frame complains of each attempt.
    ada.expected += ["Content Security Policy", "sandboxed", "Blocked", "Failed to", "Unsafe", "SecurityError"]

    page = run(ada, html(HOSTILE))

    said = frame_of(page).locator("#said")
    expect(said).to_contain_text("fetch: refused", timeout=10_000)
    text = said.text_content() or ""
    assert "origin: null" in text
    assert "cookie: SecurityError" in text
    assert "storage: SecurityError" in text
    assert "parent: SecurityError" in text
    assert "top: went" not in text
    assert "popup: null" in text
    assert page.url.endswith("/edit"), "the page is where it was"
    assert output_of(page).locator("iframe").get_attribute("sandbox") == "allow-scripts"
    height = output_of(page).locator("iframe").evaluate("frame => frame.offsetHeight")
    assert 20 <= height <= 1200


def test_the_positive_control_what_the_frame_may_not_do_the_page_can(ada: Person) -> None:
    ada.go("/")

    assert ada.page.evaluate("fetch('/api/v1/me').then(answer => answer.status)") == 200
    assert ada.page.evaluate("self.origin") == ada.origin


def test_a_frame_opened_by_itself_is_of_no_origin_and_may_not_be_framed_by_others(ada: Person) -> None:
    for address in ("/frames/output", "/frames/figure"):
        answer = ada.page.goto(ada.origin + address)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "sandbox allow-scripts;" in policy
        assert "connect-src 'none'" in policy
        assert f"frame-ancestors {ada.origin}" in policy
        assert ada.page.evaluate("self.origin") == "null"


def test_html_is_as_high_as_it_is(ada: Person) -> None:
    page = run(ada, html("<div style='height: 333px; background: gold'>tall</div>"))

    expect(frame_of(page).get_by_text("tall")).to_be_visible()
    expect(output_of(page).locator("iframe")).to_have_attribute("height", re.compile("33[0-9]"))


def test_a_chart_of_plotly_is_drawn_in_a_frame(ada: Person) -> None:
    figure = {"data": [{"type": "bar", "x": ["a", "b"], "y": [1, 2]}], "layout": {"title": {"text": "Bars"}}}

    page = run(ada, f"display({{'application/vnd.plotly.v1+json': {figure!r}, 'text/plain': 'bars'}}, raw=True)")

    expect(frame_of(page).locator(".bars .point")).to_have_count(2, timeout=20_000)
    expect(frame_of(page).get_by_text("Bars")).to_be_visible()
    assert output_of(page).locator("iframe").get_attribute("title") == "Chart bars"


def test_markdown_json_and_drawings_show_and_do_nothing(ada: Person) -> None:
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' onload='alert(1)'>"
    drawing += "<script>alert(2)</script></svg>"
    code = (
        "from IPython.display import JSON, Markdown, SVG\n"
        "display(Markdown('# Words\\n\\n**bold** [bad](javascript:alert(1)) [good](https://example.com)"
        " <img src=x onerror=alert(1)>'))\n"
        f"display(JSON({json.dumps({'deep': {'er': [1, 'two']}})}))\ndisplay(SVG({drawing!r}))\n"
    )

    page = run(ada, code)

    words = output_of(page).locator(".shown-markdown")
    expect(words.locator("strong")).to_have_text("bold")
    expect(words.get_by_role("link", name="good")).to_have_attribute("rel", re.compile("noopener"))
    expect(words.get_by_role("link", name="bad")).to_have_count(0)
    expect(words).to_contain_text("<img src=x onerror=alert(1)>")
    output_of(page).locator(".shown-json summary", has_text="deep").click()
    expect(output_of(page).locator(".shown-json")).to_contain_text("er: [2 items]")
    assert (output_of(page).locator("img").get_attribute("src") or "").startswith("data:image/svg+xml")


def test_a_large_table_is_fetched_and_colours_of_the_256_are_drawn(ada: Person) -> None:
    code = (
        "class Big:\n    def _repr_html_(self):\n"
        "        rows = ''.join(f'<tr><td>row {n}</td><td>{n * 1.5}</td></tr>' for n in range(2000))\n"
        "        return f'<table>{rows}</table>'\n"
        "display(Big())\nprint('\\x1b[38;5;208morange\\x1b[0m \\x1b[1;9mstruck\\x1b[0m')\n"
    )

    page = run(ada, code)

    expect(output_of(page).locator("td", has_text="row 1999")).to_have_count(1)
    assert output_of(page).get_by_text("orange").evaluate("span => getComputedStyle(span).color") != output_of(
        page
    ).get_by_text("struck").evaluate("span => getComputedStyle(span).color")
    expect(output_of(page).locator(".ansi-strike.ansi-bold")).to_have_text("struck")


@pytest.mark.parametrize("with_scripts", [True, False])
def test_the_page_of_runs_shows_what_was_shown_also_without_scripts(
    ada: Person, person: Callable[..., Person], with_scripts: bool
) -> None:
    # Without scripts there is no editor: the run is made with them.
    page = run(ada, f"display({picture()})\n" + html(TABLE + "<style>td {color: red}</style>"))
    address = page.url.replace("/edit", "/runs").removeprefix(ada.origin)
    if not with_scripts:
        state = ada.context.storage_state()
        ada = person("reader", java_script_enabled=False, storage_state=state)
    ada.go(address)

    ada.page.locator("#run-list details.run summary").first.click()
    expect(ada.page.locator("#run-list .run-body").first).to_contain_text("[shown on the page of this run]")
    ada.page.locator("#run-list .run-body a").first.click()

    body = ada.page.locator("#run-output")
    expect(body.get_by_role("img", name=re.compile("Picture"))).to_have_js_property("naturalWidth", 30)
    if with_scripts:
        expect(body.frame_locator("iframe").get_by_text("1.5")).to_be_visible()
        assert ada.axe() == []
    else:
        expect(body.get_by_role("cell", name="1.5")).to_be_visible()
        expect(body.locator("style")).to_have_count(0)
