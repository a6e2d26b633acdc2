"""Routes and HTTP endpoints of the real anvil-uplink, at the widget's public address (K-16); sessions of uplinks."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from tests.services.public.conftest import World
from tests.services.uplink.programs import Caller

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """
import time
from anvil.server import request
from anvil._threaded_server import call_info as session

@anvil.server.route("/up/:name")
def up(name, **params):
    return {"name": name, "params": params, "method": request.method, "ip": anvil.server.context.client.ip,
            "type": anvil.server.context.type, "agent": request.headers.get("user-agent")}

@anvil.server.route("/up-json", methods=["POST"])
def up_json():
    return {"sum": sum(request.body_json)}

@anvil.server.route("/up-made")
def up_made():
    return anvil.server.HttpResponse(202, "made", headers={"X-Made": "yes", "Set-Cookie": "a=1; Domain=evil.example"})

@anvil.server.route("/up-media", methods=["POST"])
def up_media():
    return anvil.BlobMedia("application/x-test", request.body.get_bytes()[::-1], name="turned.bin")

@anvil.server.route("/up-fails")
def up_fails():
    raise ValueError("secret words")

@anvil.server.route("/up-bytes")
def up_bytes():
    return b"bytes"

@anvil.server.route("/ask/overridden")
def overridden():
    return "the uplink's"

@anvil.server.http_endpoint("/old/:name")
def old(name, **params):
    return "old " + name

@anvil.server.route("/up-count")
def up_count():
    session["n"] = session.get("n", 0) + 1
    return {"n": session["n"]}

@anvil.server.callable
def count_in_session():
    session["n"] = session.get("n", 0) + 10
    return session["n"]

@anvil.server.route("/up-waits")
def up_waits():
    print("WAITS", flush=True)
    time.sleep(300)
"""


async def test_k_16_routes_and_endpoints_of_an_uplink_answer_at_the_public_address(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    w = caller.served.at(caller.widget)
    assert (await w.get("/up/ada")).status == 404
    async with caller.program(python, ROUTES, tmp_path):
        await caller.until_has("route:/up-waits")

        shown = json.loads((await w.get("/up/ada?a=1&a=2&b=%C3%A9", user_agent="tester")).text)
        assert shown["params"] == {"a": ["1", "2"], "b": "é"}
        assert (shown["name"], shown["method"], shown["type"]) == ("ada", "GET", "uplink")
        assert (shown["ip"], shown["agent"]) == ("127.0.0.1", "tester")
        assert json.loads((await w.post("/up-json", b"[1, 2, 3]", "application/json")).text) == {"sum": 6}
        assert (await w.get("/_/api/old/way")).text == "old way"
        assert (await w.get("/ask/overridden")).text == "the uplink's"
        assert (await w.get("/ask/shared_name")).text == "the widget"

        made = await w.get("/up-made")
        assert (made.status, made.text, made.header("x-made")) == (202, "made", "yes")
        assert "evil.example" not in (made.header("set-cookie") or "")
        for content in (bytes(range(256)) * 4000, bytes(range(256)) * 20_000):
            media = await w.post("/up-media", content, "application/octet-stream")
            assert (media.body, media.header("content-type")) == (content[::-1], "application/x-test")
        assert len(caller.served.parts.parcels) == 0
        refused = await w.get("/up-json")
        assert (refused.status, refused.header("allow")) in ((405, "POST"), (405, None))

        world = World(caller.served, caller.widget, w)
        run, said = await world.log("/up-made")
        asked = {"method": "GET", "path": "/up-made", "remote_address": "127.0.0.1", "status": 202, "uplink": True}
        assert (run.trigger, run.outcome, run.request, said) == ("route", "ok", asked, "")
        failed = await w.get("/up-fails")
        assert (failed.status, "secret" in failed.text) == (500, False)
        unsendable = await w.get("/up-bytes")
        assert (unsendable.status, "BlobMedia" in unsendable.text) == (500, True)
        run, said = await world.log("/up-fails")
        assert (run.outcome, run.error) == ("error", "ValueError: secret words")
        assert re.search(r"called from .*\.py, line \d+", said)
        assert "BlobMedia" in (await world.log("/up-bytes"))[0].error
    await caller.until_has("route:/up-waits", 0)
    assert (await w.get("/up/ada")).status == 404
    assert (await w.get("/ask/overridden")).status == 500  # the widget's own route asks for a function of that name


async def test_k_16_a_request_whose_uplink_goes_is_told_to_try_again(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    async with caller.program(python, ROUTES, tmp_path) as program:
        await caller.until_has("route:/up-waits")
        waiting = asyncio.create_task(caller.served.at(caller.widget).get("/up-waits"))
        await program.until_says("WAITS")

        program.process.kill()

        answer = await waiting
        assert (answer.status, "gone away" in answer.text) == (503, True)
        run, _ = await World(caller.served, caller.widget, caller.served.at(caller.widget)).log("/up-waits")
        assert (run.outcome, "uplink went away" in run.error) == ("crashed", True)


async def test_s_65_code_on_an_uplink_is_in_the_session_of_the_visitor(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    w = caller.served.at(caller.widget)
    async with caller.program(python, ROUTES, tmp_path):
        await caller.until_has("route:/up-waits")
        first = await w.get("/up-count")
        cookie = "; ".join(one.split(";")[0] for one in first.headers("set-cookie"))
        assert json.loads(first.text) == {"n": 1}

        assert json.loads((await w.get("/up-count", cookie=cookie)).text) == {"n": 2}
        assert (await w.get("/ask/count_in_session", cookie=cookie)).text == "12"
        assert json.loads((await w.get("/up-count", cookie=cookie)).text) == {"n": 13}
        assert json.loads((await w.get("/up-count")).text) == {"n": 1}
