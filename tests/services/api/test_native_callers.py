"""Who may call the platform's own functions (``anvil.private.*``): every one of them is asked by everybody.

A client (a browser, a client key) is answered where ``FOR_CLIENTS`` says so, and only what its function then allows.
Code of another widget gets nothing of this one by whatever it names. What each service gives is tested with it.
"""

import contextlib
import dataclasses
import inspect
import itertools
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from tests.services.api.conftest import on_both_databases

from widget_model.users_settings import UsersSettings
from widget_site.parts import SiteParts
from widget_site.services import assembly, signing
from widget_site.services.pins import Pins
from widget_site.services.registry import CORE, PREFIX, Service, unknown
from widget_site.store import accounts, runs, secrets, users_services, widgets
from widget_site.store.data import catalog
from widget_site.store.values import Widget
from widget_wire import media_chunks
from widget_wire.functions import CLIENTS
from widget_wire.runs import ServiceCall
from widget_wire.values import Capability, LazyMedia, LiveObject, Portable, flatten, inflate

#: What clients may call, and why that gives them nothing that is not theirs.
FOR_CLIENTS = {
    "echo": "gives back what it was given",
    "get_app_origin": "the public address",
    "get_api_origin": "the public address",
    "get_dep_client_config": "the name of the widget's package",
    "get_client_config": "what a client has to know of a service",
    "fetch_lazy_media": "media that was given to it, by its signature",
    "get_lazy_media_url": "the same, as an address",
    "tables.v2.*": "by the permissions of the table, or the capability that it was given (T-65 to T-72)",
    "users.*": "a visitor logs in, out and changes what is their own",
    "BackgroundTask.*": "a task that it was given, by its signature; kill refuses (B-11)",
    "google.get_config": "the names of the app files that their owner lets clients read",
    "google.drive.*": "files that the owner lets clients reach, or who signed in has",
    "google.sheets.v4.*": "the same",
    "google.auth.get_user_email": "as whom the visitor signed in",
    "microsoft.auth.get_user_email": "the same",
    "microsoft.auth.get_user_id": "the same",
    "facebook.auth.get_user_email": "the same",
    "facebook.auth.get_user_id": "the same",
    "google_maps.get_config": "the key of maps, which every page with a map sends to Google",
    "stripe.get_config": "the publishable key, which is for browsers",
}
#: Of those that the patterns above name, these refuse clients.
NOT_FOR_CLIENTS = {"users.force_login", "BackgroundTask.kill"}
#: Of the widget that is asked: all that the service allows clients is on.
SETTINGS = UsersSettings(allow_signup=True)
#: Names of functions of providers as the library's modules have them.
CALLED = re.compile(r"""["']anvil\.private\.((?:google|microsoft|facebook|stripe)\.[\w.]+)["']""")
#: Words of ours: by one of these a function says that it is not for clients.
REFUSALS = ("from server code only", "from client code", "from the client")

SECRET, CELL, KEPT, MAIL = "secret-of-one", "cell-of-one", "kept-of-one", "ann-of-one@example.com"
_numbers = itertools.count(1)


@dataclass
class Code:
    """Code of a widget, or a client of it, that calls native functions."""

    site: SiteParts
    services: Mapping[str, Service]
    widget: Widget
    caller: str = "server_module"

    async def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Return what is answered: the response, or the error as a dictionary with ``type`` and ``message``."""
        origin = self.site.settings.widget_origin(self.widget.slug)
        run, command = f"run-of-{self.widget.id}", PREFIX + name
        call = ServiceCall(str(next(_numbers)), "", run, self.widget.id, "route", origin, command, caller=self.caller)
        signer = signing.signer_of(self.site.secret_box.derived_keys(signing.PURPOSE), call)
        flat = flatten({"args": list(args), "kwargs": kwargs}, signer)
        media = media_chunks.write({key: one.content for key, one in flat.media.items()})
        call = dataclasses.replace(call, message=_as_method(name, flat.message), media=media, slug=self.widget.slug)
        said = await self.services.get(call.command, unknown)(call)
        told = inflate(dict(said.message), media_chunks.read(said.media), signer)
        return told.get("error", told.get("response"))

    def signed(self, *values: Any) -> list[Any]:
        """Return values as this widget's code was given them, with its signatures: for somebody else to send."""
        origin = self.site.settings.widget_origin(self.widget.slug)
        call = ServiceCall("", "", "", self.widget.id, "route", origin, "", caller=self.caller)
        signer = signing.signer_of(self.site.secret_box.derived_keys(signing.PURPOSE), call)
        return [flatten({"args": [value], "kwargs": {}}, signer).message for value in values]

    async def send(self, name: str, message: dict[str, Any]) -> Any:
        """Send a message as it is; return all that is answered."""
        origin = self.site.settings.widget_origin(self.widget.slug)
        run, command = f"run-of-{self.widget.id}", PREFIX + name
        call = ServiceCall(str(next(_numbers)), "", run, self.widget.id, "route", origin, command, caller=self.caller)
        call = dataclasses.replace(call, message=_as_method(name, message), slug=self.widget.slug)
        return (await self.services[call.command](call)).message


