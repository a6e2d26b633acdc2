"""Every example of the documentation, opened as a widget by its form and run as a reader would run it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from markdown_it import MarkdownIt
from tests.fixtures.redis_server import RedisServer
from tests.services.api.page_visitor import PASSWORD, PageVisitor
from tests.services.fake_runner import eventually_true
from tests.services.http_client import Answer, Client
from tests.services.public.conftest import World, opened_world

from widget_runner.engines.base import EngineSettings
from widget_site.examples import DOCS, examples, of_fence

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What each script is given, and what it prints or gives back then.
SCRIPTS: dict[str, tuple[dict[str, Any], str]] = {
    "tour/squares": ({}, "1 squared is 1\n2 squared is 4\n3 squared is 9\n"),
    "scripts/greets": ({"args": ["Ada", "--times", 2]}, "Hello, Ada! Hello, Ada! \n"),
    "scripts/main": (
        {"values": {"name": "Ada", "day": "2026-11-22", "size": "small"}},
        "Ada, Sunday, small Ada, Sunday, small ",
    ),
    "scripts/answer": ({"args": ["x", 3]}, "{'answer': 42, 'given': ['x', 3]}"),
    "data-tables/people": ({}, "Ann\n"),
    "data-tables/transfer": ({}, "[('Ann', 70), ('Bob', 50)]\n"),
    "secrets/encrypt": ({}, "Jane Doe, 5 Elm Street\n"),
    "email/report": ({}, ""),
}
#: What each API is asked, and what it answers then.
APIS: dict[str, list[tuple[str, str, str]]] = {
    "tour/hello": [("GET", "/hello/Ada", '{"greeting":"Hello, Ada!"}')],
    "http-apis/add": [("GET", "/add/32/10", '{"sum":42}')],
    "http-apis/echo": [("POST", "/echo", '{"method":"POST","json":null,"agent":null}')],
    "code-api/where": [("GET", "/where", '{"asked":"/where","callers":["server_module","http"],"client":"http"}')],
    "http-apis/scale": [("POST", "/scale/3?unit=cm", "3 cm")],
    "server-functions/prices": [("GET", "/prices", '[{"article":"apple","price":6},{"article":"pear","price":6}]')],
    "store/visits": [
        ("GET", "/visits", '{"visits":1}'),
        ("PUT", "/greeting?text=Hi", "Hi"),
        ("GET", "/greeting", "Hi"),
    ],
}
#: These send their answer piece by piece.
STREAMS = {"http-apis/export", "http-apis/ticks"}
#: These are asked in more than one step.
IN_STEPS = {
    "background-tasks/reports",
    "data-tables/guests",
    "email/contact",
    "email/handler",
    "media/reports",
    "sessions/colour",
    "sessions/ring",
    "users/accounts",
}
#: These need packages: tests/browser/test_real_widgets.py opens them.
WITH_PACKAGES = {"rich-output/scores"}

_JSON = ("Content-Type", "application/json")


@dataclass
class Reader:
    """Somebody who reads the documentation and opens its examples."""

    world: World
    visitor: PageVisitor
    token: str = ""

    async def open(self, name: str) -> str:
        """Press "Open as a widget", then "Make the widget"; return the widget's slug."""
        page = f"/new?{urlencode({'example': name})}"
        shown = (await self.visitor.get(f"/docs/{examples()[name].page}")).text
        assert f'</pre>\n<p class="after-code"><a class="button small" href="{page}"' in shown
        made = await self.visitor.send("/new", page, example=name, title="", visibility="public")
        assert made.status == 303, made.text
        return made.location.split("/")[2]

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        bearer = [("Authorization", f"Bearer {self.token}")] if self.token else []
        sent = b"" if body is None else json.dumps(body).encode()
        answer = await self.world.served.site(method, f"/api/v1{path}", headers=[*bearer, _JSON], body=sent)
        assert answer.status < 300, answer.text
        return json.loads(answer.body or b"null")

    async def put_file(self, slug: str, path: str, content: bytes) -> None:
        """Upload a data file, as the page says."""
        headers = [("Authorization", f"Bearer {self.token}")]
        asked = f"/api/v1/widgets/{slug}/data-files/{path}"
        assert (await self.world.served.site("PUT", asked, headers=headers, body=content)).status < 300

    async def run(self, slug: str, given: dict[str, Any]) -> dict[str, Any]:
        """Run a script; return its run when it is over."""
        run: dict[str, Any] = await self.ask("POST", f"/widgets/{slug}/runs", given)

        async def is_over() -> bool:
            run.update(await self.ask("GET", f"/runs/{run['id']}"))
            return bool(run["status"] == "finished")

        await eventually_true(is_over)
        return run

    async def shown(self, run: dict[str, Any]) -> str:
        page = await self.ask("GET", f"/runs/{run['id']}/events")
        return "".join(event["text"] for event in page["events"] if event["kind"] in ("stdout", "error"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world whose requests have the time that the site gives them: passwords take theirs on a busy machine."""
    async with opened_world(redis_server, local_settings, tmp_path_factory.mktemp("examples"), "") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(world: World) -> Reader:
    served = world.served
    visitor = PageVisitor(served.application.app, origin=f"http://localhost:{served.port}")
    await visitor.send("/sign-up", username="reader", email="reader@example.com", password=PASSWORD)
    made = Reader(world, visitor)
    asked = {"username": "reader", "password": PASSWORD, "name": "examples"}
    made.token = (await made.ask("POST", "/tokens", asked))["token"]
    return made


@pytest.mark.parametrize("name", SCRIPTS)
async def test_an_example_that_is_a_script_opens_and_runs(reader: Reader, name: str) -> None:
    given, expected = SCRIPTS[name]
    slug = await reader.open(name)
    if name == "secrets/encrypt":
        await reader.ask("PUT", f"/widgets/{slug}/secrets/customer_key", {"value": "correct horse"})

    run = await reader.run(slug, given)

    assert run["outcome"] == "ok", await reader.shown(run)
    assert await reader.shown(run) + ("" if run["returned"] is None else str(run["returned"])) == expected
    if name == "email/report":
        [letter] = (await reader.ask("GET", f"/widgets/{slug}/mail"))["items"]
        assert letter["subject"] == "Numbers of today"


@pytest.mark.parametrize("name", APIS)
async def test_an_example_that_is_an_api_opens_and_answers(reader: Reader, name: str) -> None:
    at = reader.world.served.at(await reader.open(name))

    for method, path, expected in APIS[name]:
        answer = await at(method, path)
        assert (answer.status, answer.text) == (200, expected)


async def test_the_example_of_a_long_answer_sends_every_line(reader: Reader) -> None:
    at = reader.world.served.at(await reader.open("http-apis/export"))

    lines = (await at.get("/export.csv")).text.splitlines()

    assert (lines[0], lines[-1], len(lines)) == ("id,square", f"99999,{99_999**2}", 100_001)


async def test_the_example_of_events_sends_each_when_it_happens(reader: Reader) -> None:
    at = reader.world.served.at(await reader.open("http-apis/ticks"))
    reading, writing = await asyncio.open_connection(at.address, at.port)
    writing.write(f"GET /ticks HTTP/1.1\r\nHost: {at.host}\r\n\r\n".encode())

    async with asyncio.timeout(30):
        head = (await reading.readuntil(b"\r\n\r\n")).decode()
        first = await reading.readuntil(b"tick 0\n\n")
    writing.close()

    assert head.startswith("HTTP/1.1 200")
    assert b"text/event-stream" in head.lower().encode()
    assert first.endswith(b"data: tick 0\n\n")


async def test_the_example_of_a_background_task_reports_how_far_it_is_and_then_the_report(reader: Reader) -> None:
    at = reader.world.served.at(await reader.open("background-tasks/reports"))
    begun = await at("POST", "/reports?lines=3")
    path = json.loads(begun.body)["status_url"].split(str(at.port), 1)[1]
    found: list[Answer] = []

    async def is_there() -> bool:
        found.append(await at.get(path))
        return found[-1].status != 202

    await eventually_true(is_there)

    assert begun.status == 202
    assert json.loads(found[-1].body) == {"status": "completed", "report": "line 0\nline 1\nline 2"}


async def test_the_example_of_mail_answers_what_comes_in(reader: Reader) -> None:
    slug = await reader.open("email/handler")

    await reader.ask("POST", f"/widgets/{slug}/mail", {"sender": "ada@example.com", "subject": "Hi", "text": "Hello"})

    listed = (await reader.ask("GET", f"/widgets/{slug}/mail"))["items"]
    assert {(letter["subject"], letter["state"]) for letter in listed} == {("Hi", "handled"), ("Hi", "waiting")}


async def test_the_example_of_a_form_mails_its_owner(reader: Reader) -> None:
    slug = await reader.open("email/contact")

    answer = await reader.world.served.at(slug)("POST", "/contact?name=Ada&text=Hello")

    [letter] = (await reader.ask("GET", f"/widgets/{slug}/mail"))["items"]
    assert "@" in json.loads(answer.body)["sent"]
    assert (letter["subject"], letter["recipients"]) == ("A message of Ada", ["reader@example.com"])


async def test_the_example_of_tables_adds_lists_and_removes(reader: Reader) -> None:
    at = reader.world.served.at(await reader.open("data-tables/guests"))

    added = [(await at("POST", f"/guests?name={name}")).status for name in ("Bo", "Ada")]
    listed = json.loads((await at.get("/guests")).body)
    left = [(await at("DELETE", "/guests/Bo")).status for _ in range(2)]

    assert added == [201, 201]
    assert [guest["name"] for guest in listed] == ["Ada", "Bo"]
    assert all(datetime.fromisoformat(guest["since"]).tzinfo for guest in listed)
    assert left == [204, 404]
    assert [guest["name"] for guest in json.loads((await at.get("/guests")).body)] == ["Ada"]


@dataclass
class Browser:
    """A browser that visits a widget, and keeps its cookies."""

    at: Client
    cookies: dict[str, str] = field(default_factory=dict)

    async def __call__(self, method: str, path: str, *headers: tuple[str, str]) -> str:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.at(method, path, headers=[("Cookie", sent), *headers])
        for cookie in answer.headers("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.text


async def test_the_examples_of_sessions_and_cookies_know_each_visitor_again(reader: Reader) -> None:
    ring, colour = [reader.world.served.at(await reader.open(f"sessions/{name}")) for name in ("ring", "colour")]
    ada, bob = Browser(ring), Browser(ring)

    said = [await who("GET", "/ring") for who in (ada, ada, bob, ada)]
    painter = Browser(colour)

    assert said == [f"You rang {count} times." for count in (1, 2, 1, 3)]
    assert [await painter("GET", f"/colour/{name}") for name in ("teal", "red")] == ["teal", "red"]
    assert painter.cookies
    assert "teal" not in str(painter.cookies)


async def test_the_routes_of_the_page_of_sessions_answer_pages_of_other_sites_as_they_say(reader: Reader) -> None:
    at = await reader.world.make("\n\n".join(blocks_of("sessions")))
    visitor = Browser(at)
    foreign = [("Origin", "https://friend.example")]

    assert await visitor("GET", "/ring") == "You rang 1 times."
    answer = await at("GET", "/widget-for-others", headers=foreign)

    assert (answer.text, answer.header("access-control-allow-origin")) == ("stranger", "https://friend.example")
    assert await visitor("GET", "/ring", *foreign) == "You rang 1 times."
    assert await visitor("GET", "/ring") == "You rang 2 times."


async def test_the_example_of_an_address_of_media_leads_to_them(reader: Reader) -> None:
    at = reader.world.served.at(await reader.open("media/reports"))

    url = json.loads((await at.get("/reports")).body)["url"]
    found = await at.get(url.split(str(at.port), 1)[1])

    assert (found.status, found.text, found.header("content-type")) == (200, "What happened in 2026", "text/plain")


async def test_the_code_of_the_page_of_data_files_reads_and_changes_them(reader: Reader) -> None:
    [code] = [block for block in blocks_of("media") if "data_files" in block]
    made = await reader.ask("POST", "/widgets", {"kind": "script", "title": "Files", "files": {"main.py": code}})
    slug = made["slug"]
    paths = ("models/prices.json", "log.txt", "settings.json")
    for path in paths:
        await reader.put_file(slug, path, b"{}\n")

    run = await reader.run(slug, {})

    assert run["outcome"] == "ok", await reader.shown(run)
    sizes = {one["path"]: one["bytes"] for one in (await reader.ask("GET", f"/widgets/{slug}/data-files"))["items"]}
    assert sizes == {"models/prices.json": 3, "log.txt": 3 + len("One more line\n"), "settings.json": 3}


def blocks_of(page: str) -> list[str]:
    """Return every block of Python of a page, also those that are only shown."""
    return re.findall(r"```python[^\n]*\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL)


async def test_the_example_of_users_signs_up_confirms_and_knows_who_is_there(reader: Reader) -> None:
    slug = await reader.open("users/accounts")
    at = reader.world.served.at(slug)
    ask = Browser(at)
    ada = urlencode({"email": "ada@example.com", "password": "correct horse battery"})
    assert await ask("POST", f"/sign-up?{ada}") == "Look into your mail."
    [letter] = (await reader.ask("GET", f"/widgets/{slug}/mail"))["items"]
    text = (await reader.ask("GET", f"/widgets/{slug}/mail/{letter['id']}"))["text"]
    [link] = re.findall(r"http\S+", text)
    origin = reader.world.served.parts.settings.widget_origin(slug)
    assert "Your address is confirmed" in await ask("POST", link.removeprefix(origin), ("Origin", origin))
    assert await ask("GET", "/me") == '{"email":null}'
    assert await ask("POST", f"/log-in?{ada}") == "Hello, ada@example.com."
    assert await ask("GET", "/me") == '{"email":"ada@example.com"}'
    assert await ask("POST", "/log-out") == "Bye."
    assert await ask("GET", "/me") == '{"email":null}'


RESOLVES = """import importlib
from anvil.server import request, route

def is_there(name):
    parts = name.split('.')
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module('.'.join(parts[:end]))
        except ImportError:
            continue
        except Exception as error:
            return 'Files table not found' in str(error)
        for part in parts[end:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False

@route('/missing', methods=['POST'])
def missing():
    return [name for name in request.body_json if not is_there(name)]
"""


async def test_every_name_of_the_code_api_is_there(world: World) -> None:
    text = (DOCS / "code-api.md").read_text()
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    names = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    at = await world.make(RESOLVES)

    answer = await at.post("/missing", json.dumps([*names, "anvil.server.nonsense"]).encode(), "application/json")

    assert len(names) > 40
    assert json.loads(answer.body) == ["anvil.server.nonsense"]


async def test_every_example_is_run_here_or_with_its_packages() -> None:
    assert set(examples()) == {*SCRIPTS, *APIS, *STREAMS, *IN_STEPS, *WITH_PACKAGES}
    assert {name for name, example in examples().items() if example.packages} == WITH_PACKAGES


@pytest.mark.parametrize("info", ["python example=x", "python example=x kind=gui title=X", "python colour=red"])
async def test_a_fence_that_is_not_understood_is_an_error_that_says_how_it_is_written(info: str) -> None:
    with pytest.raises(ValueError, match="example, kind and title"):
        of_fence("tour", info, "print(1)\n")


async def test_python_that_only_shows_something_is_python_all_the_same() -> None:
    fences = [
        (path.name, token.content)
        for path in DOCS.glob("*.md")
        for token in MarkdownIt("commonmark").parse(path.read_text())
        if token.type == "fence" and token.info.startswith("python")
    ]

    assert len(fences) > len(examples())
    for page, code in fences:
        compile(code, page, "exec")
