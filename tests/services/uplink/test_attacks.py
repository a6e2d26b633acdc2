"""Attacks with a key of an uplink in hand (security.md 12, 54 to 57): what is forged, replayed, widened or another
widget's is refused at the socket, whatever the database."""

import asyncio
import copy
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.services.fake_runner import eventually_true
from tests.services.live.ws_client import Tab
from tests.services.site_server import SiteServer, serving
from wsproto.events import BytesMessage, Message, TextMessage

from widget_site.settings import SiteSettings
from widget_site.store import uplink_keys
from widget_site.store.data.editing import Editing
from widget_site.store.values import UplinkKey, Widget
from widget_site.uplink.handshake import new_key

WAIT_S = 30.0
INVALID = "anvil.server.InvalidObjectError"
DENIED = "anvil.server.PermissionDenied"
_numbers = itertools.count(1)


@dataclass
class Program:
    """A program outside that holds a key, and sends what it likes."""

    tab: Tab
    key: UplinkKey

    async def call(self, command: str, *args: Any, objects: tuple[Any, ...] = ()) -> dict[str, Any]:
        """Return what is answered: a message with ``response`` and ``objects``, or with ``error``."""
        number = f"c{next(_numbers)}"
        await self.tab.say(type="CALL", id=number, command=command, args=list(args), kwargs={}, objects=list(objects))
        while (said := await self.tab.hear()).get("id") != number:
            pass
        return said

    async def table(self) -> dict[str, Any]:
        """Return the capability of ``people`` as it was given to this program."""
        said = await self.call("anvil.private.tables.v2.get_app_tables")
        return next(one for one in said["objects"] if one["type"] == ["Capability"])

    async def search(self, table: dict[str, Any]) -> str:
        """Search a table by what is said to be its capability; return "ok", or the error's type."""
        placed = {**table, "path": ["args", 0]}
        said = await self.call("anvil.private.tables.v2.table.search", None, [], {}, objects=(placed,))
        return said["error"]["type"] if "error" in said else "ok"


@dataclass
class Outside:
    """A site with two widgets of one owner; both let clients search a table ``people``."""

    served: SiteServer
    one: Widget
    two: Widget
    tabs: list[Tab] = field(default_factory=list)

    async def open(self, **hello: Any) -> Tab:
        tab = await Tab.open(self.served.port, [], "/_/uplink")
        self.tabs.append(tab)
        await tab.say(**hello)
        return tab

    async def connect(self, widget: Widget, kind: str) -> Program:
        key, key_hash = new_key(kind)
        kept = await uplink_keys.add(self.served.parts.store, widget.slug, self.served.owner.id, kind, key_hash)
        tab = await self.open(key=key, v=8)
        assert (await tab.hear())["auth"] == "OK"
        return Program(tab, kept)

    async def people(self, widget: Widget) -> Editing:
        return await Editing.of(self.served.parts.store, widget.slug, self.served.owner.id)


@pytest.fixture
async def outside(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Outside]:
    given = SiteSettings(data=tmp_path, database_url=SecretStr(database_url), redis_url=SecretStr(redis_url))
    async with serving(given) as served:
        source = "import anvil.server\n"
        made = Outside(served, await served.make(source), await served.make(source))
        for widget in (made.one, made.two):
            editing = await made.people(widget)
            await editing.add_table("people", "", "search", "full")
            await editing.add_column("people", "name", "string", None, False)
        yield made
        for tab in made.tabs:
            tab.close()


async def test_attack_57_a_capability_is_good_as_it_was_given_and_for_whom_it_was_given(outside: Outside) -> None:
    client, another = await outside.connect(outside.one, "client"), await outside.connect(outside.one, "client")
    server, stranger = await outside.connect(outside.one, "server"), await outside.connect(outside.two, "server")
    table = await client.table()
    assert await client.search(table) == "ok"
    assert await server.search(await server.table()) == "ok"

    # Forged and widened.
    changes: list[dict[str, Any]] = [{"mac": None}, {"mac": "x" * 44}, {"scope": []}, {"narrow": [{"id": 2}]}]
    for change in changes:
        assert await client.search({**table, **change}) in (INVALID, "anvil.tables.TableError"), change
    for wider in ({"id": 2}, {"perm": "rw"}):
        forged = copy.deepcopy(table)
        forged["scope"][2].update(wider)
        assert await client.search(forged) == INVALID, wider
    # Another program's, with the same key's widget, another one's, and of another trust.
    for holder in (another, server, stranger):
        assert await holder.search(table) == INVALID
    for given in (await another.table(), await server.table(), await stranger.table()):
        assert await client.search(given) == INVALID
    # Replayed when it is worth less.
    await (await outside.people(outside.one)).change_table("people", {"client": "none"})
    assert await client.search(table) == DENIED


