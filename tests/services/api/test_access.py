"""Keys and limits of an API over the JSON API (X-24)."""

from tests.services.api.conftest import Caller


async def test_x_24_rules_and_keys_are_made_shown_and_revoked(owner: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    assert (await owner("GET", f"/widgets/{slug}/access")).json == {
        "keys_needed": False,
        "per_minute": None,
        "keys": [],
    }

    assert (await owner("PUT", f"/widgets/{slug}/access", {"keys_needed": True, "per_minute": 60})).status == 204
    made = await owner("POST", f"/widgets/{slug}/keys", {"name": "billing"})

    assert made.status == 201
    assert made.json["key"].startswith("wk_")
    access = (await owner("GET", f"/widgets/{slug}/access")).json
    assert (access["keys_needed"], access["per_minute"]) == (True, 60)
    assert [(key["id"], key["name"]) for key in access["keys"]] == [(made.json["id"], "billing")]
    assert made.json["key"] not in str(access)
    assert (await owner("DELETE", f"/widgets/{slug}/keys/{made.json['id']}")).status == 204
    assert (await owner("DELETE", f"/widgets/{slug}/keys/{made.json['id']}")).status == 404


async def test_x_24_bad_rules_are_told_by_field(owner: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    script = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]

    refused = await owner("PUT", f"/widgets/{slug}/access", {"per_minute": 0})

    assert (refused.status, refused.json["error"]["field"]) == (400, "per_minute")
    assert (await owner("GET", f"/widgets/{script}/access")).status == 404
