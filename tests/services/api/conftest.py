"""The whole app on a real database, Redis and blobs; callers that speak with it as programs and browsers do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from quart import Quart
from quart.testing.app import TestApp
from tests.services.api.page_visitor import PASSWORD, PageVisitor
from tests.services.api.page_visitor import SITE as SITE

from widget_site.accounts.visitor import CSRF_HEADER, csrf_token
from widget_site.app import create_app
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import accounts
from widget_site.store.values import Account


@dataclass
class Answer:
    """What came back."""

    status: int
    json: Any
    headers: Any
    data: bytes = b""


@dataclass
class Caller:
    """Somebody who calls the API, with a token or like our own pages do."""

    app: Quart
    headers: dict[str, str] = field(default_factory=dict)
    account: Account | None = None

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        headers = {**self.headers, **more.pop("headers", {})}
        if isinstance(body, bytes):
            more["data"] = body
            headers = {"Content-Type": "application/zip", **headers}
        elif body is not None:
            more["json"] = body
        address = path if path.startswith(("/api", "/healthz")) else f"/api/v1{path}"
        response = await self.app.test_client().open(address, method=method, headers=headers, **more)
        found = await response.get_json(silent=True) if response.mimetype == "application/json" else None
        data = await response.get_data(as_text=False)
        return Answer(response.status_code, found, response.headers, data)


#: The app of a test that is marked by this runs on SQLite and on Postgres.
on_both_databases = pytest.mark.parametrize("store_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of the site's database: SQLite, where the test is not ``on_both_databases``."""
    url: str = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")
    return url


@pytest.fixture
def settings(store_url: str, redis_url: str, tmp_path: Path) -> SiteSettings:
    return SiteSettings(data=tmp_path, database_url=SecretStr(store_url), redis_url=SecretStr(redis_url), site_url=SITE)


@pytest.fixture
async def site(settings: SiteSettings) -> AsyncIterator[SiteParts]:
    built = SiteParts.build(settings)
    yield built
    await built.store.close()


@pytest.fixture
def bare_app(settings: SiteSettings, site: SiteParts) -> Quart:
    return create_app(settings, site)


@pytest.fixture
async def app(bare_app: Quart, site: SiteParts) -> AsyncIterator[Quart]:
    # SQLite's last checkpoint waits for the disk, which others may keep busy.
    async with TestApp(bare_app, startup_timeout=30, shutdown_timeout=30):
        yield bare_app


async def token_caller(app: Quart, site: SiteParts, name: str) -> Caller:
    account = await accounts.create(site.store, name, f"{name}@example.com", "no password")
    _, secret = await site.accounts.make_token(account, "tests")
    return Caller(app, {"Authorization": f"Bearer {secret}"}, account)


async def browser_of(app: Quart, site: SiteParts, account: Account) -> Caller:
    """The same account in a browser: a cookie, our own Origin and the token of our own pages."""
    signed_in = await site.accounts.open_session(account)
    cookie = {"Cookie": f"__Host-widgetry-session={signed_in.secret}", "Origin": SITE}
    async with app.test_request_context("/", headers=cookie):
        token = await csrf_token()
    return Caller(app, {**cookie, CSRF_HEADER: token}, account)


@pytest.fixture
async def owner(app: Quart, site: SiteParts) -> Caller:
    return await token_caller(app, site, "olive")


@pytest.fixture
async def other(app: Quart, site: SiteParts) -> Caller:
    return await token_caller(app, site, "otto")


@pytest.fixture
def anybody(app: Quart) -> Caller:
    return Caller(app)


@pytest.fixture
async def boss(app: Quart, site: SiteParts) -> PageVisitor:
    """An administrator in a browser."""
    hashed = await site.accounts.passwords.hash(PASSWORD)
    await accounts.create(site.store, "boss", "boss@example.com", hashed, is_admin=True)
    visitor = PageVisitor(app)
    await visitor.sign_in("boss", PASSWORD)
    return visitor
