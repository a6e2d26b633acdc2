"""X-30 over the API: forks, their parents, and pulling."""

from tests.services.api.conftest import Caller

LINES = "one\ntwo\nthree\nfour\nfive\n"


async def forked(owner: Caller, other: Caller) -> tuple[str, str]:
    body = {"kind": "script", "title": "T", "files": {"main.py": LINES}}
    slug = (await owner("POST", "/widgets", body)).json["slug"]
    fork = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]
    await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": LINES.replace("one", "ONE")}})
    await other("PUT", f"/widgets/{fork}/files", {"files": {"main.py": LINES.replace("one", "Uno"), "b.py": "b\n"}})
    return slug, fork


async def test_x_30_both_sides_of_a_fork_are_told_to_everybody_who_sees_them(
    owner: Caller, other: Caller, anybody: Caller
) -> None:
    slug, fork = await forked(owner, other)

    told = (await anybody("GET", f"/widgets/{fork}/parent")).json
    theirs = (await anybody("GET", f"/widgets/{fork}/parent/diff?side=theirs")).json["files"]

    assert (told["slug"], told["revision"], told["forked_revision"], told["conflicts"]) == (slug, 2, 1, ["main.py"])
    assert [one["path"] for one in told["mine"]] == ["b.py", "main.py"]
    assert theirs[0]["hunks"][0]["lines"][:2] == ["-one\n", "+ONE\n"]
    assert [one["slug"] for one in (await anybody("GET", f"/widgets/{slug}/forks")).json["items"]] == [fork]


async def test_x_30_a_pull_names_what_must_be_chosen_and_takes_the_choice(owner: Caller, other: Caller) -> None:
    _slug, fork = await forked(owner, other)

    refused = await other("POST", f"/widgets/{fork}/pull", {})
    pulled = await other("POST", f"/widgets/{fork}/pull", {"choices": {"main.py": "theirs"}, "parent_revision": 2})

    assert (refused.status, refused.json["error"]["conflicts"]) == (409, ["main.py"])
    assert (pulled.status, pulled.json) == (200, {"revision": 3})
    files = (await other("GET", f"/widgets/{fork}")).json["files"]
    assert files == {"main.py": LINES.replace("one", "ONE"), "b.py": "b\n"}


async def test_x_30_a_private_parent_is_not_given_away_by_its_fork(
    owner: Caller, other: Caller, anybody: Caller
) -> None:
    slug, fork = await forked(owner, other)
    await owner("PATCH", f"/widgets/{slug}", {"visibility": "private"})

    for caller in (other, anybody):
        assert (await caller("GET", f"/widgets/{fork}")).json["forked_from"] is None
        for path in ("parent", "parent/diff"):
            answer = await caller("GET", f"/widgets/{fork}/{path}")
            assert answer.status == 404
            assert slug not in str(answer.json)
        assert (await caller("GET", f"/widgets/{slug}/forks")).status == 404
    assert (await other("POST", f"/widgets/{fork}/pull", {})).status == 404
