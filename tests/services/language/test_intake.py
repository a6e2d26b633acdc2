"""Language sessions at a runner: who gets one, how it works, and that nothing of it stays."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import redis.asyncio

from widget_model.ids import new_id
from widget_runner.engines.base import EngineSettings
from widget_runner.engines.local import LocalEngine
from widget_runner.language import session as sessions
from widget_runner.language import tool_sandbox
from widget_runner.language.intake import BUSY, NONE, LanguageCaps, LanguageIntake
from widget_site.language import lsp
from widget_wire import keys
from widget_wire.language import OPEN_WITHIN_S, LanguageOpen


class Site:
    """What a site does for an editor, and the intake that serves it."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client

    async def ask(self, account: str = "ada", asked_at: float | None = None) -> str:
        request = LanguageOpen(new_id(), account, asked_at or time.time())
        await cast(Any, self.client.rpush(keys.LANGUAGE_QUEUE, request.to_envelope()))
        return request.session

    async def open(self, account: str = "ada") -> str:
        session = await self.ask(account)
        assert await self.hear(session) == {"op": "ready"}
        return session

    async def say(self, session: str, **message: Any) -> None:
        await cast(Any, self.client.rpush(keys.LANGUAGE_IN + session, json.dumps(message)))

    async def hear(self, session: str, timeout_s: int = 30) -> dict[str, Any] | None:
        popped = await cast(Any, self.client.blpop([keys.LANGUAGE_OUT + session], timeout=timeout_s))
        heard: dict[str, Any] | None = json.loads(popped[1]) if popped else None
        return heard


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    made = redis.asyncio.Redis.from_url(redis_url)
    yield made
    await made.aclose()


@contextlib.asynccontextmanager
async def serving(client: redis.asyncio.Redis, engine: LocalEngine | None, owner: str) -> AsyncIterator[Site]:
    intake = asyncio.create_task(LanguageIntake(client, engine, LanguageCaps(2, 1, 512), owner).run())
    try:
        yield Site(client)
    finally:
        intake.cancel()
        await asyncio.gather(intake, return_exceptions=True)


@pytest.fixture
async def site(client: redis.asyncio.Redis, local_settings: EngineSettings) -> AsyncIterator[Site]:
    engine = LocalEngine(local_settings)
    async with serving(client, engine, local_settings.owner) as made:
        yield made
    left = await engine.sweep()
    await engine.close()
    assert left == 0


async def test_d_13_a_session_checks_and_formats_until_its_site_closes_it(site: Site) -> None:
    session = await site.open()

    await site.say(session, op="check", id=1, text="import os\n")
    checked = await site.hear(session)
    await site.say(session, op="format", id=2, text="x=1")
    formatted = await site.hear(session)
    await site.say(session, op="close")

    assert checked is not None
    assert [one["code"] for one in json.loads(checked["found"])] == ["F401"]
    assert formatted == {"op": "formatted", "id": 2, "text": "x = 1\n"}
    assert await site.hear(session) == {"op": "ended"}


async def test_d_12_the_language_server_speaks_through_the_session(site: Site) -> None:
    session = await site.open()

    await site.say(session, op="file", path="tools.py", text="x = 1\n")
    await site.say(session, op="server", message=lsp.initialize(1))
    heard = await site.hear(session)

    assert heard is not None
    assert json.loads(heard["message"])["result"]["serverInfo"]["name"]


async def test_one_account_and_all_together_have_a_share(site: Site) -> None:
    first = await site.open("ada")

    assert await site.hear(await site.ask("ada")) == {"op": "refused", "text": BUSY}
    await site.open("bo")
    assert await site.hear(await site.ask("cy")) == {"op": "refused", "text": BUSY}
    await site.say(first, op="close")
    assert await site.hear(first) == {"op": "ended"}
    await site.open("ada")


async def test_who_asked_long_ago_gets_none(site: Site) -> None:
    late = await site.ask(asked_at=time.time() - OPEN_WITHIN_S - 1)
    await site.open()

    assert await site.hear(late, timeout_s=1) is None


async def test_a_runner_without_bubblewrap_refuses(client: redis.asyncio.Redis) -> None:
    async with serving(client, None, "none") as site:
        assert await site.hear(await site.ask()) == {"op": "refused", "text": NONE}


async def test_silence_ends_a_session(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "IDLE_S", 0.1)

    session = await site.open()

    assert await site.hear(session) == {"op": "ended"}


async def test_a_tool_that_takes_too_long_ends_its_session_with_its_sandbox(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await site.open()
    monkeypatch.setattr(tool_sandbox, "TOOL_TIMEOUT_S", 0.0)

    await site.say(session, op="check", id=1, text="import os\n")

    assert await site.hear(session) == {"op": "ended"}


@pytest.mark.parametrize("message", [{"op": "file", "path": "../x.py", "text": ""}, {"op": "unknown"}])
async def test_what_no_site_says_ends_a_session(site: Site, message: dict[str, Any]) -> None:
    session = await site.open()

    await site.say(session, **message)
    await site.say(session, op="check", id=1, text="")

    heard = await site.hear(session)
    while heard is not None and heard["op"] == "checked":
        heard = await site.hear(session)
    assert heard == {"op": "ended"}
