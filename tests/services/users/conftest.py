"""A site that serves, on SQLite and on Postgres, with a widget that has the Users service; callers, and browsers."""

import contextlib
import email
import itertools
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio
import redis.asyncio
from pydantic import SecretStr
from tests.fixtures.postgres import postgres_database
from tests.fixtures.redis_server import RedisServer
from tests.services.http_client import Answer, Client
from tests.services.site_server import SiteServer, serving

from widget_model.users_settings import UsersSettings
from widget_site.parts import SiteParts
from widget_site.services import signing
from widget_site.services.registry import PREFIX
from widget_site.services.users import UserPages
from widget_site.settings import SiteSettings
from widget_site.store import letters, users_services
from widget_site.store.data import users_table
from widget_site.store.data.users_table import User
from widget_site.store.values import Widget
from widget_wire import media_chunks
from widget_wire.runs import RunReply, ServiceCall
from widget_wire.values import Portable, flatten, inflate

PASSWORD = "correct horse battery"  # of test users
_numbers = itertools.count(1)


class Refused(Exception):
    """What a function refused, as user code gets it."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.kind: str = error["type"]


@dataclass
class Caller:
    """Code of the widget, or a client of it."""

    site: "UsersSite"
    caller: str = "server_module"
    session: str = ""
    visit: str = ""
    run_id: str = field(default_factory=lambda: f"run{next(_numbers)}")
    #: Whether anything said that it changed the visit.
    visited: bool = False

    async def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function of ``anvil.private.users``; Refused. A row comes as a dict of what the caller sees."""
        said = await self.raw(f"users.{name}", *args, **kwargs)
        return _row(said) if isinstance(said, list) and len(said) == 4 else said

    async def raw(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call any native function; Refused."""
        parts = self.site.parts
        call = ServiceCall(
            str(next(_numbers)), "", self.run_id, self.site.widget.id, "route", self.site.origin, PREFIX + name
        )
        call = replace(call, caller=self.caller, session=self.session, visit=self.visit)
        signer = signing.signer_of(parts.secret_box.derived_keys(signing.PURPOSE), call)
        flat = flatten({"args": list(args), "kwargs": kwargs}, signer)
        media = media_chunks.write({key: one.content for key, one in flat.media.items()})
        answer = await self.site.served.application.call(replace(call, message=flat.message, media=media))
        self.visited |= answer.visited
        said = inflate(dict(answer.message), media_chunks.read(answer.media), signer)
        if "error" in said:
            raise Refused(said["error"])
        return said.get("response")


def _row(said: list[Any]) -> dict[str, Any]:
    view_key, _, row_id, data = said
    view = data[view_key]
    *values, capability = view["rows"][row_id]
    return {**dict(zip((one["name"] for one in view["spec"]["cols"]), values, strict=True)), "cap": capability}


def ref(row: dict[str, Any]) -> Portable:
    """Return a row as an argument carries it."""
    return Portable("anvil.tables.v2._RowRef", row["cap"])


@dataclass
class Browser:
    """A visitor's browser: it sends the cookies that it was given."""

    site: "UsersSite"
    cookies: dict[str, str] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def visit(self, **headers: str) -> AsyncIterator[Caller]:
        """Begin a run for a request of this browser; the answer is sent when the block ends."""
        visitors = self.site.parts.public.visitors
        widget = await self.site.parts.dispatch.snapshots.get(self.site.widget.slug)
        assert widget is not None
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        raw += [(b"cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode())]
        visitor = await visitors.arrive(widget, raw, self.site.origin)
        caller = Caller(self.site, session=visitor.session.id, visit=visitor.run_id, run_id=visitor.run_id)
        yield caller
        reply = RunReply(visitor.run_id, "done", visited=caller.visited)
        for _, value in await visitors.leave(visitor, reply):
            self.keep(value.decode())

    async def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Make one request whose code calls one function."""
        async with self.visit() as caller:
            return await caller.call(name, *args, **kwargs)

    async def email(self) -> str | None:
        """Return who is logged in."""
        found = await self.call("get_current_user")
        return None if found is None else str(found["email"])

    async def page(self, link: str, *, origin: str = "", **form: str) -> Answer:
        """Open a link of a mail; with ``form``, press its button."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        path = link.removeprefix(self.site.origin)
        if not form:
            return await self.site.client("GET", path, headers=[("cookie", cookies)])
        body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in form.items()).encode()
        kind = ("content-type", "application/x-www-form-urlencoded")
        headers = [("cookie", cookies), kind, ("origin", origin or self.site.origin)]
        answer = await self.site.client("POST", path, headers=headers, body=body)
        for value in answer.headers("set-cookie"):
            self.keep(value)
        return answer

    def keep(self, cookie: str) -> None:
        """Take a cookie."""
        name, _, value = cookie.partition(";")[0].partition("=")
        self.cookies[name] = value


@dataclass
class UsersSite:
    """A site and its widget."""

    served: SiteServer
    widget: Widget

    @property
    def parts(self) -> SiteParts:
        """What the site is made of."""
        return self.served.parts

    @property
    def origin(self) -> str:
        """The widget's address."""
        return self.parts.settings.widget_origin(self.widget.slug)

    @property
    def client(self) -> Client:
        """Asks the widget's host."""
        return self.served.at(self.widget)

    @property
    def code(self) -> Caller:
        """Server code, without a browser."""
        return Caller(self)

    def browser(self) -> Browser:
        """Return a new browser."""
        return Browser(self)

    async def set(self, **settings: Any) -> None:
        """Switch the service on with these settings."""
        made = UsersSettings(**settings)
        owner = self.served.owner.id
        await users_services.choose(self.parts.store, self.widget.slug, owner, on=True, settings=made)

    async def add(self, address: str, **cells: Any) -> dict[str, Any]:
        """Make a user who can log in with PASSWORD; return the row."""
        made = await self.code.call("signup_with_email", address, PASSWORD)
        await self.change(address, **{"confirmed_email": True, **cells})
        return made  # type: ignore[no-any-return]

    async def user(self, address: str) -> User:
        """Return what the table has of a user."""

        def work(db: Any) -> User | None:
            return users_table.by_email(db, users_table.find(db, self.widget.id, "users"), address)

        data = self.parts.store.data
        assert data is not None
        found = await data.homes.read(self.widget.id, work)
        assert found is not None
        return found

    async def change(self, address: str, **cells: Any) -> None:
        """Change a user as the owner does in the table."""
        user = await self.user(address)

        def work(db: Any) -> None:
            users_table.change(db, users_table.find(db, self.widget.id, "users"), user.row_id, **cells)

        data = self.parts.store.data
        assert data is not None
        await data.homes.write(self.widget.id, work)

    async def mails(self) -> list[tuple[str, str, str]]:
        """Return recipient, subject and link of each mail that the widget sent, the oldest first."""
        found = await letters.listed(self.parts.store, self.widget.slug, self.served.owner.id, limit=100)
        made = []
        for letter in reversed(found.items):
            _, raw = await letters.one(self.parts.store, self.widget.slug, self.served.owner.id, letter.id)
            message = email.message_from_bytes(raw)
            [text] = [one for one in message.walk() if one.get_content_type() == "text/plain"]
            links = re.findall(r"http\S+", text.get_payload(decode=True).decode())  # type: ignore[union-attr]
            made.append((letter.recipients[0], letter.subject, links[0]))
        return made


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def users_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database for a whole file, which runs on SQLite and on Postgres."""
    if request.param == "postgres":
        newest = request.getfixturevalue("newest_postgres")
        with postgres_database(request.getfixturevalue("postgres_server"), newest) as url:
            yield url
        return
    path = tmp_path_factory.mktemp("database") / "widgetry.sqlite"
    shutil.copyfile(request.getfixturevalue("newest_sqlite"), path)
    yield f"sqlite+aiosqlite:///{path}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(
    users_database: str, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SiteServer]:
    """One site on each database for a whole file."""
    folder = tmp_path_factory.mktemp("users")
    async with redis.asyncio.Redis.from_url(redis_server.url) as client:
        await client.flushall()
    given = SiteSettings(data=folder, database_url=SecretStr(users_database), redis_url=SecretStr(redis_server.url))
    async with serving(given) as server:
        await server.site.get("/")  # it has begun
        [pages] = [one for one in server.parts.public.own_pages if isinstance(one, UserPages)]
        # What real ones cost is nothing that a test should wait for some hundred times.
        pages.people.hashes.cost = 4
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def site(served: SiteServer) -> UsersSite:
    """A widget of its own, which has the service with Anvil's settings."""
    made = UsersSite(served, await served.make("from anvil.server import route\n"))
    await made.set()
    return made
