"""Secrets over the JSON API: written, listed by name, deleted, never read (D-25)."""

import io
import zipfile

from tests.services.api.conftest import Caller

from widget_site.parts import SiteParts
from widget_site.store import secrets

VALUE = "correct horse battery staple"


async def test_d_25_a_secret_is_written_and_never_read(owner: Caller, site: SiteParts) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]

    assert (await owner("PUT", f"/widgets/{slug}/secrets/API_KEY", {"value": VALUE})).status == 204

    listed = await owner("GET", f"/widgets/{slug}/secrets")
    assert [set(item) for item in listed.json["items"]] == [{"name", "changed_at"}]
    for path in ("", "/secrets", "/runs", "/revisions"):
        assert VALUE not in str((await owner("GET", f"/widgets/{slug}{path}")).json)
    assert (await owner("GET", f"/widgets/{slug}/secrets/API_KEY")).status == 405
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    kept = await secrets.kept(site.store, snapshot.widget_id, "API_KEY")
    assert kept is not None
    assert site.secret_box.decrypt(snapshot.widget_id, "API_KEY", kept) == VALUE
    assert (await owner("DELETE", f"/widgets/{slug}/secrets/API_KEY")).status == 204
    assert (await owner("DELETE", f"/widgets/{slug}/secrets/API_KEY")).status == 404
    assert (await owner("GET", f"/widgets/{slug}/secrets")).json == {"items": []}


async def test_d_25_bad_names_and_values_are_told_by_field(owner: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]

    name = await owner("PUT", f"/widgets/{slug}/secrets/no%20spaces", {"value": "x"})
    value = await owner("PUT", f"/widgets/{slug}/secrets/KEY", {"value": ""})

    assert (name.status, name.json["error"]["code"], name.json["error"]["field"]) == (400, "bad_field", "name")
    assert (value.status, value.json["error"]["field"]) == (400, "value")


async def test_d_25_a_key_is_made_once_and_its_text_is_shown_to_nobody(owner: Caller, site: SiteParts) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    at = f"/widgets/{slug}/secrets/customer_key/key"

    assert (await owner("POST", at)).status == 204
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    kept = await secrets.kept(site.store, snapshot.widget_id, "customer_key")
    again = await owner("POST", at)

    assert kept is not None
    assert len(site.secret_box.decrypt(snapshot.widget_id, "customer_key", kept)) == 43
    assert (again.status, "could not be read any more" in again.json["error"]["message"]) == (409, True)
    assert await secrets.kept(site.store, snapshot.widget_id, "customer_key") == kept
    assert (await owner("POST", f"/widgets/{slug}/secrets/no%20spaces/key")).status == 400


async def test_d_25_security_62_an_export_holds_no_secret(owner: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    await owner("PUT", f"/widgets/{slug}/secrets/API_KEY", {"value": VALUE})

    exported = await owner.app.test_client().get(f"/api/v1/widgets/{slug}/export", headers=owner.headers)
    content = await exported.get_data(as_text=False)

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    assert texts
    assert not any(VALUE in text or "API_KEY" in text for text in texts)
