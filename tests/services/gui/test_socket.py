"""A page's conversation with its server: in its visitor's session, with values that are signed for it alone."""

import asyncio
import base64
import json
import time
from typing import Any

import pytest
from tests.services.fake_runner import eventually_true
from tests.services.gui.conftest import FILES, open_page
from tests.services.gui.page_socket import NAME, PageSocket
from tests.services.live.ws_client import RefusedError, Tab
from tests.services.public.conftest import World

from widget_model.kinds import Kind
from widget_model.starters import starter
from widget_model.users_settings import UsersSettings
from widget_site.public.gui import sockets
from widget_site.public.preview import OPEN_S
from widget_site.store import runs, users_services
from widget_wire.keys import PREVIEW

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_w_20_a_page_calls_functions_of_every_module(gui: World) -> None:
    page = await open_page(gui)

    assert (await page.call("deeply", 41))["response"] == 42
    assert (await page.call("whoami"))["response"] == ["browser", False, "browser", True]
    assert (await page.call("same_modules"))["response"] == [True, True]
    assert (await page.call("of_client"))["response"] == "from the client"
    page.close()


async def test_d_28_what_a_gui_starts_with_answers_its_page(gui: World) -> None:
    made = await gui.served.make(starter(Kind.GUI), kind="gui")
    page = await PageSocket.open(gui.served.port, gui.served.at(made).host)

    assert (await page.call("greet", "Ada"))["response"] == "Hello, Ada!"
    page.close()


async def test_s_51_an_error_of_server_code_has_its_type_and_names_its_file(gui: World) -> None:
    page = await open_page(gui)

    error = (await page.call("fail", "not like this"))["error"]
    deep = (await page.call("helped"))["error"]
    page.close()

    assert (error["type"], error["message"]) == ("ValueError", "not like this")
    assert deep["trace"] == [["server_code/helpers.py", 5]]


async def test_a_module_that_cannot_be_loaded_breaks_only_what_it_would_have(gui: World) -> None:
    page = await open_page(gui)

    error = (await page.call("nobody_has_this"))["error"]
    page.close()

    assert "nothing_of_that_name" in error["message"]


async def test_media_go_both_ways(gui: World) -> None:
    page = await open_page(gui)
    described = {"path": ["args", 0], "type": ["DataMedia"], "id": "m0", "mime-type": "text/csv", "name": "a.csv"}

    assert (await page.call("size_of", None, objects=[described], media=b"a,b\n"))["response"] == [
        "a.csv",
        "text/csv",
        4,
    ]
    page.close()


async def test_one_call_by_post_is_the_same(gui: World) -> None:
    described = {"path": ["args", 0], "type": ["DataMedia"], "id": "m0", "mime-type": "text/csv", "name": "a.csv"}
    message = {"command": "size_of", "args": [None], "kwargs": {}, "objects": [described]}
    media = {"m0": base64.b64encode(b"a,b\n").decode()}
    body = json.dumps({"page": NAME, "message": message, "media": media}).encode()
    made = json.dumps({"page": NAME, "message": {"command": "make_media", "args": [], "kwargs": {}}}).encode()
    origin = [("Origin", f"http://{gui.w.host}")]

    answer = json.loads((await gui.w("POST", "/_/call", headers=origin, body=body)).body)
    given = json.loads((await gui.w("POST", "/_/call", headers=origin, body=made)).body)

    assert answer["message"]["response"] == ["a.csv", "text/csv", 4]
    [content] = given["media"].values()
    assert base64.b64decode(content) == b"made here"
    assert (await gui.w("POST", "/_/call", headers=[("Origin", "http://evil.example")], body=made)).status == 403
    assert (await gui.w("POST", "/_/call", headers=origin, body=b"[]")).status == 400


async def test_a_session_begins_and_its_cookie_is_fetched_by_the_page(gui: World) -> None:
    page = await open_page(gui)

    *told, answer = await page.call_and_hear("remember", 7)
    address = next(one["address"] for one in told if one.get("type") == "COOKIES")
    origin = [("Origin", f"http://{gui.w.host}")]
    foreign = await gui.w("POST", address, headers=[("Origin", "http://evil.example")])
    fetched = await gui.w("POST", address, headers=origin)
    cookie = (fetched.header("set-cookie") or "").partition(";")[0]
    again = (await page.call("remember"))["response"]
    page.close()
    other = await open_page(gui)
    mine = await PageSocket.open(gui.served.port, gui.w.host, headers=[("Cookie", cookie)])

    assert (answer["response"], again) == (7, 7)
    assert "HttpOnly" in (fetched.header("set-cookie") or "")
    assert (foreign.status, foreign.header("set-cookie")) == (403, None)
    assert (await gui.w("POST", address, headers=origin)).header("set-cookie") is None
    assert (await other.call("remember"))["response"] is None
    assert (await mine.call("remember"))["response"] == 7
    other.close()
    mine.close()


