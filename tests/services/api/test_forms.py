"""Arguments and forms of scripts over the API (X-23, W-09): read from the code, checked, kept with the run."""

import time
from typing import Any

import pytest
from tests.services.api.conftest import Answer, Caller

from widget_site.parts import SiteParts
from widget_site.store import runs
from widget_site.store.runs import FinishedRun
from widget_wire import keys
from widget_wire.runs import RunRecord, RunRequest

GREET = (
    "from datetime import date\nfrom enum import Enum\nclass Size(Enum):\n    BIG = 1\n"
    "def main(name: str, times: int = 2, day: date | None = None, size: Size = Size.BIG, tags: list[str] = []):\n"
    '    """Greet.\n\n    Args:\n        name: who\n    """\n'
)
PARSER = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--times', type=int)\np.parse_args()\n"


async def made(owner: Caller, code: str, **more: Any) -> str:
    body = {"kind": "script", "title": "T", "files": {"main.py": code}, **more}
    slug: str = (await owner("POST", "/widgets", body)).json["slug"]
    return slug


async def pushed(site: SiteParts) -> RunRequest:
    queued: Any = site.dispatch.link.client.lrange(keys.RUN_QUEUE, -1, -1)
    return RunRequest.from_envelope((await queued)[0])


async def test_x_23_everybody_who_reads_a_script_reads_its_form(owner: Caller, anybody: Caller) -> None:
    form = (await anybody("GET", f"/widgets/{await made(owner, GREET)}/form")).json

    assert (form["kind"], form["revision"], form["description"], form["complete"]) == ("signature", 1, "Greet.", True)
    assert [(field["name"], field["type"], field["required"], field["help"]) for field in form["fields"]] == [
        ("name", "text", True, "who"),
        ("times", "integer", False, ""),
        ("day", "date", False, ""),
        ("size", "choice", False, ""),
        ("tags", "text", False, ""),
    ]


async def test_x_23_a_form_follows_the_code(owner: Caller) -> None:
    slug = await made(owner, PARSER)
    first = (await owner("GET", f"/widgets/{slug}/form")).json
    await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "print(1)"}})
    second = (await owner("GET", f"/widgets/{slug}/form")).json
    await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "def main(x:"}})
    third = (await owner("GET", f"/widgets/{slug}/form")).json

    assert [form["kind"] for form in (first, second, third)] == ["argparse", "none", "none"]
    assert [form["revision"] for form in (first, second, third)] == [1, 2, 3]
    assert first["fields"][0]["flag"] == "--times"
    assert second["fields"] == []


async def test_an_api_has_no_form(owner: Caller) -> None:
    slug = await made(owner, GREET, kind="api")

    assert (await owner("GET", f"/widgets/{slug}/form")).json["kind"] == "none"


async def test_the_form_of_a_private_script_is_nobody_elses(owner: Caller, other: Caller, anybody: Caller) -> None:
    slug = await made(owner, GREET, visibility="private")

    answers = [await caller("GET", f"/widgets/{slug}/form") for caller in (owner, other, anybody)]
    assert [answer.status for answer in answers] == [200, 404, 404]


async def test_w_09_arguments_are_texts_and_numbers(owner: Caller, site: SiteParts) -> None:
    slug = await made(owner, PARSER)

    started = await owner("POST", f"/widgets/{slug}/runs", {"args": ["--times", 3, 1.5, "☃"]})

    assert started.status == 202
    assert started.json["args"] == ["--times", 3, 1.5, "☃"]
    assert (await pushed(site)).args == ("--times", 3, 1.5, "☃")
    listed = (await owner("GET", f"/widgets/{slug}/runs")).json["items"]
    assert (listed[0]["args"], listed[0]["values"]) == (["--times", 3, 1.5, "☃"], None)


async def test_x_23_values_are_checked_and_travel_as_a_call(owner: Caller, site: SiteParts) -> None:
    slug = await made(owner, GREET)
    values = {"name": "Ada", "day": "2026-11-21", "size": "BIG", "tags": ["a"]}

    started = await owner("POST", f"/widgets/{slug}/runs", {"values": values})

    assert (started.status, started.json["values"]) == (202, values)
    assert (await pushed(site)).call == {
        "function": "main",
        "arguments": [
            ["name", "plain", "Ada"],
            ["day", "date", "2026-11-21"],
            ["size", "enum:Size", "BIG"],
            ["tags", "plain", ["a"]],
        ],
    }
    assert (await owner("GET", f"/runs/{started.json['id']}")).json["values"] == values


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "name"),
        ({"name": "x", "times": "3"}, "times"),
        ({"name": "x", "times": 1.5}, "times"),
        ({"name": "x", "day": "tomorrow"}, "day"),
        ({"name": "x", "size": "SMALL"}, "size"),
        ({"name": "x", "nobody": 1}, "nobody"),
        ({"name": {"deep": []}}, "name"),
        ({"name": "NUL \0"}, "name"),
    ],
)
async def test_x_23_values_that_do_not_fit_start_nothing(owner: Caller, values: dict[str, Any], field: str) -> None:
    slug = await made(owner, GREET)

    refused: Answer = await owner("POST", f"/widgets/{slug}/runs", {"values": values})

    assert (refused.status, refused.json["error"]["field"]) == (400, field)
    assert (await owner("GET", f"/widgets/{slug}/runs")).json["items"] == []


async def test_w_10_what_a_script_returned_is_with_its_run(owner: Caller, site: SiteParts) -> None:
    slug = await made(owner, "print(1)")
    started = (await owner("POST", f"/widgets/{slug}/runs", {})).json
    assert started["returned"] is None
    widget_id = (await runs.get(site.store, started["id"], owner.account.id if owner.account else None)).widget_id
    record = RunRecord(started["id"], widget_id, "owner", 1, "ok", time.time() - 1, time.time(), returned={"n": 42})
    await runs.finish(site.store, [FinishedRun(RunRecord.from_envelope(record.to_envelope()), ())])

    assert (await owner("GET", f"/runs/{started['id']}")).json["returned"] == {"n": 42}


async def test_values_need_a_main_function(owner: Caller) -> None:
    refused = await owner("POST", f"/widgets/{await made(owner, PARSER)}/runs", {"values": {"times": 1}})

    assert refused.status == 400
    assert "no main function" in refused.json["error"]["message"]
