"""What is typed for a run, over the API: by whoever may run the widget, once for each question, within bounds."""

from typing import Any

import pytest
from tests.services.api.conftest import Caller, browser_of

from widget_model.ids import new_id
from widget_site.parts import SiteParts
from widget_wire import keys
from widget_wire.inputs import MAX_ANSWER_CHARS, InputAnswer
from widget_wire.runs import RunRequest


async def start(owner: Caller, **more: Any) -> str:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    run_id: str = (await owner("POST", f"/widgets/{slug}/runs", {"interactive": True, **more})).json["id"]
    return run_id


async def ask(site: SiteParts, run_id: str, number: int = 1) -> None:
    """Do what a runner does when a run asks."""
    await site.dispatch.link.client.set(keys.ASKING + run_id, number)


async def kept(site: SiteParts, run_id: str) -> InputAnswer | None:
    data = await site.dispatch.link.client.get(keys.INPUT + run_id)
    return None if data is None else InputAnswer.from_bytes(data)


async def test_a_run_is_interactive_when_its_caller_says_so(owner: Caller, site: SiteParts) -> None:
    asks, silent = await start(owner), await start(owner, interactive=False)

    pushed = await site.dispatch.link.client.lrange(keys.RUN_QUEUE, 0, -1)  # type: ignore[misc]
    requests = {one.id: one for one in map(RunRequest.from_envelope, pushed)}
    assert (requests[asks].interactive, requests[silent].interactive) == (True, False)


@pytest.mark.parametrize("text", ["Ada ☃", "", "two\nlines", "\x1b[31mred\t", None])
async def test_an_answer_reaches_its_runner(owner: Caller, site: SiteParts, text: str | None) -> None:
    run_id = await start(owner)
    await ask(site, run_id, 7)
    async with site.dispatch.link.client.pubsub() as channel:
        await channel.subscribe(keys.INPUT_CHANNEL)
        assert (await channel.get_message(timeout=5))["type"] == "subscribe"

        answered = await owner("POST", f"/runs/{run_id}/input", {"number": 7, "text": text})

        assert (await channel.get_message(timeout=5))["data"] == run_id.encode()
    assert answered.status == 204
    assert await kept(site, run_id) == InputAnswer(7, text)


async def test_the_first_answer_wins(owner: Caller, site: SiteParts) -> None:
    run_id = await start(owner)
    assert owner.account is not None
    tab = await browser_of(owner.app, site, owner.account)
    await ask(site, run_id)

    first = await tab("POST", f"/runs/{run_id}/input", {"number": 1, "text": "first"})
    second = await owner("POST", f"/runs/{run_id}/input", {"number": 1, "text": "second"})

    assert (first.status, second.status, second.json["error"]["code"]) == (204, 409, "conflict")
    assert "answered already" in second.json["error"]["message"]
    assert await kept(site, run_id) == InputAnswer(1, "first")


@pytest.mark.parametrize("number", [1, 2, 4])
async def test_what_is_not_being_asked_is_not_answered(owner: Caller, site: SiteParts, number: int) -> None:
    run_id = await start(owner)
    if number != 1:
        await ask(site, run_id, 3)

    assert (await owner("POST", f"/runs/{run_id}/input", {"number": number, "text": "x"})).status == 409
    assert await kept(site, run_id) is None


async def test_nobody_answers_the_run_of_another(
    owner: Caller, other: Caller, anybody: Caller, site: SiteParts
) -> None:
    run_id = await start(owner)
    await ask(site, run_id)
    body = {"number": 1, "text": "mine now"}

    answers = [await caller("POST", f"/runs/{run_id}/input", body) for caller in (other, anybody)]
    unknown = await owner("POST", f"/runs/{new_id()}/input", body)
    odd = await owner("POST", "/runs/*%0a/input", body)

    assert [one.status for one in (*answers, unknown, odd)] == [403, 401, 404, 404]
    assert await kept(site, run_id) is None
    assert await site.dispatch.link.client.exists(keys.ASKING + run_id)


async def test_a_page_of_another_site_can_not_answer(owner: Caller, site: SiteParts) -> None:
    run_id = await start(owner)
    await ask(site, run_id)
    assert owner.account is not None
    tab = await browser_of(owner.app, site, owner.account)
    forged = Caller(tab.app, {**tab.headers, "Origin": "http://evil.example"})

    assert (await forged("POST", f"/runs/{run_id}/input", {"number": 1, "text": "x"})).status == 403
    assert await kept(site, run_id) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": 1},
        {"text": "x"},
        {"number": 0, "text": "x"},
        {"number": "1", "text": "x"},
        {"number": True, "text": "x"},
        {"number": 2**31, "text": "x"},
        {"number": 1, "text": "x" * (MAX_ANSWER_CHARS + 1)},
        {"number": 1, "text": "NUL \0"},
        {"number": 1, "text": "half \ud800"},
        {"number": 1, "text": ["x"]},
        {"number": 1, "text": "x", "run": "y"},
    ],
)
async def test_a_bad_answer_is_refused_and_the_question_stays(owner: Caller, site: SiteParts, body: object) -> None:
    run_id = await start(owner)
    await ask(site, run_id)

    assert (await owner("POST", f"/runs/{run_id}/input", body)).status == 400
    assert await site.dispatch.link.client.exists(keys.ASKING + run_id)