async def test_cookies_that_a_function_sets_are_there_in_the_next_call(gui: World) -> None:
    page = await open_page(gui)

    told = await page.call_and_hear("set_cookie", "kept")
    back = (await page.call("get_cookie"))["response"]
    page.close()

    assert any(one.get("type") == "COOKIES" for one in told)
    assert back == "kept"


@pytest.mark.parametrize("command", ["task:secret_task", "route:/hello/x", "http:/status"])
async def test_attack_56_a_page_cannot_call_what_the_platform_calls(gui: World, command: str) -> None:
    page = await open_page(gui)

    error = (await page.call(command))["error"]
    page.close()

    assert error["type"] == "anvil.server.PermissionDenied"


@pytest.mark.parametrize(
    "command", ["secrets.get_secret", "background_tasks.list", "store.get", "email.send.v2", "get_session_id"]
)
async def test_attack_56_a_page_cannot_call_what_is_for_server_code(gui: World, command: str) -> None:
    page = await open_page(gui)

    error = (await page.call(f"anvil.private.{command}", "x"))["error"]
    page.close()

    assert error["type"] == "anvil.server.PermissionDenied"


async def test_attack_56_a_page_cannot_call_a_function_that_is_not_callable(gui: World) -> None:
    page = await open_page(gui)

    answer = await page.call("hello", "x")
    page.close()

    assert "error" in answer
    assert "response" not in answer


async def test_attack_57_what_one_page_was_given_opens_nothing_for_another(gui: World) -> None:
    page, other = await open_page(gui), await open_page(gui, name="another-page-0123456789")
    given = await page.call("things")
    objects = [{**one, "path": ["args", 0, *one["path"][1:]]} for one in given["objects"]]
    call = {"type": "CALL", "id": "x", "command": "names", "args": [given["response"]], "kwargs": {}}
    call |= {"objects": objects, "vt_global": given.get("vt_global")}

    await page.tab.say(**call)
    await other.tab.say(**call)
    async with asyncio.timeout(30):
        answer, refusal = await page.tab.hear(), await other.tab.hear()
    page.close()
    other.close()

    assert answer["response"] == ["a thing"]
    assert "error" in refusal


async def test_t_73_attack_57_after_a_logout_that_says_so_what_a_page_was_given_opens_nothing(gui: World) -> None:
    parts, owner = gui.served.parts, gui.served.owner.id
    await users_services.choose(parts.store, gui.widget.slug, owner, on=True, settings=UsersSettings())
    name, logout = "page-that-logs-out-0123456789", "anvil.private.users.logout"
    page, other = await open_page(gui, name=name), await open_page(gui, name="page-beside-it-0123456789")
    given, others = await page.call("things"), await other.call("things")

    async def opens(one: PageSocket, what: dict[str, Any]) -> bool:
        placed = [{**item, "path": ["args", 0, *item["path"][1:]]} for item in what["objects"]]
        call = {"type": "CALL", "id": "n", "command": "names", "args": [what["response"]], "kwargs": {}}
        await one.tab.say(**call, objects=placed, vt_global=what.get("vt_global"))
        async with asyncio.timeout(30):
            while (said := await one.tab.hear()).get("id") != "n":
                pass
        assert said.get("response") == ["a thing"] or said["error"]["type"] == "anvil.server.InvalidObjectError", said
        return "response" in said

    assert "error" not in await page.call(logout)
    assert await opens(page, given)
    assert "error" not in await page.call(logout, invalidate_client_objects=True)
    assert not await opens(page, given)
    assert await opens(page, await page.call("things"))
    assert await opens(other, others)
    page.close()
    page = await open_page(gui, name=name)
    assert not await opens(page, given)
    page.close()
    other.close()