async def test_attack_12_a_client_names_no_class_of_others(outside: Outside) -> None:
    client = await outside.connect(outside.one, "client")

    for name in ("subprocess.Popen", "os.system", "builtins.eval"):
        crafted = {"type": ["ValueType"], "typeName": name, "path": ["args", 0], "value": ["touch /tmp/x"]}
        for command in ("anvil.private.echo", "f"):
            said = await client.call(command, None, objects=(crafted,))
            assert said["error"]["message"] == f"No such serializable type: {name}"


async def test_attack_55_a_key_opens_one_widget_as_far_as_it_goes_and_until_it_is_revoked(outside: Outside) -> None:
    find = outside.served.parts.uplinks.directory.find
    server, client = await outside.connect(outside.one, "server"), await outside.connect(outside.one, "client")
    await server.tab.say(type="REGISTER", name="f")
    await client.tab.say(type="REGISTER", name="g")

    assert "Cannot register" in (await client.tab.hear())["error"]
    with pytest.raises(ConnectionError):
        await client.tab.hear()

    async def is_known() -> bool:
        return len(find(outside.one.id, "f")) == 1

    await eventually_true(is_known, WAIT_S)
    assert find(outside.two.id, "f") == []
    assert find(outside.one.id, "g") == []
    await uplink_keys.revoke(outside.served.parts.store, outside.one.slug, outside.served.owner.id, server.key.id)
    assert "revoked" in (await server.tab.hear())["error"]
    with pytest.raises(ConnectionError):
        await server.tab.hear()
    await eventually_true(is_nobody(outside), WAIT_S)
    assert find(outside.one.id, "f") == []


async def test_attack_56_a_client_calls_what_is_for_clients(outside: Outside) -> None:
    client = await outside.connect(outside.one, "client")

    for command in ("anvil.private.secrets.get_secret", "anvil.private.store.get", "route:/", "task:x", "script:main"):
        said = await client.call(command, "x")
        assert said["error"]["type"] in (DENIED, "anvil.server.NoServerFunctionError"), command


@pytest.mark.parametrize("who", ["nobody", "client"])
async def test_attack_54_whoever_floods_a_socket_loses_it_and_nobody_else_anything(outside: Outside, who: str) -> None:
    good = await outside.connect(outside.one, "server")
    bad = [await outside.open(key="server_wrong", v=8) for _ in range(3)]
    if who == "client":
        bad = [(await outside.connect(outside.one, "client")).tab for _ in range(3)]
    before = connections()

    # Without reading: what the site says about it is not heard.
    texts, pieces = TextMessage('{"type": "NOTHING"}'), TextMessage("x" * 100_000, message_finished=False)
    floods: tuple[Message[Any], ...] = (texts, pieces, BytesMessage(b"\0" * 100_000))
    for tab, message in zip(bad, floods, strict=True):
        with pytest.raises(ConnectionError):
            await send_without_end(tab, message)

    async def are_gone() -> bool:
        return len(connections()) == 1

    assert len(before) > 1
    await eventually_true(are_gone, WAIT_S)
    assert len(outside.served.parts.uplinks.held) == 1
    assert (await good.call("anvil.private.echo", "x"))["response"] == "x"


async def send_without_end(tab: Tab, message: Message[Any]) -> None:
    async with asyncio.timeout(WAIT_S):
        while True:
            await tab.send(message)


def connections() -> list[Any]:
    """What the site holds of connections: a task of each."""
    return [task for task in asyncio.all_tasks() if "_server_callback" in repr(task.get_coro())]


def is_nobody(outside: Outside) -> Any:
    async def nobody() -> bool:
        return not outside.served.parts.uplinks.held

    return nobody