def _as_method(name: str, message: dict[str, Any]) -> dict[str, Any]:
    """Return a message to a live object's method as the library sends it: the object beside the arguments."""
    backend, _, method = name.rpartition(".")
    live = next((one for one in message.get("objects") or () if one.get("type") == ["LiveObject"]), None)
    if backend != "BackgroundTask" or live is None:
        return message
    return {"args": [], "kwargs": {}, "liveObjectCall": {**live, "method": method}}


@contextlib.asynccontextmanager
async def assembled(site: SiteParts) -> AsyncIterator[Mapping[str, Service]]:
    """All services of a site, as it puts them together."""
    async with contextlib.AsyncExitStack() as stack:
        yield await assembly.all_services(site, stack, Pins(site.dispatch.link.client), unknown)


@pytest.fixture
async def services(app: Quart, site: SiteParts) -> AsyncIterator[Mapping[str, Service]]:
    async with assembled(site) as made:
        yield made


@pytest.fixture
async def one(services: Mapping[str, Service], site: SiteParts) -> Code:
    """Code of a widget that has something of everything."""
    owner = await accounts.create(site.store, "owner-of-one", "one@example.com", "no password")
    widget = await widgets.create(site.store, owner, "api", "One", {"main.py": ""})
    await users_services.choose(site.store, widget.slug, owner.id, on=True, settings=SETTINGS)
    box = site.secret_box
    await secrets.put(site.store, widget.slug, owner.id, "key", SECRET, box.encrypt)
    assert site.store.data is not None

    def make_table(db: Any) -> None:
        table = catalog.add_table(db, widget.id, "people")
        catalog.add_column(db, widget.id, table.id, "name", "string")

    await site.store.data.homes.write(widget.id, make_table)
    code = Code(site, services, widget)
    await code.call("store.set", "kept", KEPT)
    await code.call("users.signup_with_email", MAIL, "correct horse battery")
    return code


