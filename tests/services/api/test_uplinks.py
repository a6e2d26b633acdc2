"""Uplinks over the JSON API: keys that are shown once, who is connected, and letting one finish."""

from tests.services.api.conftest import Caller

from widget_site.accounts.secret import hash_secret
from widget_site.parts import SiteParts
from widget_site.store import uplink_keys
from widget_wire.uplinks import LinkEntry


async def test_k_01_a_key_is_shown_once_and_revoked(owner: Caller, site: SiteParts) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]

    made = await owner("POST", f"/widgets/{slug}/uplink-keys", {"kind": "server"})

    assert made.status == 201
    key, key_id = made.json["key"], made.json["id"]
    assert key.startswith("server_")
    assert made.json["url"].startswith("ws://")
    assert made.json["url"].endswith("/_/uplink")
    assert await uplink_keys.holder(site.store, hash_secret(key)) is not None
    listed = (await owner("GET", f"/widgets/{slug}/uplinks")).json
    assert [set(one) for one in listed["keys"]] == [{"id", "kind", "created_at"}]
    assert listed["connected"] == []
    assert (await owner("DELETE", f"/widgets/{slug}/uplink-keys/{key_id}")).status == 204
    assert (await owner("DELETE", f"/widgets/{slug}/uplink-keys/{key_id}")).status == 404
    assert await uplink_keys.holder(site.store, hash_secret(key)) is None


async def test_a_key_of_no_kind_is_refused(owner: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]

    assert (await owner("POST", f"/widgets/{slug}/uplink-keys", {"kind": "root"})).status == 400


async def test_who_is_connected_is_listed_and_can_be_drained(owner: Caller, site: SiteParts) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    other = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    entry = LinkEntry("l1", snapshot.widget_id, site.uplinks.site, "server", "k1", 1.0, "192.0.2.7", ("f", "g"))
    site.uplinks.directory.put(entry)

    [shown] = (await owner("GET", f"/widgets/{slug}/uplinks")).json["connected"]

    assert (shown["id"], shown["kind"], shown["names"], shown["draining"]) == ("l1", "server", ["f", "g"], False)
    assert (await owner("GET", f"/widgets/{other}/uplinks")).json["connected"] == []
    assert (await owner("POST", f"/widgets/{other}/uplinks/l1/drain")).status == 404
    assert (await owner("POST", f"/widgets/{slug}/uplinks/none/drain")).status == 404
    assert (await owner("POST", f"/widgets/{slug}/uplinks/l1/drain")).status == 204
