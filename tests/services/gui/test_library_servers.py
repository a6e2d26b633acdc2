"""The server code of GUIs that are libraries of others: part of the app that uses them, as they are now."""

from typing import Any

import pytest
from tests.services.gui.page_socket import PageSocket
from tests.services.http_client import Client
from tests.services.public.conftest import World

from widget_model.anvil_app import ColumnSpec, TableSpec
from widget_model.files import FileContent
from widget_site import anvil_apps, libraries
from widget_site.store import accounts, deleted, revisions, widgets
from widget_site.store.values import Account, Widget

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SHOP = """
import anvil.server
from kit import inner, tools
import kit.inner as again
from base import deep

@anvil.server.callable
def shop_of():
    return [inner is again, tools.twice(21), deep.WORD, inner.Price(3).pence()]

@anvil.server.callable
def both():
    return "the app's"

@anvil.server.callable
def price_of(price):
    return [type(price).__module__, type(price).__name__, price.pounds]
"""
_INNER = """
import anvil.server
from anvil.tables import app_tables
from . import tools

@anvil.server.portable_class
class Price:
    def __init__(self, pounds):
        self.pounds = pounds
    def pence(self):
        return self.pounds * 100

@anvil.server.callable
def twice_there(n):
    return tools.twice(n)

@anvil.server.callable
def both():
    return "kit's"

@anvil.server.callable
def near():
    return "kit's"

@anvil.server.callable
def kept(name):
    app_tables.sales.add_row(name=name)
    return [row['name'] for row in app_tables.sales.search()]

@anvil.server.callable
def divide():
    return 1 / 0

@anvil.server.callable
def asset(path):
    return anvil.app.get_asset(path).get_bytes().decode()

@anvil.server.route('/of-kit')
def of_kit():
    return "kit's page"
"""
_DEEP = """
import anvil.server

WORD = "deep"

@anvil.server.callable
def near():
    return "base's"

@anvil.server.callable
def far():
    return "base's"
"""
BASE: dict[str, FileContent] = {"anvil.yaml": "package_name: base\n", "server_code/deep.py": _DEEP}
KIT: dict[str, FileContent] = {
    "anvil.yaml": "package_name: kit\ndependencies:\n- {dep_id: d, resolution_hints: {package_name: base}}\n",
    "client_code/tools.py": "def twice(n):\n    return 2 * n\n",
    "server_code/inner.py": _INNER,
    "server_code/broken.py": "import nothing_of_that_name\n",
    "theme/assets/kit.txt": "kit's file",
    "requirements.txt": "numpy>=2\nRequests\n",
}
SHOP: dict[str, FileContent] = {
    "anvil.yaml": (
        "package_name: shop\nstartup: {type: form, module: Form1}\n"
        "dependencies:\n- {dep_id: k, resolution_hints: {package_name: kit}}\n"
    ),
    "client_code/Form1/form_template.yaml": "container: {type: ColumnPanel}\n",
    "server_code/main.py": _SHOP,
    "requirements.txt": "requests==2.32.3\n",
}
#: A folder of the name that those of libraries have.
_FOLDER: dict[str, FileContent] = {"libraries/order.txt": "evil\n", "libraries/kit/server_code/x.py": "1 / 0\n"}


async def _told(world: World, at: Client, command: str, *args: Any, objects: Any = ()) -> Any:
    """Return what a page gets for a call: the response, or the error."""
    page = await PageSocket.open(world.served.port, at.host)
    answer = await page.call(command, *args, objects=objects)
    page.close()
    return answer["error"] if answer.get("error") else answer["response"]


async def _save(world: World, widget: Widget, **files: FileContent) -> None:
    named = {path.replace("__", "/") + ".py": content for path, content in files.items()}
    await revisions.append(world.served.parts.store, widget.slug, world.served.owner.id, named)


async def test_server_code_of_libraries_is_part_of_the_app(gui: World) -> None:
    await gui.served.make(BASE, kind="gui")
    kit = await gui.served.make(KIT, kind="gui")
    shop = await gui.served.make({**SHOP, **_FOLDER}, kind="gui")
    store, owner = gui.served.parts.store, gui.served.owner.id
    await anvil_apps.add_tables(
        store, shop, (TableSpec("sales", "Sales", "none", "full", (ColumnSpec("name", "string", None),)),)
    )
    at = gui.served.at(shop)

    assert await _told(gui, at, "twice_there", 4) == 8
    assert await _told(gui, at, "shop_of") == [True, 42, "deep", 300]
    assert [await _told(gui, at, name) for name in ("both", "near", "far")] == ["the app's", "kit's", "base's"]
    assert await _told(gui, at, "kept", "Ada") == ["Ada"]
    assert (await _told(gui, gui.served.at(kit), "kept", "Eve"))["type"] == "AttributeError"
    price = {"path": ["args", 0], "type": ["ValueType"], "typeName": "kit.inner.Price"}
    given = {"pounds": 5}
    assert await _told(gui, at, "price_of", given, objects=[price]) == ["kit.inner", "Price", 5]
    assert await _told(gui, at, "asset", "kit.txt") == "kit's file"
    assert (await at.get("/of-kit")).text == "kit's page"

    divided = await _told(gui, at, "divide")
    assert divided["type"] == "ZeroDivisionError"
    assert divided["trace"] == [["libraries/kit/server_code/inner.py", _INNER.split("1 / 0")[0].count("\n") + 1]]
    unknown = await _told(gui, at, "nobody_has_this")
    assert "nothing_of_that_name" in unknown["message"]
    found = await anvil_apps.findings(store, gui.served.parts.libraries, shop, SHOP, owner)
    [lacking] = [one.text for one in found if "library kit" in one.text]
    assert "numpy>=2" in lacking
    assert "equests" not in lacking


