"""X-30 in the browser: the history, what differs, restoring without losing what was typed."""

from playwright.sync_api import expect
from tests.browser.person import Person, code_of


def test_x_30_the_history_shows_what_changed_and_leads_to_the_lines(ada: Person) -> None:
    slug = ada.make("script", "print('one')\nprint('same')\n")
    ada.save()
    ada.write("print('two')\nprint('same')\n")
    ada.save()

    ada.go(f"/w/{slug}/revisions")
    newest = ada.page.locator(".revision").first
    expect(newest).to_contain_text(f"by @{ada.name}")
    expect(newest).to_contain_text("UTC")
    expect(newest.get_by_label("Changed files")).to_contain_text("main.py+1")
    assert ada.axe() == []
    newest.get_by_role("link", name="Changes of revision 3").click()

    expect(ada.page.get_by_role("heading", name="From revision 2 to revision 3")).to_be_visible()
    lines = ada.page.get_by_role("group", name="Differences in main.py")
    old, new = lines.locator(".dl.old"), lines.locator(".dl.new")
    expect(old).to_contain_text("print('one')")
    expect(old.locator("del")).to_have_text("one")
    expect(new.locator("ins")).to_have_text("two")
    assert ada.axe() == []
    beside, below = old.bounding_box(), new.bounding_box()
    assert beside
    assert below
    assert (beside["y"], beside["x"] < below["x"]) == (below["y"], True)

    ada.page.get_by_label("One column").check()
    below = new.bounding_box()
    assert below
    assert beside["y"] < below["y"]


def test_x_30_restoring_asks_what_becomes_of_the_draft_and_can_keep_it(ada: Person) -> None:
    slug = ada.make("script", "print('second')\n")
    ada.save()
    ada.go(f"/w/{slug}/revisions")
    kept = ada.page.locator(".revision").count()
    # Typed in another tab, as the history of this one is open.
    ada.page.evaluate(
        """slug => fetch(`/api/v1/widgets/${slug}/draft`, {
            method: "PUT", body: JSON.stringify({files: {"main.py": "print('typed')\\n"}, base_revision: 1}),
            headers: {"content-type": "application/json",
                      "x-csrf-token": document.querySelector("input[name=csrf_token]").value}})""",
        slug,
    )
    ada.page.reload()
    expect(ada.page.get_by_text("Your draft")).to_be_visible()
    ada.page.get_by_role("button", name="Restore revision 1").click()
    expect(ada.page.get_by_role("heading", name="Restore revision 1?")).to_be_visible()
    assert ada.axe() == []
    ada.page.get_by_role("button", name="Save it as a revision, then restore").click()

    expect(ada.page.get_by_text("Restored: its files are a new revision")).to_be_visible()
    expect(ada.page.locator(".revision")).to_have_count(kept + 2)
    expect(ada.page.locator(".revision").nth(1)).to_contain_text("Draft before revision 1 was restored")
    ada.go(f"/w/{slug}/edit")
    expect(code_of(ada.page)).not_to_contain_text("typed")


def test_x_30_the_history_reads_well_on_a_phone(ada: Person) -> None:
    slug = ada.make("script", "print('second')\n")
    ada.save()
    ada.page.set_viewport_size({"width": 390, "height": 844})

    for path in (f"/w/{slug}/revisions", f"/w/{slug}/diff?from=1&to=2"):
        ada.go(path)
        assert ada.axe() == []
        assert ada.page.evaluate("document.documentElement.scrollWidth") == 390
