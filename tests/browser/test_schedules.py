"""A scheduled task in the browser: made, its times seen before they are saved, run by itself and now, paused."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.person import Person, output_of


@pytest.mark.timeout(240)
def test_w_12_x_25_a_task_is_made_scheduled_and_runs_by_itself(ada: Person) -> None:
    slug = ada.make("scheduled", "print('ran by itself')\n")
    ada.save()
    ada.go(f"/w/{slug}/schedule")
    page = ada.page

    page.get_by_label("Every").select_option("week")
    page.get_by_label("On", exact=True).select_option("friday")
    page.get_by_label("At", exact=True).fill("18:30")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    expect(page.locator("#next-times li").first).to_have_text(re.compile(r"^Fri .* 18:30 JST$"))
    expect(page.locator("#next-times li")).to_have_count(5)
    expect(page.get_by_label("At minute")).to_be_hidden()

    page.get_by_label("Every").select_option("minute")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It runs every minute, Asia/Tokyo")).to_be_visible()

    # At most a minute until its time, and a little for the run.
    ticks = page.locator("section[aria-labelledby=last-title] li")
    for _ in range(40):
        if ticks.count() and "ok" in ticks.first.inner_text():
            break
        page.wait_for_timeout(2000)
        page.reload()
    expect(ticks.first).to_contain_text("Schedule")
    assert ada.axe() == []
    ticks.first.get_by_role("link", name="Output").click()
    expect(page.locator("#run-output .output")).to_have_text("ran by itself\n")


def test_b_25_pause_and_run_now(ada: Person) -> None:
    slug = ada.make("scheduled", "print('now')\n")
    ada.save()
    ada.go(f"/w/{slug}/schedule")

    ada.page.get_by_role("button", name="Pause").click()
    expect(ada.page.get_by_text("Paused. It would run every day")).to_be_visible()
    ada.page.get_by_role("button", name="Run now").click()
    expect(ada.page.locator(".run-what", has_text="Run by you")).to_be_visible()

    ada.go(f"/w/{slug}/schedule")
    ada.page.get_by_role("button", name="Go on").click()
    expect(ada.page.get_by_text("It runs every day")).to_be_visible()


def test_a_wrong_schedule_is_told_at_its_field_and_not_saved(ada: Person) -> None:
    slug = ada.make("scheduled")
    ada.go(f"/w/{slug}/schedule")

    ada.page.get_by_label("Every").select_option("cron")
    ada.page.get_by_label("Cron text").fill("every morning")
    # The preview answers 400, too: it shows what is wrong.
    ada.expected.append("400")
    ada.page.get_by_role("button", name="Save", exact=True).click()

    expect(ada.page.locator("#cron-help")).to_contain_text("Cron text has five parts")
    ada.go(f"/w/{slug}/schedule")
    expect(ada.page.get_by_text("It runs every day")).to_be_visible()


def test_it_runs_in_the_editor_like_a_script(ada: Person) -> None:
    ada.make("scheduled", "print('in the editor')\n")

    ada.page.keyboard.press("Control+Enter")

    expect(output_of(ada.page)).to_have_text("in the editor\n", timeout=20_000)
    expect(ada.page.get_by_role("link", name="Schedule", exact=True)).to_be_visible()