@pytest.mark.parametrize("is_kept", [False, True])
async def test_a_library_as_it_is_now_serves_the_next_call(gui: World, is_kept: bool) -> None:
    store, owner = gui.served.parts.store, gui.served.owner.id
    files = {**SHOP, "anvil.yaml": str(SHOP["anvil.yaml"]).replace("package_name: kit", "package_name: late")}
    shop = await gui.served.make(
        {**files, "server_code/main.py": "import late.new as new\n"}, kind="gui", keep_server_running=is_kept
    )
    at = gui.served.at(shop)
    assert "No module named 'late'" in (await _told(gui, at, "answer"))["message"]
    source = "import anvil.server\n\n@anvil.server.callable\ndef answer():\n    return {}\n"

    late = await gui.served.make(
        {"anvil.yaml": "package_name: late\n", "server_code/new.py": source.format(1)}, kind="gui"
    )
    assert await _told(gui, at, "answer") == 1
    await _save(gui, late, server_code__new=source.format(2))
    assert await _told(gui, at, "answer") == 2
    # What a library uses is the app's, too.
    first = {"anvil.yaml": "package_name: first\n", "server_code/m.py": source.replace("answer", "first").format(3)}
    first_one = await gui.served.make(first, kind="gui")
    uses = "package_name: late\ndependencies:\n- {dep_id: d, resolution_hints: {package_name: first}}\n"
    await revisions.append(store, late.slug, owner, {"anvil.yaml": uses})
    assert await _told(gui, at, "first") == 3
    await _save(gui, first_one, server_code__m=source.replace("answer", "first").format(4))
    assert await _told(gui, at, "first") == 4

    await deleted.discard(store, late.slug, owner)
    assert "No module named 'late'" in (await _told(gui, at, "answer"))["message"]
    await deleted.restore(store, late.slug, owner)
    assert await _told(gui, at, "answer") == 2
    for one in (late, first_one):
        await deleted.discard(store, one.slug, owner)


async def test_saving_a_library_touches_nobody_who_does_not_use_it(gui: World) -> None:
    store, owner = gui.served.parts.store, gui.served.owner.id
    tool = await gui.served.make({"anvil.yaml": "package_name: tool\n"}, kind="gui")
    uses = "package_name: {}\ndependencies:\n- {{dep_id: d, resolution_hints: {{package_name: tool}}}}\n"
    user = await gui.served.make({"anvil.yaml": uses.format("user")}, kind="gui")
    alone = await gui.served.make({"anvil.yaml": "package_name: alone\n"}, kind="gui")

    await _save(gui, tool, server_code__a="")

    now = {one.slug: (await widgets.by_slug(store, one.slug, owner)).generation for one in (user, alone)}
    assert now == {user.slug: user.generation + 1, alone.slug: alone.generation}


async def test_attack_61_a_fork_has_nothing_of_libraries_that_are_another_accounts(gui: World) -> None:
    store = gui.served.parts.store
    kit = {
        "anvil.yaml": "package_name: own\n",
        "server_code/inner.py": str(_INNER).replace("twice_there", "own_twice"),
        "client_code/tools.py": "WORD = 'KIT ONLY'\ntwice = abs\n",
    }
    await gui.served.make(kit, kind="gui", visibility="private")
    files = {**SHOP, "anvil.yaml": str(SHOP["anvil.yaml"]).replace("package_name: kit", "package_name: own")}
    shop = await gui.served.make({**files, "server_code/main.py": ""}, kind="gui")
    assert await _told(gui, gui.served.at(shop), "own_twice", 4) == 4
    other = await _account(gui)

    copy = await widgets.fork(store, shop.slug, other)

    at = gui.served.at(copy)
    assert "KIT ONLY" not in (await at.get("/")).text
    assert (await _told(gui, at, "own_twice", 4))["type"] == "anvil.server.NoServerFunctionError"
    found = await anvil_apps.findings(store, gui.served.parts.libraries, copy, files, other.id)
    assert [one for one in found if "library own" in one.text]


async def _account(gui: World) -> Account:
    return await accounts.create(gui.served.parts.store, "forker", "forker@example.com", "no password")


async def test_libraries_that_are_too_large_are_left_out_and_named(gui: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "MAX_BYTES", 1000)
    known, owner = gui.served.parts.libraries, gui.served.owner.id
    small = {"anvil.yaml": "package_name: small\n"}
    large = {"anvil.yaml": "package_name: large\n", "server_code/m.py": "#" * 1000}
    for files in (small, large):
        await gui.served.make(files, kind="gui")
    uses = "package_name: user\ndependencies:\n" + "".join(
        f"- {{dep_id: {name}, resolution_hints: {{package_name: {name}}}}}\n" for name in ("large", "small")
    )
    user = await gui.served.make({"anvil.yaml": uses}, kind="gui")

    assert set(await known.of(owner, user.code)) == {"small"}
    found = await anvil_apps.findings(gui.served.parts.store, known, user, {"anvil.yaml": uses}, owner)
    assert [one.text.split(":")[0] for one in found if "library" in one.text] == ["The library large is left out"]
