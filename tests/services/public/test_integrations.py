"""``anvil.google`` and its like of the real library in real sandboxes, against providers on loopback (G-89)."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.loopback import Asked, Said
from tests.services.providers.mock_providers import SECRET, Mock, mock_providers
from tests.services.providers.test_google import SHEET, Drive
from tests.services.providers.test_stripe import Stripe
from tests.services.public.conftest import World, opened_world

from widget_runner.engines.base import EngineSettings
from widget_site.store import service_credentials
from widget_site.store.service_credentials import Credentials

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import anvil, anvil.server
import anvil.facebook.auth, anvil.google.auth, anvil.google.drive, anvil.google.mail, anvil.microsoft.auth, anvil.stripe
from anvil.google.drive import app_files
from anvil.server import route

@route('/who')
def who():
    token = anvil.google.auth.get_user_access_token()
    print('the token is', token)
    return [anvil.google.auth.get_user_email(), token is not None]

@route('/files')
def files():
    folder = app_files.shared
    file = folder.get('hello.txt')
    made = folder.create_file('new.txt', 'first')
    made.set_media(anvil.BlobMedia('text/plain', b'second'))
    again = folder.get('new.txt')
    return [
        file.get_bytes().decode(), [one['title'] for one in folder.folders], again.get_bytes().decode(),
        file.name, file.content_type, [one['title'] for one in folder.list_files()],
    ]

@route('/hello.txt')
def download():
    return app_files.shared.get('hello.txt')

@route('/sheet')
def sheet():
    worksheet = app_files.numbers["It's"]
    row = worksheet.add_row(name='dot', lastage=3)
    row['lastage'] = 4
    found = [[one['Name'], one['lastage']] for one in worksheet.list_rows(Name='dot')]
    said = [worksheet.title, worksheet.fields, found]
    row.delete()
    worksheet[2, 2].value = 37
    return said + [worksheet[2, 2].value, len(worksheet.rows)]

@route('/mail')
def mail():
    anvil.google.mail.send(to='ada@example.com', subject='Hello', text='there')
    return 'sent'

@route('/pay')
def pay():
    customer = anvil.stripe.new_customer('ada@example.com', 'tok_visa')
    again = anvil.stripe.get_customer(customer['id'])
    charge = again.charge(amount=999, currency='GBP')
    subscription = customer.new_subscription('plan_1')
    subscription.cancel()
    return [charge['result'], subscription['plan'], [one.is_live() for one in customer.get_subscriptions()]]

@route('/bare')
def bare():
    said = []
    for ask in (anvil.google.auth.get_user_email, anvil.microsoft.auth.get_user_id, anvil.facebook.auth.get_user_email,
                lambda: anvil.stripe.get_customer('cus_1'), lambda: app_files.x):
        try:
            ask()
        except anvil.server.ServiceNotAdded as error:
            said.append(str(error).split(' service')[0])
    return said
"""


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with mock_providers() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    redis_server: RedisServer,
    local_settings: EngineSettings,
    tmp_path_factory: pytest.TempPathFactory,
    mock: Mock,
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("world")
    urls = {
        "google_url": f"{mock.url}/google",
        "google_api_url": f"{mock.url}/{{service}}",
        "stripe_api_url": f"{mock.url}/stripe",
    }
    async with opened_world(redis_server, local_settings, folder, SOURCE, route_timeout_s=30.0, **urls) as opened:
        yield opened


async def said(world: World, path: str, cookie: str = "") -> Any:
    answer = await world.w("GET", path, headers=[("Cookie", cookie)])
    assert answer.status == 200, answer.text
    return json.loads(answer.body)


async def give(world: World, service: str, **credentials: str) -> None:
    parts, owner = world.served.parts, world.served.owner.id
    await service_credentials.put(parts.store, parts.secret_box, world.widget.slug, owner, service, credentials)


async def connect(world: World) -> None:
    def changed(before: Credentials) -> Credentials:
        shown: dict[str, Any] = {
            **before.shown,
            "connected": {"drive": True, "mail": True},
            "app_files": [
                {"id": "folder-of-the-app", "python_name": "shared", "client": "none"},
                {"id": "sheet-of-the-app", "python_name": "numbers", "client": "none"},
            ],
        }
        return Credentials(before.widget_id, shown, {**before.kept, "refresh_token": "of-the-owner"})

    parts, owner = world.served.parts, world.served.owner.id
    await service_credentials.change(parts.store, parts.secret_box, world.widget.slug, owner, "google", changed)


async def test_g_89_code_as_written_for_anvil_works_and_says_what_is_missing(world: World, mock: Mock) -> None:
    missing = ["The Google", "The Microsoft", "The Facebook", "The Stripe", "The Google"]
    assert await said(world, "/bare") == missing

    await give(world, "google", client_id="google-app", client_secret=SECRET)
    await give(world, "stripe", test_secret_key="sk_test_1")
    await connect(world)
    drive, mails = Drive(mock.url), []
    drive.files["text-of-the-app"]["parents"] = [{"id": "folder-of-the-app"}]

    def gmail(asked: Asked) -> Said:
        mails.append(asked.path)
        return 200, {}

    mock.apis = {"/www/": drive.files_api, "/sheets/": drive.sheets_api, "/gmail/": gmail, "/stripe/v1/": Stripe()}
    mock.refresh_tokens["of-the-owner"] = "google-app"

    text, names = "text/plain", ["hello.txt", "new.txt"]
    assert await said(world, "/files") == ["hello", ["Inner"], "second", "hello.txt", text, names]
    shown = await world.w("GET", "/hello.txt")
    assert (shown.body, shown.header("content-type")) == (b"hello", text)
    assert drive.files["sheet-of-the-app"]["mimeType"] == SHEET
    assert await said(world, "/sheet") == ["It's", ["Name", "Last Age"], [["dot", "4"]], "37", 3]
    assert (await world.w("GET", "/mail")).text == "sent"
    assert mails == ["/gmail/gmail/v1/users/me/messages/send"]
    assert await said(world, "/pay") == ["succeeded", "plan_1", [True]]


async def test_g_89_a_visitor_signs_in_and_a_token_that_is_printed_is_hidden(world: World, mock: Mock) -> None:
    await give(world, "google", client_id="google-app", client_secret=SECRET)
    mock.person = {"sub": "x", "email": "ada@example.com", "email_verified": True}

    begun = await world.w("GET", "/_/sign-in/google?next=/who")
    cookie = begun.headers("set-cookie")[0].partition(";")[0]
    back = mock.authorize(begun.header("location") or "")
    done = await world.w("GET", back, headers=[("Cookie", cookie), ("Sec-Fetch-Site", "cross-site")])
    cookie = done.headers("set-cookie")[0].partition(";")[0]

    assert await said(world, "/who", cookie) == ["ada@example.com", True]
    _, log = await world.log("/who")
    assert ("access-" in log, "•••" in log) == (False, True), json.dumps(log)
