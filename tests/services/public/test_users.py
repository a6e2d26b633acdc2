"""``anvil.users`` of the real library in real sandboxes: routes and functions that ask who is there (S-06, H-70)."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pyotp
import pytest
import pytest_asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.http_client import Answer, Client
from tests.services.public.conftest import World, opened_world

from widget_model.users_settings import UsersSettings
from widget_runner.engines.base import EngineSettings
from widget_site.examples import DOCS
from widget_site.services.email import reading
from widget_site.store import letters, users_services
from widget_site.store.data.editing import Editing

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import anvil.server, anvil.users
from anvil.server import route, http_endpoint, request, session
from anvil.tables import app_tables

@route('/sign-up/:name')
def sign_up(name):
    user = anvil.users.signup_with_email(f'{name}@example.com', 'correct horse battery')
    user['nick'] = name
    return [user['email'], user['nick'], anvil.users.get_user() == user, user.get_id() is not None]

@route('/log-in/:name')
def log_in(name):
    session['cart'] = session.get('cart', 0) + 1
    try:
        user = anvil.users.login_with_email(f'{name}@example.com', 'correct horse battery', remember=True)
    except anvil.users.AuthenticationFailed as error:
        return [type(error).__name__, str(error)]
    return user['email']

@route('/who')
def who():
    user = anvil.users.get_user()
    return {'email': user and user['email'], 'cart': session.get('cart'), 'rows': len(app_tables.users.search())}

@route('/out')
def out():
    anvil.users.logout()
    return anvil.users.get_user()

@route('/force/:name')
def force(name):
    return anvil.server.call('force', name)

@anvil.server.callable
def force(name):
    user = app_tables.users.get(email=f'{name}@example.com')
    return anvil.users.force_login(user)['email']

@route('/basic', authenticate_users=True, methods=['GET', 'POST'])
def basic():
    return [request.user['email'], anvil.users.get_user()['email'], request.username]

@http_endpoint('/endpoint', authenticate_users=True)
def endpoint():
    return request.user['email']

@route('/open')
def open_():
    return request.user

@anvil.server.callable(require_user=True)
def for_users(what):
    return f'{what} for {anvil.users.get_user()["email"]}'

@anvil.server.callable('for_ada', require_user=lambda user: user['nick'] == 'ada')
def private():
    return 'for ada'

@anvil.server.callable(require_user=False)
def for_all():
    return 'for all'

@route('/call/:name')
def call(name):
    try:
        return anvil.server.call(name, *(['cake'] if name == 'for_users' else []))
    except Exception as error:
        return f'{type(error).__module__}.{type(error).__name__}: {error}'

@route('/errors')
def errors():
    users = anvil.users
    failed = (users.EmailNotConfirmed, users.AccountIsNotEnabled, users.TooManyPasswordFailures,
              users.MFARequired, users.MFAException)
    said = [issubclass(kind, users.AuthenticationFailed) for kind in failed]
    others = (users.UserExists, users.PasswordNotAcceptable, users.PasswordResetRequested)
    said += [issubclass(kind, anvil.server.AnvilWrappedError) for kind in others]
    for wrong in (
        lambda: users.signup_with_email('ada@example.com', 'correct horse battery'),
        lambda: users.signup_with_email('new@example.com', 'abc'),
        lambda: users.login_with_form(), lambda: users.signup_with_google(),
        lambda: route('/x', require_user=True),
    ):
        try:
            wrong()
        except users.UserExists as error:
            said.append(f'exists: {error}')
        except users.PasswordNotAcceptable as error:
            said.append(f'password: {error}')
        except Exception as error:
            said.append(f'{type(error).__name__}: {error}')
    return said

@route('/added')
def added():
    try:
        return anvil.users.get_user()
    except anvil.server.ServiceNotAdded as error:
        return f'not added: {error}'
"""


