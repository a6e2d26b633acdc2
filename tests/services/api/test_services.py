"""The services of a widget, on its page and over the JSON API: credentials go in and never come out (G-89)."""

import io
import zipfile
from typing import Any

import pytest
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PASSWORD, PageVisitor

from widget_site.parts import SiteParts
from widget_site.store import accounts, secrets, service_credentials

SECRET = "GOCSPX-a-secret-of-google"
GIVEN = {"client_id": "12.apps.example.com", "client_secret": SECRET}


async def made(owner: Caller) -> str:
    return str((await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"])


async def put(owner: Caller, slug: str, service: str, **credentials: str) -> Any:
    return await owner("PUT", f"/widgets/{slug}/services/{service}", {"credentials": credentials})


async def kept(site: SiteParts, slug: str, service: str = "google") -> service_credentials.Credentials:
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    found = await service_credentials.read(site.store, site.secret_box, snapshot.widget_id, service)
    assert found is not None
    return found


async def test_g_89_credentials_are_kept_and_secrets_never_shown_again(owner: Caller, site: SiteParts) -> None:
    slug = await made(owner)

    answer = await put(owner, slug, "google", **GIVEN)

    assert (answer.status, answer.json["is_set_up"], answer.json["secrets"]) == (200, True, ["client_secret"])
    assert answer.json["credentials"] == {"client_id": GIVEN["client_id"]}
    assert answer.json["redirect_url"] == f"http://{slug}.localhost:8000/_/sign-in/google/callback"
    listed = await owner("GET", f"/widgets/{slug}/services")
    assert {one["name"]: one["is_set_up"] for one in listed.json["items"]} == {
        "google": True,
        "google_maps": False,
        "microsoft": False,
        "facebook": False,
        "stripe": False,
    }
    assert SECRET not in str(listed.json)
    assert (await kept(site, slug))["client_secret"] == SECRET
    async for sealed in secrets.all_kept(site.store):
        assert SECRET.encode() not in sealed
    assert (await owner("DELETE", f"/widgets/{slug}/services/google")).status == 204
    assert (await owner("DELETE", f"/widgets/{slug}/services/google")).status == 404


async def test_g_89_a_secret_that_is_left_out_stays_and_another_client_needs_its_own(
    owner: Caller, site: SiteParts
) -> None:
    slug = await made(owner)
    await put(owner, slug, "microsoft", **GIVEN)

    changed = await put(owner, slug, "microsoft", tenant="contoso.example")
    other = await put(owner, slug, "microsoft", client_id="another")

    assert changed.json["credentials"] == {"client_id": GIVEN["client_id"], "tenant": "contoso.example"}
    assert (other.status, other.json["error"]["field"]) == (400, "client_secret")
    assert (await kept(site, slug, "microsoft"))["client_secret"] == SECRET


@pytest.mark.parametrize(
    ("service", "credentials", "field"),
    [
        ("google", {"client_id": "x"}, "client_secret"),
        ("google", {"client_id": "two words", "client_secret": "x"}, "client_id"),
        ("microsoft", {**GIVEN, "tenant": "../../evil"}, "tenant"),
        ("microsoft", {**GIVEN, "tenant": "a@evil.example"}, "tenant"),
        ("facebook", {"client_id": "x", "client_secret": "x"}, "client_id"),
        ("stripe", {"test_secret_key": "pk_test_1"}, "test_secret_key"),
        ("stripe", {"mode": "live", "test_secret_key": "sk_test_1"}, "live_secret_key"),
        ("stripe", {"mode": "maybe"}, "mode"),
    ],
)
async def test_g_89_what_can_not_be_is_told_by_field(
    owner: Caller, service: str, credentials: dict[str, str], field: str
) -> None:
    answer = await put(owner, await made(owner), service, **credentials)

    assert (answer.status, answer.json["error"]["field"]) == (400, field)


async def test_g_89_a_service_that_there_is_not_is_named(owner: Caller) -> None:
    answer = await put(owner, await made(owner), "twitter", client_id="x")

    assert (answer.status, "google" in answer.json["error"]["message"]) == (404, True)


async def test_g_89_forks_and_exports_have_no_credentials(owner: Caller, other: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T", "visibility": "public"})).json["slug"]
    await put(owner, slug, "google", **GIVEN)

    fork = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]
    exported = (await owner("GET", f"/widgets/{slug}/export")).data

    assert not any(one["is_set_up"] for one in (await other("GET", f"/widgets/{fork}/services")).json["items"])
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        texts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    assert not any(SECRET in text or GIVEN["client_id"] in text for text in texts)


async def test_g_89_new_keys_of_the_site_open_what_was_kept(owner: Caller, site: SiteParts) -> None:
    slug = await made(owner)
    await put(owner, slug, "google", **GIVEN)

    site.secret_box.add_key()
    await secrets.encrypt_all_anew(site.store, site.secret_box.encrypt_anew)
    site.secret_box.keep_first_key()

    assert (await kept(site, slug))["client_secret"] == SECRET


async def test_g_89_the_page_lists_services_and_keeps_what_is_typed(site: SiteParts, owner: Caller) -> None:
    hashed = await site.accounts.passwords.hash(PASSWORD)
    account = await accounts.create(site.store, "ada", "ada@example.com", hashed)
    _, token = await site.accounts.make_token(account, "tests")
    slug = await made(Caller(owner.app, {"Authorization": f"Bearer {token}"}, account))
    ada = PageVisitor(owner.app)
    await ada.sign_in("ada", PASSWORD)
    page = f"/w/{slug}/services"

    assert "not set up" in (await ada.get(page)).text
    wrong = await ada.send(f"{page}/google", **{**GIVEN, "client_secret": ""})
    right = await ada.send(f"{page}/google", **GIVEN)
    shown = await ada.get(right.location)

    assert (wrong.status, "This is needed." in wrong.text) == (400, True)
    assert (right.status, right.location) == (303, f"{page}/google?done=service-kept")
    assert f"http://{slug}.localhost:8000/_/sign-in/google/callback" in shown.text
    assert SECRET not in wrong.text + shown.text + (await ada.get(page)).text
    assert "set up" in (await ada.get(page)).text
    assert (await ada.send(f"{page}/google/remove", f"{page}/google")).location == f"{page}?done=service-removed"
    assert (await ada.get(f"{page}/google")).text.count("Remove it") == 0
    assert (await ada.get(f"{page}/nothing")).status == 404


async def test_g_89_the_pages_are_the_owners_alone(site: SiteParts, owner: Caller) -> None:
    hashed = await site.accounts.passwords.hash(PASSWORD)
    await accounts.create(site.store, "eve", "eve@example.com", hashed)
    eve, nobody = PageVisitor(owner.app), PageVisitor(owner.app)
    await eve.sign_in("eve", PASSWORD)

    for visibility, status in (("public", 403), ("private", 404)):
        made = await owner("POST", "/widgets", {"kind": "api", "title": "T", "visibility": visibility})
        slug = made.json["slug"]
        await put(owner, slug, "google", **GIVEN)
        for page in (f"/w/{slug}/services", f"/w/{slug}/services/google", f"/w/{slug}/services/google/connect?mail=1"):
            seen, unknown = await eve.get(page), await nobody.get(page)
            assert (seen.status, GIVEN["client_id"] in seen.text) == (status, False), page
            assert unknown.status in (303, 401), page
        for page in ("google", "google/remove", "google/disconnect", "google/files"):
            sent = await eve.send(f"/w/{slug}/services/{page}", "/", **GIVEN, file="x", python_name="x", client="read")
            assert sent.status == status, page
        assert (await kept(site, slug))["client_secret"] == SECRET