async def test_attack_53_only_the_widgets_own_page_gets_in(gui: World) -> None:
    api = await gui.served.make("", kind="api")
    private = await gui.served.make(FILES, kind="gui", visibility="private")
    wrong = [
        (gui.w.host, "http://evil.example"),
        (gui.w.host, f"http://localhost:{gui.served.port}"),
        (gui.served.at(api).host, f"http://{gui.served.at(api).host}"),
        (gui.served.at(private).host, f"http://{gui.served.at(private).host}"),
    ]

    for host, origin in wrong:
        with pytest.raises(RefusedError):
            await Tab.open(gui.served.port, [("Origin", origin)], "/_/ws", host=host)

    token = await gui.served.parts.previews.make(private.id)
    page = await PageSocket.open(gui.served.port, gui.served.at(private).host, query=f"?_widgetry_preview={token}")
    assert (await page.call("deeply", 1))["response"] == 2
    page.close()


@pytest.mark.parametrize(
    "said", ["[]", "{}", '{"v":8,"page":"short"}', "x", '{"v":7,"page":"page-of-a-test-0123456789"}']
)
async def test_a_page_that_says_no_hello_is_told_and_cut_off(gui: World, said: str) -> None:
    tab = await Tab.open(gui.served.port, [("Origin", f"http://{gui.w.host}")], "/_/ws", host=gui.w.host)

    await tab.send_text(said)

    assert "error" in await tab.hear()
    with pytest.raises(ConnectionError):
        await tab.hear()
    tab.close()


async def test_a_page_is_kept_by_pings_and_registers_nothing(gui: World) -> None:
    page = await open_page(gui)

    await page.tab.say(type="PING")
    assert (await page.tab.hear()) == {"type": "PONG"}
    await page.tab.say(type="REGISTER", name="deeply")
    assert "unprivileged" in (await page.tab.hear())["error"]
    page.close()


async def test_twenty_calls_at_once_are_all_answered(gui: World) -> None:
    page = await open_page(gui)
    for number in range(20):
        await page.tab.say(type="CALL", id=f"n{number}", command="deeply", args=[number], kwargs={}, objects=[])

    async with asyncio.timeout(60):
        heard = [await page.tab.hear() for _ in range(20)]
    page.close()

    answers: dict[Any, Any] = {one["id"]: one.get("response") for one in heard}
    assert answers == {f"n{number}": number + 1 for number in range(20)}


async def test_s_54_an_error_of_client_code_is_told_to_the_owner(gui: World) -> None:
    page = await open_page(gui)
    error = {"type": "KeyError", "message": "'gone'", "trace": [["Form1/__init__.py", 12, "button_click"]]}

    assert (await page.call("anvil.private.report_error", error))["response"] is None
    page.close()

    store, owner = gui.served.parts.store, gui.served.owner.id

    async def is_kept() -> bool:
        found = (await runs.listed(store, gui.widget.slug, owner)).items
        return any(run.trigger == "client" and "KeyError: 'gone'" in run.error for run in found)

    await eventually_true(is_kept)


async def test_an_open_page_of_a_private_widget_keeps_what_opened_it(
    gui: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = await gui.served.make(FILES, kind="gui", visibility="private")
    host, redis = gui.served.at(private).host, gui.served.parts.dispatch.link.client
    token = await gui.served.parts.previews.make(private.id)
    monkeypatch.setattr(sockets, "KEEP_PREVIEW_S", 0.0)
    page = await PageSocket.open(gui.served.port, host, query=f"?_widgetry_preview={token}")

    async def ttl_after(made_s_ago: float) -> int:
        """Return how long the token is good after the page has said something, of one that was about to run out."""
        await redis.set(PREVIEW + token, f"{private.id} {int(time.time() - made_s_ago)}", ex=10)
        # What is said second comes after the first was dealt with.
        for _ in range(2):
            await page.tab.say(type="PING")
            assert (await page.tab.hear()) == {"type": "PONG"}
        return int(await redis.ttl(PREVIEW + token))

    assert await ttl_after(60) > 600
    assert await ttl_after(OPEN_S + 60) <= 10
    await redis.delete(PREVIEW + token)
    with pytest.raises(RefusedError):
        await PageSocket.open(gui.served.port, host, query=f"?_widgetry_preview={token}")
    page.close()


async def test_a_preview_cookie_that_somebody_added_does_not_hide_the_owners(gui: World) -> None:
    private = await gui.served.make(FILES, kind="gui", visibility="private")
    token = await gui.served.parts.previews.make(private.id)
    w, cookie = gui.served.at(private), f"widgetry-preview=tossed; widgetry-preview={token}"

    assert (await w("GET", "/_/theme/theme.css", headers=[("Cookie", "widgetry-preview=tossed")])).status == 404
    assert (await w("GET", "/_/theme/theme.css", headers=[("Cookie", cookie)])).status == 200
