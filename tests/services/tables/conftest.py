"""Callers of the Data Tables service, without a sandbox: what a library sends and gets, on SQLite and on Postgres."""

import dataclasses
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from widget_site.services.media import Addresses, media_services
from widget_site.services.offered import Offered
from widget_site.services.registry import PREFIX, Service, unknown
from widget_site.services.signing import signer_of
from widget_site.services.tables import Transactions, table_services
from widget_site.settings import SiteSettings
from widget_site.store.data import catalog
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.usage import Usage
from widget_site.store.database import Database
from widget_wire import media_chunks
from widget_wire.runs import ServiceCall
from widget_wire.values import Capability, Portable, flatten, inflate

KEYS = [b"k" * 32]
_numbers = itertools.count(1)


class Refused(Exception):
    """What a function refused, as user code gets it."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['type']}: {error['message']}")
        self.kind: str = error["type"]


@dataclass
class Caller:
    """Somebody who calls: server code of a widget, or a client."""

    services: dict[str, Service]
    widget_id: str = "w1"
    caller: str = "server_module"
    session: str = ""
    run_id: str = field(default_factory=lambda: f"run{next(_numbers)}")
    within: tuple[str, ...] = ()

    def called(self) -> "Caller":
        """Return a server function that this one calls, and waits for."""
        return dataclasses.replace(self, run_id=f"run{next(_numbers)}", within=(self.run_id, *self.within))

    async def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function of ``anvil.private.tables``; Refused."""
        return await self.raw(f"tables.{name}", {"args": list(args), "kwargs": kwargs})

    async def raw(self, name: str, message: dict[str, Any]) -> Any:
        """Send a message whose values are Python's, or flat already; Refused."""
        call, media = self._call(name), b""
        signer = signer_of(KEYS, call)
        if "objects" not in message:
            flat = flatten(message, signer)
            media = media_chunks.write({name: one.content for name, one in flat.media.items()})
            message = flat.message
        answer = await self.services[PREFIX + name](dataclasses.replace(call, message=message, media=media))
        said = inflate(dict(answer.message), media_chunks.read(answer.media), signer)
        if "error" in said:
            raise Refused(said["error"])
        return said.get("response")

    def sent(self, *args: Any) -> dict[str, Any]:
        """Return arguments as they travel, for whoever wants to change them."""
        return flatten({"args": list(args), "kwargs": {}}, signer_of(KEYS, self._call(""))).message

    async def table(self, name: str) -> Any:
        """Return the capability of a table."""
        return (await self.call("v2.get_app_tables"))[name][0]

    async def search(self, table: Any, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Return what the first page of a search has, as dicts of the cached values."""
        ids, _, _, data = await self.call("v2.table.search", table, list(args), kwargs)
        return [row_in(data, row_id) for row_id in ids]

    def _call(self, name: str) -> ServiceCall:
        number, command = str(next(_numbers)), PREFIX + name
        who: dict[str, Any] = {"caller": self.caller, "session": self.session, "within": self.within}
        return ServiceCall(number, "runner", self.run_id, self.widget_id, "owner", "", command, **who)


def row_in(data: dict[str, Any], row_id: str) -> dict[str, Any]:
    """Return a whole row of table data by column name, its capability as "cap"."""
    view = next(one for one in data.values() if row_id in one["rows"] and isinstance(one["rows"][row_id], list))
    names = [column["name"] for column, on in zip(view["spec"]["cols"], view["spec"]["cache"], strict=True) if on]
    *values, capability = view["rows"][row_id]
    return {**dict(zip(names, values, strict=True)), "cap": capability}


def order_by(name: str, ascending: bool = True) -> Portable:
    return Portable("anvil.tables.order_by", {"column_name": name, "ascending": ascending})


def q(name: str, **content: Any) -> Portable:
    return Portable(f"anvil.tables.query.{name}", content)


def ref(capability: Capability) -> Portable:
    return Portable("anvil.tables.v2._RowRef", capability)


def make_tables(db: Any, widget_id: str = "w1") -> None:
    people = catalog.add_table(db, widget_id, "people").id
    tags = catalog.add_table(db, widget_id, "tags").id
    catalog.add_column(db, widget_id, tags, "label", "string")
    kinds = {"name": "string", "age": "number", "seen": "datetime", "pic": "media", "data": "simpleObject"}
    for name, kind in kinds.items():
        catalog.add_column(db, widget_id, people, name, kind)
    catalog.add_column(db, widget_id, people, "secret", "string", client_hidden=True)
    catalog.add_column(db, widget_id, people, "tags", "link_multiple", target_id=tags)
    catalog.add_column(db, widget_id, people, "tag", "link_single", target_id=tags)


def with_media(offered: Offered) -> dict[str, Service]:
    """Return a service's functions and those that answer for its lazy media."""
    media = media_services([offered], unknown, Addresses(lambda: KEYS), no_session, lambda call: signer_of(KEYS, call))
    return {**offered.services, **media}


async def no_session(*_: str) -> bool:
    return False


async def always(_: ServiceCall) -> bool:
    return True


@pytest.fixture
async def data(database_url: str, tmp_path: Path) -> AsyncIterator[DataStore]:
    """The tables ``people`` and ``tags`` of the widgets w1 and w2."""
    opened = DataStore.open(SiteSettings(data=tmp_path, database_url=SecretStr(database_url)), Database(database_url))
    await opened.homes.write("w1", make_tables)
    await opened.homes.write("w2", lambda db: make_tables(db, "w2"))
    yield opened
    await opened.close()


@pytest.fixture
async def services(data: DataStore, database_url: str) -> AsyncIterator[dict[str, Service]]:
    """The service's functions; an account may have 2,000 rows and 1 MB."""
    database = Database(database_url)
    usage = Usage(database, data.homes, most_rows=2000, most_bytes=1_000_000)
    async with Transactions(data.homes, always) as transactions:
        offered = table_services(data, transactions, usage, lambda call: signer_of(KEYS, call))
        yield with_media(offered)
    await database.close()


@pytest.fixture
def server(services: dict[str, Service]) -> Caller:
    """Server code of w1."""
    return Caller(services)


@pytest.fixture
def client(services: dict[str, Service]) -> Caller:
    """A client of w1 that shares its signatures with server code, as a client uplink might."""
    return Caller(services, caller="browser", session="s1")
