"""Attacks on the server of a GUI's page (security.md, C.4), each with what works in its place."""

import itertools
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from tests.services.gui.conftest import FILES, open_page
from tests.services.gui.page_socket import PageSocket
from tests.services.gui.test_page import boot_of
from tests.services.public.conftest import World

from widget_model.files import FileContent, content_bytes
from widget_model.users_settings import UsersSettings
from widget_site.store import trees, users_services

pytestmark = pytest.mark.asyncio(loop_scope="module")

_MARK = "SERVER ONLY"
_BEFORE = (
    "/",
    "/_/",
    "/_/theme/",
    "/_/app/",
    "/_/theme/../../",
    "/_/theme/..%2f..%2f",
    "/_/theme/%2e%2e/%2e%2e/",
    "//",
)
_LIBRARY: dict[str, FileContent] = {
    "anvil.yaml": f"package_name: pathkit\n# {_MARK}\n",
    "client_code/tools.py": "WORD = 'for all'\n",
    "server_code/inner.py": f"import anvil.server\n# {_MARK}\n@anvil.server.callable\ndef inner():\n    return 1\n",
    "theme/assets/kit.txt": "for all",
}


def _written(path: str) -> Iterator[str]:
    """Give a path as it is, and in the ways in which servers were made to take it for another one."""
    yield quote(path)
    yield "".join(f"%{ord(one):02x}" for one in path)
    yield quote(path).replace("server_code", "server%5Fcode").replace("/", "%2F")
    yield quote(path).replace("server_code", "server%255Fcode")
    yield quote(path).replace("/", "%5c")
    yield quote(path).replace("server_code", "SERVER_CODE")
    yield quote(path).replace("/", "//")
    for end in ("%00", "%00.css", "?x=1", "/", ";.css", "/.", "%20", "~", ".pyc"):
        yield quote(path) + end


async def test_attack_66_no_path_gives_anything_of_server_code(gui: World) -> None:
    """Every file of the app and of its library is asked for; those of the browser are there, the others nowhere."""
    await gui.served.make(_LIBRARY, kind="gui")
    uses = "\ndependencies: [{dep_id: k, resolution_hints: {package_name: pathkit}}]\n"
    files = {path: f"{text}\n# {_MARK}\n" if path.startswith("server_code/") else text for path, text in FILES.items()}
    files |= {"anvil.yaml": f"{FILES['anvil.yaml']}{uses}# {_MARK}\n", "requirements.txt": f"# {_MARK}\n"}
    made = await gui.served.make(files, kind="gui")
    w = gui.served.at(made)
    held = await trees.files_of(gui.served.parts.store, made.code)
    page = await PageSocket.open(gui.served.port, w.host)
    assert (await page.call("inner"))["response"] == 1
    page.close()
    app = await w.get(boot_of(await w.get("/"))["app"])
    assert "for all" in app.text
    assert (await w.get("/_/theme/kit.txt")).text == "for all"
    assert _MARK in content_bytes("", held["server_code/ServerModule1.py"]).decode()

    found = [app.text]
    paths = [*files, "server_code", "libraries/order.txt", *(f"libraries/pathkit/{path}" for path in _LIBRARY)]
    for before, path in itertools.product(_BEFORE, paths):
        found += [(await w.get(f"{before}{quote(path)}")).text]
    for path in paths:
        found += [(await w.get(f"{before}{one}")).text for before in _BEFORE[:3] for one in _written(path)]

    assert [text for text in found if _MARK in text] == []
    assert len(found) > 1000


async def test_attack_46_a_session_that_was_planted_before_a_login_is_worth_nothing_after_it(gui: World) -> None:
    parts, owner = gui.served.parts, gui.served.owner.id
    settings = UsersSettings(allow_signup=True, confirm_email=False)
    await users_services.choose(parts.store, gui.widget.slug, owner, on=True, settings=settings)
    origin = [("Origin", f"http://{gui.w.host}")]
    planted = await open_page(gui)
    *told, _ = await planted.call_and_hear("remember", 7)
    planted.close()
    fetched = await gui.w("POST", next(one["address"] for one in told if one.get("type") == "COOKIES"), headers=origin)
    cookie = [("Cookie", (fetched.header("set-cookie") or "").partition(";")[0])]
    victim, thief = [await PageSocket.open(gui.served.port, gui.w.host, headers=cookie) for _ in range(2)]
    assert (await thief.call("remember"))["response"] == 7

    person = ("v@example.com", "a long and rare password")
    assert "error" not in await victim.call("anvil.private.users.signup_with_email", *person)

    assert "error" not in await victim.call("anvil.private.users.login_with_email", *person)

    assert (await victim.call("remember"))["response"] == 7
    assert (await victim.call("anvil.private.users.get_current_user"))["response"] is not None
    assert (await thief.call("remember"))["response"] is None
    assert (await thief.call("anvil.private.users.get_current_user"))["response"] is None
    victim.close()
    thief.close()
