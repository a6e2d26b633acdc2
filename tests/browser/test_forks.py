"""X-30 in the browser: a fork pulls what is new in its original, and offers what is new in itself."""

from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.person import Person

LINES = "first = 1\n\n\ndef middle():\n    return 2\n\n\nlast = 3\n"


def two(ada: Person, person: Callable[..., Person]) -> tuple[str, Person, str]:
    """Ada's script, and somebody with a fork of it; the forker's editor is open."""
    slug = ada.make("script", LINES, title="Numbers")
    ada.save()
    otto = person("otto").sign_up()
    otto.go(f"/w/{slug}")
    otto.page.get_by_role("button", name="Fork").click()
    otto.page.wait_for_url("**/edit")
    return slug, otto, otto.page.url.split("/")[-2]


def test_x_30_lineage_is_shown_both_ways_and_changes_are_pulled(ada: Person, person: Callable[..., Person]) -> None:
    slug, otto, fork = two(ada, person)
    ada.write(LINES.replace("first = 1", "first = 'one'").replace("2", "'theirs'"))
    ada.save()
    otto.write(LINES.replace("last = 3", "last = 'three'").replace("2", "'mine'"))
    otto.save()

    ada.go(f"/w/{slug}/forks")
    expect(ada.page.get_by_role("link", name="Numbers")).to_have_attribute("href", f"/w/{fork}")
    assert ada.axe() == []
    otto.go(f"/w/{fork}")
    expect(otto.page.locator(".facts")).to_contain_text(f"{slug}, revision 2")
    otto.page.get_by_role("link", name="Original", exact=True).click()
    expect(otto.page.get_by_role("heading", name="New in the original")).to_be_visible()
    conflict = otto.page.get_by_role("group", name="main.py: both sides changed the same lines")
    assert otto.axe() == []
    conflict.get_by_text("Write it by hand").click()
    text = conflict.get_by_label("Text of main.py")
    merged = text.input_value()
    assert "<<<<<<< mine" in merged
    text.fill(LINES.replace("2", "'both'"))
    conflict.get_by_label("Use the text below").check()
    otto.page.get_by_role("button", name="Pull into this fork").click()

    expect(otto.page.get_by_text("Pulled: what the original changed")).to_be_visible()
    expect(otto.page.locator(".revision").first).to_contain_text("Pulled revision 3 of the original")
    otto.go(f"/w/{fork}")
    expect(otto.page.locator(".code-file").first).to_contain_text("'both'")
    otto.go(f"/w/{fork}/parent")
    expect(otto.page.get_by_text("this fork has everything")).to_be_visible()


def test_x_30_a_proposal_is_made_seen_updated_and_merged(ada: Person, person: Callable[..., Person]) -> None:
    # The page of a merge that came too late.
    ada.expected.append("409")
    slug, otto, fork = two(ada, person)
    otto.write(LINES.replace("last = 3", "last = 'three'"))
    otto.save()
    otto.go(f"/w/{fork}/parent")
    otto.page.get_by_role("link", name="Propose to the original").click()
    otto.page.get_by_label("Title").fill("Words for numbers")
    otto.page.get_by_label("Why").fill("They **read** better.")
    assert otto.axe() == []
    otto.page.get_by_role("button", name="Propose", exact=True).click()
    expect(otto.page.get_by_text("Proposed: the owner of the original is told")).to_be_visible()

    ada.go("/")
    ada.page.get_by_role("link", name="1 proposal").click()
    ada.page.get_by_role("link", name="Words for numbers").click()
    expect(ada.page.get_by_role("region", name="Why")).to_contain_text("They read better.")
    expect(ada.page.get_by_role("group", name="Differences in main.py").locator(".dl.new")).to_contain_text("three")
    assert ada.axe() == []
    otto.go(f"/w/{fork}/edit")
    otto.write(LINES.replace("last = 3", "last = 'drei'"))
    otto.save()
    otto.go("/proposals?box=sent")
    otto.page.get_by_role("link", name="Words for numbers").click()
    otto.page.get_by_role("button", name="Update to the fork").click()
    expect(otto.page.get_by_text("round 2 holds revision 3")).to_be_visible()

    ada.page.get_by_role("button", name="Merge").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("was updated")
    expect(ada.page.get_by_role("group", name="Differences in main.py")).to_contain_text("drei")
    ada.page.get_by_role("button", name="Merge").click()
    expect(ada.page.get_by_text("Merged just now")).to_be_visible()

    ada.go(f"/w/{slug}/revisions")
    newest = ada.page.locator(".revision").first
    expect(newest).to_contain_text("Merged: Words for numbers")
    expect(newest).to_contain_text(f"by @{otto.name}")
    otto.go("/messages")
    expect(otto.page.get_by_text("Your proposal was merged: Words for numbers")).to_be_visible()


def test_x_30_a_proposal_that_is_closed_tells_why(ada: Person, person: Callable[..., Person]) -> None:
    _slug, otto, fork = two(ada, person)
    otto.write(LINES.replace("last = 3", "last = 'three'"))
    otto.save()
    otto.go(f"/w/{fork}/propose")
    otto.page.get_by_label("Title").fill("Words")
    otto.page.get_by_role("button", name="Propose", exact=True).click()
    address = otto.page.url.split("?")[0].removeprefix(ada.origin)

    ada.go(address)
    ada.page.set_viewport_size({"width": 390, "height": 844})
    assert ada.axe() == []
    assert ada.page.evaluate("document.documentElement.scrollWidth") == 390
    ada.page.get_by_label("Reason, told to its author").fill("Numbers are meant.")
    ada.page.get_by_role("button", name="Close").click()

    expect(ada.page.get_by_text("Numbers are meant.")).to_be_visible()
    otto.go(address)
    expect(otto.page.get_by_text("Numbers are meant.")).to_be_visible()
    stranger = person("nina").sign_up()
    stranger.expected.append("404")
    stranger.go(address)
    expect(stranger.page.get_by_role("heading", name="There is nothing here")).to_be_visible()