class Visitor:
    """A browser of one widget."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, *headers: tuple[str, str]) -> Answer:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self._kept(await self.client("GET", path, headers=[("Cookie", sent), *headers]))

    def _kept(self, answer: Answer) -> Answer:
        for cookie in answer.headers("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    async def post(self, path: str, *headers: tuple[str, str], **fields: str) -> Answer:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        pairs = [("Cookie", sent), ("Content-Type", "application/x-www-form-urlencoded"), *headers]
        return self._kept(await self.client("POST", path, headers=pairs, body=urlencode(fields).encode()))

    async def json(self, path: str) -> Any:
        answer = await self.get(path)
        assert answer.status == 200, answer.text
        return json.loads(answer.body)


def basic(name: str, password: str = "correct horse battery") -> tuple[str, str]:  # of a test user
    pair = f"{name}@example.com:{password}"
    return "Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world whose requests have the time that the site gives them: passwords take theirs on a busy machine."""
    async with opened_world(redis_server, local_settings, tmp_path_factory.mktemp("users"), SOURCE) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(world: World) -> Client:
    """A widget with users Ada and Bob, who sign up by its own route."""
    widget = await world.served.make(SOURCE)
    parts, owner = world.served.parts, world.served.owner.id
    settings = UsersSettings(confirm_email=False)
    await users_services.choose(parts.store, widget.slug, owner, on=True, settings=settings)
    editing = await Editing.of(parts.store, widget.slug, owner)
    await editing.add_column("users", "nick", "string", None, False)
    made = world.served.at(widget)
    for name in ("ada", "bob"):
        assert await Visitor(made).json(f"/sign-up/{name}") == [f"{name}@example.com", name, True, True]
    return made


async def test_u_06_u_07_u_10_a_login_lasts_from_request_to_request_in_a_new_session(client: Client) -> None:
    visitor = Visitor(client)
    assert await visitor.json("/who") == {"email": None, "cart": None, "rows": 2}

    await visitor.json("/log-in/nobody")
    before = dict(visitor.cookies)
    assert (await visitor.get("/log-in/ada")).text == "ada@example.com"
    assert visitor.cookies["__Host-widgetry-visitor"] != before["__Host-widgetry-visitor"]

    # What was in the session came along.
    assert await visitor.json("/who") == {"email": "ada@example.com", "cart": 2, "rows": 2}
    del visitor.cookies["__Host-widgetry-visitor"]
    assert await visitor.json("/who") == {"email": "ada@example.com", "cart": None, "rows": 2}
    assert await visitor.json("/out") is None
    assert (await visitor.json("/who"))["email"] is None


async def test_u_16_a_function_that_a_route_calls_logs_its_visitor_in(client: Client) -> None:
    visitor = Visitor(client)

    assert (await visitor.get("/force/bob")).text == "bob@example.com"

    assert (await visitor.json("/who"))["email"] == "bob@example.com"


async def test_h_40_h_70_routes_ask_for_name_and_password_or_take_who_is_logged_in(client: Client) -> None:
    for path in ("/basic", "/_/api/endpoint"):
        for wrong in ([], [basic("ada", "wrong")], [basic("nobody")]):
            answer = await Visitor(client).get(path, *wrong)
            assert (answer.status, answer.text) == (401, "Unauthorized")
            assert answer.header("www-authenticate") == 'Basic realm="Anvil App API"'
    answer = await Visitor(client).get("/basic", basic("ada"))
    assert json.loads(answer.body) == ["ada@example.com", "ada@example.com", "ada@example.com"]
    assert (await Visitor(client).get("/_/api/endpoint", basic("ada"))).text == "ada@example.com"

    visitor = Visitor(client)
    await visitor.get("/force/bob")
    assert (await visitor.json("/basic"))[0] == "bob@example.com"
    assert await visitor.json("/open") is None


async def test_s_06_s_07_functions_ask_who_calls(client: Client) -> None:
    nobody, ada, bob = Visitor(client), Visitor(client), Visitor(client)
    await ada.get("/force/ada")
    await bob.get("/force/bob")

    async def said(visitor: Visitor) -> list[str]:
        return [(await visitor.get(f"/call/{name}")).text for name in ("for_users", "for_ada", "for_all")]

    denied = "anvil._server.PermissionDenied: You do not have permission to call server function 'for_ada'"
    failed = "anvil.users.exceptions.AuthenticationFailed: You must be logged in to call "
    assert await said(ada) == ["cake for ada@example.com", "for ada", "for all"]
    assert await said(bob) == ["cake for bob@example.com", denied, "for all"]
    assert await said(nobody) == [f"{failed}this server function", f"{failed}server function 'for_ada'", "for all"]


async def test_u_05_u_19_h_74_errors_are_the_classes_that_code_catches(client: Client) -> None:
    *classes, exists, password, form, google, route = await Visitor(client).json("/errors")

    assert classes == [True] * 8
    assert exists == "exists: This user already exists"
    assert password == "password: Passwords must be 8 characters or more"
    assert form == "Exception: You can't use login_with_form() on the server (do it in form code instead)"
    assert google.startswith("Exception: You can't use signup_with_google() on the server")
    assert route.startswith("TypeError")


