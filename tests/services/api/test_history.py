"""X-30 over the API: differences with hunks, bounds, and restores that ask for the draft's fate."""

import pytest
from tests.services.api.conftest import Caller

from widget_model.diffs import LINES_MAX
from widget_site import study

TEXT = "".join(f"line {number}\n" for number in range(20))


async def made(owner: Caller) -> str:
    body = {"kind": "script", "title": "T", "files": {"main.py": TEXT, "logo.png": {"base64": "AAAA"}}}
    slug: str = (await owner("POST", "/widgets", body)).json["slug"]
    changed = {"main.py": TEXT.replace("line 10", "LINE 10"), "logo.png": {"base64": "AA=="}}
    await owner("PUT", f"/widgets/{slug}/files", {"files": changed, "message": "Louder"})
    return slug


async def test_x_30_the_history_tells_changed_files_and_a_diff_their_lines(owner: Caller, anybody: Caller) -> None:
    slug = await made(owner)

    newest = (await anybody("GET", f"/widgets/{slug}/revisions")).json["items"][0]
    picture, text = (await anybody("GET", f"/widgets/{slug}/diff?from=1&to=2")).json["files"]

    assert newest["message"] == "Louder"
    assert [(one["path"], one["added"], one["removed"]) for one in newest["changes"]["files"]] == [
        ("logo.png", 0, 0),
        ("main.py", 1, 1),
    ]
    assert (picture["is_text"], picture["old_size"], picture["new_size"], picture["hunks"]) == (False, 3, 1, [])
    (hunk,) = text["hunks"]
    assert (hunk["old_start"], hunk["old_count"], hunk["new_count"]) == (8, 7, 7)
    assert hunk["lines"][3:5] == ["-line 10\n", "+LINE 10\n"]


async def test_x_30_a_diff_that_is_too_long_is_cut_and_a_file_is_asked_for_alone(owner: Caller) -> None:
    body = {"kind": "script", "title": "T", "files": {"main.py": "x\n" * (LINES_MAX + 1)}}
    slug = (await owner("POST", "/widgets", body)).json["slug"]

    whole = (await owner("GET", f"/widgets/{slug}/diff")).json["files"][0]
    alone = (await owner("GET", f"/widgets/{slug}/diff?path=main.py")).json["files"][0]

    assert (whole["hunks"], whole["is_cut"], whole["added"]) == ([], True, LINES_MAX + 1)
    assert (len(alone["hunks"][0]["lines"]), alone["is_cut"]) == (LINES_MAX + 1, False)
    assert (await owner("GET", f"/widgets/{slug}/diff?path=nothing.py")).status == 404


async def test_x_30_anybody_is_told_when_to_come_again_where_comparing_has_no_room_or_they_compared_too_much(
    owner: Caller, anybody: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = await made(owner)

    with monkeypatch.context() as patched:
        patched.setattr(study, "WAITING", 0)
        full = await anybody("GET", f"/widgets/{slug}/diff?from=1&to=2")
    monkeypatch.setattr(study, "THREAD_S", 0.0)
    once, again = [await anybody("GET", f"/widgets/{slug}/diff?from=1&to=2") for _ in range(2)]

    assert [full.status, once.status, again.status] == [503, 200, 429]
    assert int(full.headers["Retry-After"]) > 0
    assert int(again.headers["Retry-After"]) > 0


async def test_x_30_what_to_compare_is_checked(owner: Caller) -> None:
    slug = await made(owner)

    for query, status in (("from=x", 400), ("to=-1", 400), ("to=drafts", 400), ("to=9", 404), ("to=draft", 404)):
        assert (await owner("GET", f"/widgets/{slug}/diff?{query}")).status == status


async def test_x_30_a_restore_keeps_the_draft_unless_told_otherwise(owner: Caller) -> None:
    slug = await made(owner)
    draft = {"files": {"main.py": "half"}, "base_revision": 2}
    await owner("PUT", f"/widgets/{slug}/draft", draft)

    kept = await owner("POST", f"/widgets/{slug}/revisions/1/restore")
    await owner("PUT", f"/widgets/{slug}/draft", {**draft, "version": 0})
    lost = await owner("POST", f"/widgets/{slug}/revisions/2/restore", {"draft": "discard"})

    assert (kept.json, lost.json) == ({"revision": 4}, {"revision": 5})
    assert (await owner("GET", f"/widgets/{slug}/revisions/3")).json["files"] == {"main.py": "half"}
    assert (await owner("GET", f"/widgets/{slug}/draft")).status == 404
