"""X-30 over the API: proposals from the offer to the merge."""

import pytest
from tests.services.api.conftest import Caller

from widget_site.accounts import rates
from widget_site.accounts.rates import Rate
from widget_site.api import proposal_views

LINES = "one\ntwo\nthree\n"


async def proposed(owner: Caller, other: Caller) -> tuple[str, str, dict[str, object]]:
    body = {"kind": "script", "title": "T", "files": {"main.py": LINES}}
    slug = (await owner("POST", "/widgets", body)).json["slug"]
    fork = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]
    await other("PUT", f"/widgets/{fork}/files", {"files": {"main.py": LINES.replace("two", "TWO")}})
    answer = await other("POST", f"/widgets/{fork}/propose", {"title": "Louder", "text": "Why not"})
    assert answer.status == 201
    return slug, fork, answer.json


async def test_x_30_a_proposal_travels_from_the_offer_to_the_merge(owner: Caller, other: Caller) -> None:
    slug, fork, made = await proposed(owner, other)
    path = f"/proposals/{made['id']}"

    received = (await owner("GET", "/proposals?state=open")).json["items"]
    seen = (await owner("GET", path)).json
    lines = (await owner("GET", f"{path}/diff")).json["files"][0]["hunks"][0]["lines"]
    merged = await owner("POST", f"{path}/merge", {"round": seen["round"]})
    sent = (await other("GET", "/proposals?box=sent")).json["items"]

    assert [one["id"] for one in received] == [made["id"]]
    assert (seen["author"], seen["fork"], seen["conflicts"], seen["state"]) == ("otto", fork, [], "open")
    assert lines == [" one\n", "-two\n", "+TWO\n", " three\n"]
    assert (merged.status, merged.json) == (200, {"revision": 2})
    assert [(one["state"], one["merged_revision"]) for one in sent] == [("merged", 2)]
    newest = (await owner("GET", f"/widgets/{slug}/revisions")).json["items"][0]
    assert (newest["author"], newest["message"]) == ("otto", "Merged: Louder")


async def test_x_30_an_update_must_be_looked_at_before_it_is_merged(owner: Caller, other: Caller) -> None:
    _slug, fork, made = await proposed(owner, other)
    path = f"/proposals/{made['id']}"
    await other("PUT", f"/widgets/{fork}/files", {"files": {"main.py": LINES.replace("two", "Two")}})

    updated = await other("POST", f"{path}/update")
    stale = await owner("POST", f"{path}/merge", {"round": 1})
    closed = await owner("POST", f"{path}/close", {"reason": "No."})

    assert (updated.status, updated.json["round"]) == (200, 2)
    assert (stale.status, stale.json["error"]["round"]) == (409, 2)
    assert (closed.status, closed.json["reason"]) == (200, "No.")
    assert (await other("POST", f"{path}/withdraw")).status == 409


async def test_x_30_a_merge_names_what_must_be_chosen(owner: Caller, other: Caller) -> None:
    slug, _fork, made = await proposed(owner, other)
    path = f"/proposals/{made['id']}"
    await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": LINES.replace("two", "2")}})

    refused = await owner("POST", f"{path}/merge", {"round": 1})
    merged = await owner("POST", f"{path}/merge", {"round": 1, "files": {"main.py": "both\n"}})

    assert (await owner("GET", path)).json["state"] == "merged"
    assert (refused.status, refused.json["error"]["conflicts"]) == (409, ["main.py"])
    assert merged.status == 200
    assert (await owner("GET", f"/widgets/{slug}")).json["files"] == {"main.py": "both\n"}


async def test_x_30_proposals_are_limited_in_number(
    owner: Caller, other: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rates.PROPOSALS.most == 30
    monkeypatch.setattr(proposal_views, "PROPOSALS", Rate("proposals", 1, 3600.0))
    _slug, fork, _made = await proposed(owner, other)

    assert (await other("POST", f"/widgets/{fork}/propose", {"title": "Again"})).status == 429
