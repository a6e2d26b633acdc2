"""The account of Google that an owner connects to a widget, and its app files (G-89)."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from quart import Quart
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PASSWORD, SITE, PageVisitor
from tests.services.providers.mock_providers import SECRET, Mock, mock_providers

from widget_site.parts import SiteParts
from widget_site.services.google.api import DRIVE_SCOPE, MAIL_SCOPE
from widget_site.settings import SiteSettings
from widget_site.store import accounts, service_credentials
from widget_site.store.service_credentials import Credentials

LINK = "https://docs.google.com/spreadsheets/d/1AbC-the-id_of-a-sheet/edit#gid=0"


@pytest.fixture
def mock() -> Iterator[Mock]:
    with mock_providers() as made:
        made.person = {"sub": "x", "email": "olive@gmail.example", "email_verified": True}
        yield made


@pytest.fixture
def settings(sqlite_url: str, redis_url: str, tmp_path: Path, mock: Mock) -> SiteSettings:
    return SiteSettings(
        data=tmp_path,
        database_url=SecretStr(sqlite_url),
        redis_url=SecretStr(redis_url),
        site_url=SITE,
        google_url=f"{mock.url}/google",
    )


async def person(app: Quart, site: SiteParts, name: str) -> tuple[PageVisitor, str]:
    """Somebody in a browser, and the slug of a widget of theirs that has Google."""
    hashed = await site.accounts.passwords.hash(PASSWORD)
    account = await accounts.create(site.store, name, f"{name}@example.com", hashed)
    _, token = await site.accounts.make_token(account, "tests")
    caller = Caller(app, {"Authorization": f"Bearer {token}"}, account)
    slug = (await caller("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    given = {"credentials": {"client_id": "google-app", "client_secret": SECRET}}
    assert (await caller("PUT", f"/widgets/{slug}/services/google", given)).status == 200
    visitor = PageVisitor(app)
    await visitor.sign_in(name, PASSWORD)
    return visitor, slug


async def kept(site: SiteParts, slug: str) -> Credentials:
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    found = await service_credentials.read(site.store, site.secret_box, snapshot.widget_id, "google")
    assert found is not None
    return found


async def test_g_89_an_owner_connects_an_account_and_disconnects_it(app: Quart, site: SiteParts, mock: Mock) -> None:
    ada, slug = await person(app, site, "ada")
    page = f"/w/{slug}/services/google"
    assert f"{SITE}/services/google/callback" in (await ada.get(page)).text

    begun = await ada.get(f"{page}/connect?drive=yes&mail=yes")
    query = parse_qs(urlsplit(begun.location).query)
    done = await ada.get(mock.authorize(begun.location))

    assert begun.status == 302
    assert {DRIVE_SCOPE, MAIL_SCOPE} < set(query["scope"][0].split())
    assert query["access_type"] == ["offline"]
    assert (done.status, done.location) == (303, f"{page}?done=google-connected")
    shown = (await ada.get(page)).text
    assert "olive@gmail.example" in shown
    found = await kept(site, slug)
    assert found["refresh_token"].startswith("refresh-")
    assert found["refresh_token"] not in shown
    assert found["client_secret"] == SECRET
    await ada.send(f"{page}/disconnect", page)
    assert (await kept(site, slug))["refresh_token"] == ""


async def test_g_89_nobody_else_finishes_or_repeats_what_was_begun(app: Quart, site: SiteParts, mock: Mock) -> None:
    ada, slug = await person(app, site, "ada")
    eve, _ = await person(app, site, "eve")
    begun = (await ada.get(f"/w/{slug}/services/google/connect?drive=yes")).location
    back = mock.authorize(begun)

    assert (await eve.get(f"/w/{slug}/services/google/connect?drive=yes")).status == 403
    assert (await eve.get(back)).status == 403
    assert (await ada.get(back)).status == 403, "it was used up"
    assert (await ada.get("/services/google/callback?code=x&state=forged")).status == 403
    again = mock.authorize((await ada.get(f"/w/{slug}/services/google/connect?drive=yes")).location)
    assert (await ada.get(again)).status == 303
    assert (await ada.get(again)).status == 403


async def test_g_89_what_google_does_not_give_is_not_called_connected(app: Quart, site: SiteParts, mock: Mock) -> None:
    ada, slug = await person(app, site, "ada")
    page = f"/w/{slug}/services/google"

    mock.granted = "openid email"
    nothing = await ada.get(mock.authorize((await ada.get(f"{page}/connect?drive=yes&mail=yes")).location))
    mock.granted = f"openid {MAIL_SCOPE}"
    mail = await ada.get(mock.authorize((await ada.get(f"{page}/connect?drive=yes&mail=yes")).location))

    assert (nothing.status, "no access to files or mail" in nothing.text) == (409, True)
    assert (mail.status, (await kept(site, slug)).shown["connected"]) == (
        303,
        {"drive": False, "mail": True, "email": "olive@gmail.example"},
    )


async def test_g_89_what_no_key_opens_is_entered_again(app: Quart, site: SiteParts, mock: Mock) -> None:
    ada, slug = await person(app, site, "ada")
    page = f"/w/{slug}/services/google"
    site.secret_box.add_key()
    site.secret_box.keep_first_key()

    begun = await ada.get(f"{page}/connect?drive=yes")
    added = await ada.send(f"{page}/files", page, file=LINK, python_name="numbers", client="read")
    again = await ada.send(page, page, client_id="google-app", client_secret=SECRET)

    assert (begun.status, "Enter its credentials again" in begun.text) == (409, True)
    assert (added.status, "Enter its credentials again" in added.text) == (409, True)
    assert (again.status, (await kept(site, slug))["client_secret"]) == (303, SECRET)


async def test_g_89_app_files_are_named_by_their_owner(app: Quart, site: SiteParts, mock: Mock) -> None:
    ada, slug = await person(app, site, "ada")
    page = f"/w/{slug}/services/google"

    added = await ada.send(f"{page}/files", page, file=LINK, python_name="numbers", client="read")
    await ada.send(f"{page}/files", page, file="1AbC-another-id", python_name="other", client="none")
    wrong = await ada.send(f"{page}/files", page, file="https://example.com/x", python_name="x", client="none")
    unnamed = await ada.send(f"{page}/files", page, file=LINK, python_name="2 b", client="none")
    beyond = await ada.send(f"{page}/files", page, file=LINK, python_name="x", client="all")

    assert added.location == f"{page}?done=app-file-kept"
    assert (wrong.status, "no link to a file" in wrong.text) == (400, True)
    assert (unnamed.status, beyond.status) == (400, 400)
    assert (await kept(site, slug)).shown["app_files"] == [
        {"id": "1AbC-the-id_of-a-sheet", "python_name": "numbers", "client": "read"},
        {"id": "1AbC-another-id", "python_name": "other", "client": "none"},
    ]
    await ada.send(f"{page}/files/numbers/remove", page)
    assert [one["python_name"] for one in (await kept(site, slug)).shown["app_files"]] == ["other"]
