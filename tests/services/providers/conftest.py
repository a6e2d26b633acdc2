"""A site whose providers are on loopback, and a widget of it that has all of them."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
import redis.asyncio
from pydantic import SecretStr
from tests.fixtures.redis_server import RedisServer
from tests.services.http_client import Answer
from tests.services.providers.mock_providers import SECRET, Mock, mock_providers
from tests.services.site_server import SiteServer, serving
from tests.services.users.conftest import Browser, Caller, UsersSite

from widget_site.settings import SiteSettings
from widget_site.store import service_credentials

#: What a browser says of a request to which a page of another site led it.
FROM_ELSEWHERE = {"sec-fetch-site": "cross-site"}


@dataclass
class Visitor(Browser):
    """A browser that follows the way to a provider and back."""

    async def go(self, path: str, **headers: str) -> Answer:
        """Open an address of the widget."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        answer = await self.site.client("GET", path, headers=[("cookie", cookies), *sent])
        for value in answer.headers("set-cookie"):
            self.keep(value)
        return answer

    async def begin(self, provider: str, **query: str) -> str:
        """Begin to sign in; return where the provider is."""
        answer = await self.go(f"/_/sign-in/{provider}?{urlencode(query)}")
        assert answer.status == 303, answer.text
        return str(answer.header("location"))

    async def back(self, path: str) -> Answer:
        """Come back from the provider."""
        return await self.go(path, **FROM_ELSEWHERE)

    async def sign_in(self, provider: str, mock: Mock, **query: str) -> Answer:
        """Do all of it."""
        return await self.back(mock.authorize(await self.begin(provider, **query)))

    async def raw(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Make one request whose code calls one native function."""
        async with self.visit() as caller:
            return await caller.raw(name, *args, **kwargs)


@dataclass
class ProvidersSite(UsersSite):
    """A site and its widget, which has credentials of everything."""

    def visitor(self) -> Visitor:
        """Return a new browser."""
        return Visitor(self)

    @property
    def client_code(self) -> Caller:
        """Code in somebody's browser."""
        return Caller(self, caller="browser")

    async def give(self, service: str, **credentials: str) -> None:
        """Set a service up."""
        parts = self.parts
        owner, given = self.served.owner.id, credentials
        await service_credentials.put(parts.store, parts.secret_box, self.widget.slug, owner, service, given)


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    """The providers of a whole file."""
    with mock_providers() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(
    newest_sqlite: Any, redis_server: RedisServer, mock: Mock, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SiteServer]:
    """One site for a whole file."""
    folder = tmp_path_factory.mktemp("providers")
    shutil.copyfile(newest_sqlite, folder / "widgetry.sqlite")
    async with redis.asyncio.Redis.from_url(redis_server.url) as client:
        await client.flushall()
    given = SiteSettings(
        data=folder,
        redis_url=SecretStr(redis_server.url),
        google_url=f"{mock.url}/google",
        google_api_url=f"{mock.url}/{{service}}",
        microsoft_url=f"{mock.url}/microsoft",
        facebook_url=f"{mock.url}/facebook",
        facebook_api_url=f"{mock.url}/facebook-api",
        stripe_api_url=f"{mock.url}/stripe",
    )
    async with serving(given) as server:
        await server.site.get("/")  # it has begun
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def site(served: SiteServer, mock: Mock) -> ProvidersSite:
    """A widget of its own; nobody has signed in."""
    mock.person, mock.claims, mock.signing_key, mock.apis = {}, {}, None, {}
    mock.asked.clear()
    made = ProvidersSite(served, await served.make("from anvil.server import route\n"))
    await made.set(use_google=True, use_microsoft=True, use_facebook=True)
    await made.give("google", client_id="google-app", client_secret=SECRET)
    await made.give("microsoft", client_id="microsoft-app", client_secret=SECRET)
    await made.give("facebook", client_id="123", client_secret=SECRET)
    await made.give("stripe", test_secret_key="sk_test_1")
    return made