async def test_u_22_a_widget_without_the_service_is_told_by_name(world: World) -> None:
    visitor = Visitor(await world.make(SOURCE))

    assert (await visitor.get("/added")).text.startswith("not added: The Users service has not been added")
    assert (await visitor.get("/basic", basic("ada"))).status == 401


async def test_u_06_u_10_u_13_u_21_the_documentation_does_what_it_says(world: World) -> None:
    blocks = re.findall(r"```python[^\n]*\n(.*?)```", (DOCS / "users.md").read_text(), re.DOTALL)
    widget = await world.served.make("\n\n".join(blocks))
    parts, owner, at = world.served.parts, world.served.owner.id, world.served.at(widget)
    await users_services.choose(parts.store, widget.slug, owner, on=True, settings=UsersSettings())
    visitor = Visitor(at)
    ada = {"email": "ada@example.com", "password": "correct horse battery"}

    assert (await visitor.post("/sign-up", **{**ada, "password": "abc"})).text.startswith("Passwords must be 8")
    assert (await visitor.post("/sign-up", **ada)).text == "Look into your mail."
    assert (await visitor.post("/log-in", **ada)).text.startswith("You haven't confirmed your email address")
    [*_, letter] = (await letters.listed(parts.store, widget.slug, owner)).items
    _, raw = await letters.one(parts.store, widget.slug, owner, letter.id)
    [link] = re.findall(r"http\S+", reading.read(raw).text or "")
    origin = parts.settings.widget_origin(widget.slug)
    confirmed = await visitor.post(link.removeprefix(origin), ("Origin", origin))
    assert (confirmed.status, "Your address is confirmed" in confirmed.text) == (200, True)

    assert (await visitor.post("/log-in", **ada)).text == "Hello, ada@example.com."
    assert await visitor.json("/me") == {"email": "ada@example.com"}
    assert (await visitor.get("/notes")).text == "Notes of ada@example.com"
    made = json.loads((await visitor.post("/app", password=ada["password"])).body)
    code = pyotp.parse_uri(made["uri"])
    assert isinstance(code, pyotp.TOTP)
    given = {"password": ada["password"], "secret": made["secret"]}
    assert (await visitor.post("/app", code="000000", **given)).text == "This code is wrong."
    assert (await visitor.post("/app", code=code.now(), **given)).text == "From now on you log in with a code."
    await visitor.post("/log-out")
    assert await visitor.json("/me") == {"email": None}
    assert (await visitor.post("/log-in", **ada)).text == "Two-factor authentication is required for this account"
    assert (await visitor.post("/log-in-with-code", **ada, code=code.now())).text == "ada@example.com"
    assert await visitor.json("/me") == {"email": "ada@example.com"}


async def test_s_06_u_06_of_requests_at_once_in_one_process_each_has_its_own_user(world: World) -> None:
    widget = await world.served.make(SOURCE, keep_server_running=True)
    parts, owner, at = world.served.parts, world.served.owner.id, world.served.at(widget)
    await users_services.choose(parts.store, widget.slug, owner, on=True, settings=UsersSettings(confirm_email=False))
    await (await Editing.of(parts.store, widget.slug, owner)).add_column("users", "nick", "string", None, False)
    names = ("ada", "bob", "cid")
    for name in names:
        assert (await Visitor(at).json(f"/sign-up/{name}"))[0] == f"{name}@example.com"
    visitors = [Visitor(at) for _ in names]

    said = await asyncio.gather(*(one.get(f"/log-in/{name}") for one, name in zip(visitors, names, strict=True)))
    assert [one.text for one in said] == [f"{name}@example.com" for name in names]
    seen = await asyncio.gather(*(one.json("/who") for one in (*visitors, Visitor(at)) for _ in range(3)))
    assert [one["email"] for one in seen[::3]] == [*(f"{name}@example.com" for name in names), None]
    assert [one["email"] for one in seen[1::3]] == [one["email"] for one in seen[2::3]]
    asked = await asyncio.gather(*(Visitor(at).get("/basic", basic(name)) for name in (*names, "nobody")))
    assert [one.status for one in asked] == [200, 200, 200, 401]
    assert [name in one.text for name, one in zip(names, asked, strict=False)] == [True] * 3
