"""The log of runs in a browser: it follows what happens, holds still when asked, and opens long output in pieces."""

from playwright.sync_api import Locator, expect
from tests.browser.person import Person, fetch, run_of

API = """import anvil.server

@anvil.server.route("/hello/:name")
def hello(name):
    print("asked by", name)
    return "Hello"
"""


def rows_of(person: Person) -> Locator:
    """Return the rows of the list that is open."""
    return person.page.locator("#run-list li")


def test_d_17_new_requests_appear_in_an_open_list_and_pause_holds_it_still(ada: Person) -> None:
    slug = ada.make("api", API)
    ada.save()
    url = ada.page.locator(".editor-url a").get_attribute("href")
    ada.go(f"/w/{slug}/runs")
    expect(ada.page.get_by_text("New ones appear here as they come")).to_be_visible()

    fetch(f"{url}hello/one")
    expect(rows_of(ada).first).to_contain_text("GET /hello/one", timeout=15_000)
    rows_of(ada).first.locator("summary").click()
    expect(rows_of(ada).first.locator(".output")).to_have_text("asked by one\n")
    ada.page.get_by_role("button", name="Pause").click()
    fetch(f"{url}hello/two")
    expect(ada.page.get_by_text("Paused; something happened since")).to_be_visible(timeout=15_000)
    expect(rows_of(ada)).to_have_count(1)
    ada.page.get_by_role("button", name="Go on").click()

    expect(rows_of(ada)).to_have_count(2, timeout=15_000)
    expect(rows_of(ada).first).to_contain_text("GET /hello/two")
    # What was unfolded stays so.
    expect(rows_of(ada).nth(1).locator("details[open] .output")).to_have_text("asked by one\n")
    assert ada.axe() == []


def test_the_form_finds_by_text_and_keeps_what_was_typed(ada: Person) -> None:
    slug = ada.make("api", API)
    ada.save()
    url = ada.page.locator(".editor-url a").get_attribute("href")
    for name in ("Ada", "Bo"):
        fetch(f"{url}hello/{name}")
    ada.go(f"/w/{slug}/runs")
    expect(rows_of(ada)).to_have_count(2, timeout=15_000)

    ada.page.get_by_label("Text in the output").fill("BY BO")
    ada.page.get_by_role("button", name="Find").click()

    expect(rows_of(ada)).to_have_count(1)
    expect(rows_of(ada)).to_contain_text("GET /hello/Bo")
    expect(ada.page.get_by_label("Text in the output")).to_have_value("BY BO")
    ada.page.get_by_text("As a table").click()
    expect(ada.page.get_by_role("cell", name="2 ok")).to_be_visible()
    assert ada.axe() == []


def test_a_run_is_followed_on_its_own_page_until_it_is_over(ada: Person) -> None:
    ada.make("script", "import time\nprint('first', flush=True)\ntime.sleep(6)\nprint('second')\n")
    ada.page.keyboard.press("Control+Enter")
    expect(run_of(ada.page)).to_contain_text("first", timeout=15_000)

    ada.go("/runs")
    rows_of(ada).first.locator("summary").click()
    rows_of(ada).first.get_by_role("link", name="Details").click()

    output = ada.page.locator("#run-output .output")
    expect(output).to_contain_text("first")
    expect(output).to_contain_text("first\nsecond\n", timeout=20_000)
    expect(ada.page.locator("#run-outcome")).to_have_text("ok", timeout=15_000)
    expect(ada.page.get_by_role("button", name="Stop")).to_have_count(0)
    assert ada.axe() == []


def test_a_long_output_opens_at_once_and_is_loaded_from_both_ends(ada: Person) -> None:
    slug = ada.make("script", "for number in range(9000):\n    print(number, 'x' * 90)\n")
    ada.page.keyboard.press("Control+Enter")
    expect(run_of(ada.page)).to_have_attribute("data-outcome", "ok", timeout=30_000)
    ada.go(f"/w/{slug}/runs")
    expect(rows_of(ada).first).to_contain_text("ok", timeout=15_000)
    rows_of(ada).first.locator("summary").click()
    rows_of(ada).first.get_by_role("link", name="All output").click()

    output = ada.page.locator("#run-output .output")
    expect(output).to_contain_text("\n100 x")
    expect(output).not_to_contain_text("\n8999 x")
    shown = output.locator("span").count()
    ada.page.get_by_role("link", name="More output").click()
    expect(output.locator("span").nth(shown)).to_be_attached()
    ada.page.get_by_role("link", name="Go to the end").click()
    expect(output).to_contain_text("\n8999 x")
    shown = output.locator("span").count()
    ada.page.get_by_role("link", name="Earlier output").click()
    expect(output.locator("span").nth(shown)).to_be_attached()
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="as text").click()

    assert download.value.path().read_text().count("\n") == 9000


TASK = """import time
import anvil.server
from anvil.server import route
from widgetry import store

@anvil.server.background_task
def counts():
    step = 0
    while not store.get("enough"):
        step += 1
        anvil.server.task_state["step"] = step
        print("step", step, flush=True)
        time.sleep(0.2)
    return f"counted to {step}"

@route("/begin")
def begin():
    return anvil.server.launch_background_task("counts").get_id()

@route("/enough")
def enough():
    store.set("enough", True)
"""


def test_b_19_open_pages_of_tasks_follow_what_runs(ada: Person) -> None:
    slug = ada.make("api", TASK)
    ada.save()
    url = ada.page.locator(".editor-url a").get_attribute("href")
    ada.go(f"/w/{slug}/tasks")
    expect(ada.page.get_by_text("New ones appear here as they come")).to_be_visible()
    expect(ada.page.get_by_text("None was launched yet")).to_be_visible()

    fetch(f"{url}begin")
    expect(rows_of(ada).first).to_contain_text("running", timeout=20_000)
    rows_of(ada).first.get_by_role("link", name="counts", exact=True).click()
    expect(ada.page.locator("#run-output .output")).to_contain_text("step 1\n", timeout=20_000)
    expect(ada.page.locator("#task-state pre")).to_contain_text('"step"', timeout=20_000)
    before = ada.page.locator("#task-state pre").inner_text()
    expect(ada.page.locator("#task-state pre")).not_to_have_text(before, timeout=20_000)
    assert ada.axe() == []
    other = ada.new_tab()
    other.goto(f"{ada.origin}/w/{slug}/tasks")
    fetch(f"{url}enough")

    expect(ada.page.locator("#task-now")).to_contain_text("ok", timeout=20_000)
    expect(ada.page.get_by_text("counted to")).to_be_visible(timeout=20_000)
    expect(other.locator("#run-list li").first).to_contain_text("ok", timeout=20_000)
    expect(ada.page.get_by_role("button", name="Kill")).to_have_count(0)
