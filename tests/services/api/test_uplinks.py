"""Uplinks over the JSON API: keys that are shown once, who is connected, and letting one finish."""

import html
import re

from tests.services.api.conftest import Caller, browser_of
from tests.services.api.page_visitor import PageVisitor

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


async def visitor_of(caller: Caller, site: SiteParts) -> PageVisitor:
    assert caller.account is not None
    browser = await browser_of(caller.app, site, caller.account)
    return PageVisitor(caller.app, headers=dict(browser.headers))


async def test_k_01_a_key_is_made_on_the_page_in_a_program_and_revoked(owner: Caller, site: SiteParts) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    visitor, at = await visitor_of(owner, site), f"/w/{slug}/uplinks"

    made = await visitor.send(f"/w/{slug}/uplink-keys", at, kind="server")

    program = r'anvil.server.connect\(\s+"(server_[\w-]+)",\s+url="ws://[^"]+/_/uplink",\s+\)'
    shown = re.search(program, html.unescape(made.text))
    assert shown is not None
    assert await uplink_keys.holder(site.store, hash_secret(shown[1])) is not None
    again = await visitor.get(at)
    assert shown[1] not in again.text
    [key] = (await owner("GET", f"/widgets/{slug}/uplinks")).json["keys"]
    revoked = await visitor.send(f"/w/{slug}/uplink-keys/{key['id']}/revoke", at)
    assert revoked.location.endswith("/uplinks?done=key-revoked")
    assert await uplink_keys.holder(site.store, hash_secret(shown[1])) is None
    assert (await visitor.send(f"/w/{slug}/uplink-keys", at, kind="root")).status == 400


async def test_the_page_shows_who_is_connected_to_the_owner_alone(
    owner: Caller, other: Caller, site: SiteParts
) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    names = ("<b>f</b>", *(f"f{number}" for number in range(40)))
    entry = LinkEntry("l2", snapshot.widget_id, site.uplinks.site, "server", "k1", 1.0, "192.0.2.7", names)
    site.uplinks.directory.put(entry)
    visitor, at = await visitor_of(owner, site), f"/w/{slug}/uplinks"

    page = (await visitor.get(at)).text
    drained = await visitor.send(f"{at}/l2/drain", at)

    assert "192.0.2.7" in page
    assert "&lt;b&gt;f&lt;/b&gt;, f0" in page
    assert "and 11 more" in page
    assert drained.location.endswith("/uplinks?done=drained")
    assert (await visitor.send(f"{at}/none/drain", at)).status == 404
    stranger = await visitor_of(other, site)
    assert (await stranger.get(at)).status == 403
    assert (await stranger.send(f"/w/{slug}/uplink-keys", f"/w/{slug}", kind="server")).status == 403
    assert "192.0.2.7" not in (await stranger.get(at)).text