async def what_it_has(code: Code) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return names and words of a widget that anybody may have heard, and messages with what its code was given."""
    tables = await code.call("tables.v2.get_app_tables")
    people = tables["people"][0]
    added = await code.call("tables.v2.table.add_row", people, {"name": CELL})
    row = next(one for one in _walk(added) if isinstance(one, Capability))
    run = "01k0000000000000000000task"
    await runs.add(code.site.store, run, widget_id=code.widget.id, trigger="background", revision=1, task="report")
    task = await code.call("background_tasks.get_by_id", run)
    media = await code.call("mk_LazyMedia", "text/plain", "makes")
    assert isinstance(task, LiveObject)
    assert isinstance(media, LazyMedia)
    words = [
        "key",
        "kept",
        MAIL,
        run,
        "people",
        code.widget.id,
        code.widget.slug,
        f"run-of-{code.widget.id}",
        1,
        "local",
    ]
    return words, code.signed(people, row, Portable("anvil.tables.v2._RowRef", row), task, media)


def _walk(value: Any) -> Any:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)
    yield value


def is_for_clients(name: str) -> bool:
    """Whether the table above lets clients call a function."""
    patterns = {pattern.removesuffix("*") for pattern in FOR_CLIENTS if pattern.endswith("*")}
    return name not in NOT_FOR_CLIENTS and (name in FOR_CLIENTS or name.startswith(tuple(patterns)))


@on_both_databases
@pytest.mark.parametrize("caller", sorted(CLIENTS))
async def test_s_74_attack_56_every_native_function_refuses_clients_or_is_known_to_take_them(
    one: Code, caller: str
) -> None:
    client, words = dataclasses.replace(one, caller=caller), ["key", "kept", MAIL]
    taken = set()
    for command in one.services:
        name = command.removeprefix(PREFIX)
        answers = [await client.call(name), *[await client.call(name, word) for word in words]]
        refused = [
            isinstance(said, dict) and any(text in str(said.get("message")) for text in REFUSALS) for said in answers
        ]
        assert SECRET not in str(answers)
        assert KEPT not in str(answers)
        assert all(refused) or not any(refused), (name, answers)
        if not all(refused):
            taken.add(name)

    names = {command.removeprefix(PREFIX) for command in one.services}
    assert taken == {name for name in names if is_for_clients(name)}
    assert {*names} >= {pattern for pattern in FOR_CLIENTS if not pattern.endswith("*")} | NOT_FOR_CLIENTS


async def test_every_function_of_providers_that_the_pinned_library_calls_is_answered(one: Code, rootfs: Path) -> None:
    folder = rootfs / "opt" / "anvil" / "anvil"
    files = [*folder.glob("google/*.py"), *folder.glob("microsoft/*.py"), *folder.glob("facebook/*.py")]
    called = {name for file in (*files, folder / "stripe.py") for name in CALLED.findall(file.read_text())}

    assert len(called) > 20
    assert {PREFIX + name for name in called} - one.services.keys() == set()


@on_both_databases
@pytest.mark.parametrize("caller", ["server_module", "browser"])
async def test_attack_57_code_of_another_widget_gets_nothing_by_whatever_it_names(one: Code, caller: str) -> None:
    stranger = await accounts.create(one.site.store, "stranger", "two@example.com", "no password")
    widget = await widgets.create(one.site.store, stranger, "api", "Two", {"main.py": ""})
    await users_services.choose(one.site.store, widget.slug, stranger.id, on=True, settings=SETTINGS)
    words, messages = await what_it_has(one)
    other = dataclasses.replace(one, widget=widget, caller=caller)
    # What is sent is worth something where it was given.
    table, _, _, task, _ = messages
    assert "response" in await one.send("tables.v2.table.list_columns", table)
    assert (await one.send("BackgroundTask.get_id", task))["response"] in words

    for command in one.services:
        name = command.removeprefix(PREFIX)
        said = [await other.send(name, message) for message in messages]
        if name not in ("echo", "background_tasks.launch"):
            said += [await other.call(name, *given) for word in words for given in ([word], [word, word])]
        for text in (SECRET, CELL, KEPT):
            assert text not in str(said), (name, said)

    assert await one.call("store.get", "kept") == [KEPT]
    assert await one.call("secrets.get_secret", "key") == SECRET
    assert len([1 for value in _walk(await _rows_of(one)) if value == CELL]) == 1
    assert await one.call("users.login_with_email", MAIL, "correct horse battery")


async def _rows_of(code: Code) -> Any:
    tables = await code.call("tables.v2.get_app_tables")
    return await code.call("tables.v2.table.search", tables["people"][0], [], {})


async def test_any_service_can_be_left_out_of_the_site(
    app: Quart, site: SiteParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with assembled(site) as whole:
        every = set(whole)
    slices = {
        name: one.__module__
        for name, one in vars(assembly).items()
        if inspect.isfunction(one)
        and one.__annotations__.get("return") == Mapping[str, Service]
        and one.__module__ != assembly.__name__
    }
    assert len(slices) > 5
    taken_out: set[str] = set()

    for name in slices:
        with monkeypatch.context() as without:
            without.setattr(assembly, name, lambda *_: {})
            async with assembled(site) as rest:
                gone = every - set(rest)
                assert gone
                assert not gone & taken_out
                assert CORE.keys() <= rest.keys()
        taken_out |= gone
