"""The socket of an editor's language tools: who gets in, what ends it, what passes (security.md 53)."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import redis.asyncio
from sqlalchemy import update
from tests.services.fake_runner import eventually_true
from tests.services.http_client import Pairs
from tests.services.live.ws_client import RefusedError, Tab
from tests.services.site_server import SiteServer

from widget_site.dispatch.redis_link import RedisLink
from widget_site.language import lsp
from widget_site.language.link import LanguageLink, OverError
from widget_site.language.socket import MAX_MESSAGES
from widget_site.store import accounts, tables
from widget_site.store.values import Account, Widget
from widget_wire import keys
from widget_wire.language import LanguageOpen

COOKIE = "__Host-widgetry-session"


async def headers_of(served: SiteServer, account: Account) -> Pairs:
    signed_in = await served.parts.accounts.open_session(account)
    return [("Cookie", f"{COOKIE}={signed_in.secret}"), ("Origin", f"http://localhost:{served.port}")]


class FakeTools:
    """What a runner does, as far as a site can tell: takes sessions, and keeps what it is told."""

    def __init__(self, url: str) -> None:
        self.client = redis.asyncio.Redis.from_url(url)
        self.session = ""
        self.request: LanguageOpen | None = None

    async def take(self, first: dict[str, Any]) -> None:
        popped = await cast(Any, self.client.blpop([keys.LANGUAGE_QUEUE], timeout=10))
        self.request = LanguageOpen.from_envelope(popped[1])
        self.session = self.request.session
        await self.say(**first)

    async def say(self, **message: Any) -> None:
        await cast(Any, self.client.rpush(keys.LANGUAGE_OUT + self.session, json.dumps(message)))

    async def hear(self) -> dict[str, Any]:
        popped = await cast(Any, self.client.blpop([keys.LANGUAGE_IN + self.session], timeout=10))
        assert popped is not None
        message: dict[str, Any] = json.loads(popped[1])
        return message

    async def hear_server(self) -> dict[str, Any]:
        while (message := await self.hear())["op"] != "server":
            pass
        asked: dict[str, Any] = message["message"]
        return asked

    async def server_says(self, **message: Any) -> None:
        await self.say(op="server", message=json.dumps({"jsonrpc": "2.0", **message}))


@pytest.fixture
async def tools(redis_url: str) -> AsyncIterator[FakeTools]:
    made = FakeTools(redis_url)
    yield made
    await made.client.aclose()


@pytest.fixture
async def widget(served: SiteServer) -> Widget:
    files = {"main.py": "import tools", "tools.py": "x = 1", "pyproject.toml": "[tool.pyrefly]", "notes.txt": "x"}
    return await served.make(files, kind="script")


@pytest.fixture
async def tab(served: SiteServer, widget: Widget, tools: FakeTools) -> AsyncIterator[Tab]:
    """An editor whose tools are ready."""
    headers = await headers_of(served, served.owner)
    opened = await Tab.open(served.port, headers, f"/api/language?widget={widget.slug}")
    await tools.take({"op": "ready"})
    assert await opened.hear() == {"op": "ready"}
    yield opened
    opened.close()


async def is_closed(tab: Tab) -> int | None:
    async def hear_all() -> None:
        while True:
            await tab.hear()

    with pytest.raises(ConnectionError):
        await hear_all()
    return tab.close_code


# --- who gets in ---


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://a.localhost:{port}", "https://localhost:{port}"]
)
async def test_attack_53_another_origin_is_refused_before_the_upgrade(
    served: SiteServer, widget: Widget, origin: str | None
) -> None:
    cookie = (await headers_of(served, served.owner))[:1]
    extra = [("Origin", origin.format(port=served.port))] if origin else []

    with pytest.raises(RefusedError) as refused:
        await Tab.open(served.port, [*cookie, *extra], f"/api/language?widget={widget.slug}")

    assert refused.value.status == 403


async def test_nobody_but_the_owner_gets_tools_for_a_widget(served: SiteServer, widget: Widget) -> None:
    otto = await accounts.create(served.parts.store, "otto", "otto@example.com", "no password")
    origin = [("Origin", f"http://localhost:{served.port}")]

    for headers in (await headers_of(served, otto), origin):
        for slug in (widget.slug, "no-such-widget", "", "../x"):
            with pytest.raises(RefusedError) as refused:
                await Tab.open(served.port, headers, f"/api/language?widget={slug}")
            assert refused.value.status == 403


async def test_one_account_has_a_few_at_once(served: SiteServer, widget: Widget) -> None:
    headers = await headers_of(served, served.owner)
    tabs = [await Tab.open(served.port, headers, f"/api/language?widget={widget.slug}") for _ in range(5)]

    with pytest.raises(RefusedError) as refused:
        await Tab.open(served.port, headers, f"/api/language?widget={widget.slug}")

    assert refused.value.status == 503
    for tab in tabs:
        tab.close()


async def test_an_editor_is_told_when_there_are_no_tools(served: SiteServer, widget: Widget, tools: FakeTools) -> None:
    headers = await headers_of(served, served.owner)
    tab = await Tab.open(served.port, headers, f"/api/language?widget={widget.slug}")
    await tools.take({"op": "refused", "text": "Too many editors."})

    assert await tab.hear() == {"op": "refused", "message": "Too many editors."}
    assert await is_closed(tab) == 1000
    tab.close()


# --- what passes ---


async def greet(tab: Tab, tools: FakeTools) -> list[str]:
    """Greet as the editor does; return the paths of the files that the tools were given."""
    await tab.say(
        op="server", message={"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"rootUri": "file:///"}}
    )
    paths = []
    while (message := await tools.hear())["op"] == "file":
        paths.append(message["path"])
    asked = message["message"]
    assert asked["params"] == lsp.initialize(asked["id"])["params"]
    await tools.server_says(id=asked["id"], result={"capabilities": {"executeCommandProvider": {}}})
    assert (await tools.hear_server())["method"] == "initialized"
    answer = (await tab.hear())["message"]
    assert answer == {"jsonrpc": "2.0", "id": 0, "result": {"capabilities": lsp.CAPABILITIES}}
    return paths


async def test_the_site_greets_the_server_and_gives_it_modules_alone(tab: Tab, tools: FakeTools) -> None:
    assert sorted(await greet(tab, tools)) == ["main.py", "tools.py"]


async def test_d_12_what_is_asked_comes_back_under_the_editors_own_number(tab: Tab, tools: FakeTools) -> None:
    await greet(tab, tools)
    place = {"textDocument": {"uri": "widget:///main.py"}, "position": {"line": 0, "character": 1}}

    await tab.say(op="server", message={"id": 7, "method": "textDocument/hover", "params": place})
    asked = await tools.hear_server()
    await tools.server_says(id=asked["id"], result={"contents": {"kind": "markdown", "value": "<b>x</b>"}})

    assert asked["params"]["textDocument"] == {"uri": "file:///work/widget/main.py"}
    heard = (await tab.hear())["message"]
    assert heard == {"jsonrpc": "2.0", "id": 7, "result": {"contents": {"kind": "plaintext", "value": "<b>x</b>"}}}


async def test_the_server_asks_the_browser_nothing(tab: Tab, tools: FakeTools) -> None:
    await greet(tab, tools)

    await tools.server_says(id=1, method="workspace/configuration", params={"items": [{}, {}]})
    assert await tools.hear_server() == {"jsonrpc": "2.0", "id": 1, "result": [None, None]}
    await tools.server_says(id=2, method="workspace/applyEdit", params={"edit": {}})
    assert (await tools.hear_server())["result"] is None
    await tools.server_says(method="window/showMessage", params={"message": "x"})
    for hostile in ("[1]", "{", "null", '{"id": 99, "result": 1}', '{"id": [], "result": 1}'):
        await tools.say(op="server", message=hostile)
    await tools.say(op="formatted", id=3, text="x = 1\n")

    assert await tab.hear() == {"op": "formatted", "id": 3, "text": "x = 1\n"}


async def test_d_13_findings_come_back_read(tab: Tab, tools: FakeTools) -> None:
    where = {"row": 1, "column": 8}
    finding = {"code": "F401", "message": "m", "location": where, "end_location": where, "fix": None, "filename": "x"}

    await tab.say(op="check", id=1, text="import os\ud800")
    asked = await tools.hear()
    await tools.say(op="checked", id=1, found=json.dumps([finding]))
    await tools.say(op="checked", id=2, found="not json")

    assert asked == {"op": "check", "id": 1, "text": "import os?"}
    heard = await tab.hear()
    assert [one["code"] for one in heard["found"]] == ["F401"]
    assert "filename" not in heard["found"][0]
    assert (await tab.hear())["found"] is None


# --- what ends it ---


@pytest.mark.parametrize(
    "message",
    [
        {"op": "run", "tool": "/bin/sh"},
        {"op": "file", "path": "pyrefly.toml", "text": ""},
        {"op": "check", "id": "1", "text": "x"},
        {"op": "check", "id": 1, "text": 7},
        {"op": "check", "id": 1, "text": "x" * 200_001},
        {"op": "server", "message": {"id": 1, "method": "textDocument/hover"}},
        {"op": "server", "message": {"method": "workspace/executeCommand", "id": 1}},
        {"op": "server", "message": [1]},
        {"op": "server"},
        {},
    ],
)
async def test_what_our_own_page_never_says_ends_it_and_reaches_no_tool(
    tab: Tab, tools: FakeTools, message: dict[str, Any]
) -> None:
    await tab.say(**message)

    assert await is_closed(tab) == 1008
    assert await tools.hear() == {"op": "close"}


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1, "method": "initialize", "params": {}},
        {"id": 1, "method": "workspace/executeCommand", "params": {"command": "x"}},
        {"method": "workspace/didChangeConfiguration", "params": {"settings": {"pythonPath": "/bin/sh"}}},
        {
            "method": "textDocument/didOpen",
            "params": {"textDocument": {"uri": "file:///etc/passwd", "version": 1, "text": ""}},
        },
    ],
)
async def test_another_method_or_address_ends_it_also_after_the_greeting(
    tab: Tab, tools: FakeTools, message: dict[str, Any]
) -> None:
    await greet(tab, tools)

    await tab.say(op="server", message=message)

    assert await is_closed(tab) == 1008
    assert await tools.hear() == {"op": "close"}


async def test_too_many_messages_end_it(tab: Tab) -> None:
    for number in range(MAX_MESSAGES + 10):
        await tab.say(op="server", message={"method": "$/setTrace", "params": {"n": number}})

    assert await is_closed(tab) == 1008


async def test_the_end_of_the_tools_ends_it(tab: Tab, tools: FakeTools) -> None:
    await tools.say(op="ended")

    assert await is_closed(tab) == 1000


async def test_an_editor_that_goes_away_ends_the_session(tab: Tab, tools: FakeTools) -> None:
    tab.close()

    assert await tools.hear() == {"op": "close"}


async def test_a_request_of_a_session_names_account_time_and_packages(
    served: SiteServer, tab: Tab, tools: FakeTools
) -> None:
    assert tools.request is not None
    assert tools.request.account == served.owner.id
    assert abs(tools.request.asked_at - time.time()) < 60
    assert tools.request.environment == ""


async def test_it_ends_when_the_widget_has_other_packages_and_the_next_one_sees_them(
    served: SiteServer, widget: Widget, tools: FakeTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widget_site.language.socket.CHECK_S", 0.1)
    headers, path = await headers_of(served, served.owner), f"/api/language?widget={widget.slug}"
    first = await Tab.open(served.port, headers, path)
    await tools.take({"op": "ready"})
    assert await first.hear() == {"op": "ready"}

    async with served.parts.store.database.writing() as db:
        column = tables.widget.c
        await db.execute(update(tables.widget).where(column.id == widget.id).values(environment="a" * 64))

    assert await is_closed(first) == 1000
    first.close()
    assert await tools.hear() == {"op": "close"}
    second = await Tab.open(served.port, headers, path)
    await tools.take({"op": "ready"})
    assert tools.request is not None
    assert tools.request.environment == "a" * 64
    assert await second.hear() == {"op": "ready"}
    second.close()
    assert await tools.hear() == {"op": "close"}


async def test_a_site_that_stops_ends_it_at_once(served: SiteServer, tab: Tab) -> None:
    served.application.language.close_all()

    assert await is_closed(tab) == 1001

    async def is_forgotten() -> bool:
        return len(served.application.language) == 0

    await eventually_true(is_forgotten)


async def test_what_no_runner_takes_is_bounded_in_bytes(redis_url: str) -> None:
    link = RedisLink(redis_url)
    session = LanguageLink(link)

    async def say_without_end() -> None:
        while True:
            await session.say(op="check", id=1, text="x" * 120_000)

    with pytest.raises(OverError):
        await say_without_end()

    waiting = await cast(Any, link.client.lrange(keys.LANGUAGE_IN + session._session, 0, -1))
    assert 4_000_000 < sum(map(len, waiting)) < 5_000_000
    await session.close()
    await link.close()
