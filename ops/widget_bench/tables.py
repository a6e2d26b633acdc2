"""``tables``: what Data Tables cost in the site, with 100,000 rows on SQLite, next to the same in plain sqlite3."""

import asyncio
import contextlib
import dataclasses
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, interleave, row
from widget_site.services.registry import PREFIX, Service
from widget_site.services.signing import WidgetSigner, signer_of
from widget_site.services.tables import Transactions, table_services
from widget_site.settings import SiteSettings
from widget_site.store.data import catalog, rows
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.usage import Usage
from widget_site.store.database import Database
from widget_wire import media_chunks
from widget_wire.runs import ServiceCall
from widget_wire.values import Capability, Portable, flatten, inflate

ROWS = 100_000
_MOST_MS = 20.0
_GAP_S = 0.005
_ROUNDS = 100
_WIDGET = "bench"
_COLUMNS = {"name": "string", "age": "number", "seen": "datetime", "ok": "bool", "data": "simpleObject"}
_PLAIN = "id INTEGER PRIMARY KEY, name TEXT, age, seen INTEGER, ok INTEGER, data TEXT"
_KEYS = [b"k" * 32]


def tables(machine: Machine) -> Report:
    """Measure calls of the tables service, from the message that comes to the message that goes."""
    report = Report("tables")
    # On the same disk as data of sites, and not among them: ``ops/up`` takes no folder that holds what is not its own.
    with tempfile.TemporaryDirectory(prefix="tables-", dir=machine.options.data.parent) as made:
        folder = Path(made)
        with asyncio.Runner() as runner, contextlib.closing(_plain(folder)) as plain:
            site = _Site(runner.get_loop(), folder)
            runner.run(site.open())
            report.notes.append(f"{ROWS:,} rows of {len(_COLUMNS)} columns, written in {runner.run(site.fill()):.1f} s")
            _measure(report, site, plain, min(machine.options.rounds, _ROUNDS))
            runner.run(site.close())
    report.notes.append("a call reads a message, asks for rights, writes rows and capabilities; plain is the SQL alone")
    return report


def _measure(report: Report, site: "_Site", plain: sqlite3.Connection, rounds: int) -> None:
    numbers = count()

    def ages() -> int:
        return next(numbers) * 7919 % ROWS

    order, down = _order("name"), _order("seen", ascending=False)
    pairs: list[tuple[str, Callable[[], float], str, Callable[[], Any]]] = [
        (
            "search, ordered, page of 100",
            lambda: site.search([order], {}),
            "plain: ordered",
            lambda: ("name, id", "1", ()),
        ),
        (
            "search, filtered, ordered down",
            lambda: site.search([down], {"age": _q("greater_than", value=ages())}),
            "plain: filtered",
            lambda: ("seen DESC, id", "age > ?", (ages(),)),
        ),
        (
            "search, one row by its name",
            lambda: site.search([], {"name": _name(ages())}),
            "plain: one row",
            lambda: ("id", "name = ?", (_name(ages()),)),
        ),
    ]
    contenders = []
    for name, call, base_name, sql in pairs:
        contenders.append((Contender(name, call), Contender(base_name, _selecting(plain, sql)), _MOST_MS))
    adding = Contender("add_rows of 1,000", lambda: site.add(1000), every=5)
    inserting = Contender("plain: insert 1,000", _inserting(plain), every=5)
    every = [one for pair in contenders for one in pair[:2]] + [adding, inserting]
    interleave(every, rounds, _GAP_S, warm_up=5)
    for contender, base, most in contenders:
        report.add(row(base.series), base.series)
        report.add(row(contender.series, most=most), contender.series)
        _ratio(report, contender, base)
    report.add(row(inserting.series), inserting.series)
    report.add(row(adding.series, inserting.series), adding.series)


def _ratio(report: Report, contender: Contender, base: Contender) -> None:
    made = row(contender.series, base.series)
    report.notes.append(f"{made.name}: {made.ratio:.1f} times {made.ratio_to}")


class _Site:
    """The tables service of a site, by its calls."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path) -> None:
        self._loop = loop
        settings = SiteSettings(data=folder)
        self._database = Database(settings.database_address)
        self._data = DataStore.open(settings, self._database)
        self._stack = contextlib.AsyncExitStack()
        self._services: dict[str, Service] = {}
        self._table: Capability | None = None
        #: What the last call took in the site, without its caller's part.
        self._took_ms = 0.0

    async def open(self) -> None:
        """Make the table."""
        usage = Usage(self._database, self._data.homes, most_rows=0, most_bytes=0)
        transactions = await self._stack.enter_async_context(Transactions(self._data.homes, _is_running))
        self._services = dict(table_services(self._data, transactions, usage, _signer_of).services)

        def make(db: Any) -> None:
            table = catalog.add_table(db, _WIDGET, "people")
            for name, kind in _COLUMNS.items():
                catalog.add_column(db, _WIDGET, table.id, name, kind)

        await self._data.homes.write(_WIDGET, make)
        self._table = (await self._call("v2.get_app_tables"))["people"][0]

    async def fill(self) -> float:
        """Write the rows, 10,000 in a call; return the seconds."""
        began = time.perf_counter()
        for start in range(0, ROWS, 10_000):
            await self._call("v2.table.add_rows", self._table, [_row(start + number) for number in range(10_000)])
        return time.perf_counter() - began

    def search(self, args: list[Any], kwargs: dict[str, Any]) -> float:
        """Search; return the ms."""
        self._loop.run_until_complete(self._call("v2.table.search", self._table, args, kwargs))
        return self._took_ms

    def add(self, number: int) -> float:
        """Add rows, which are gone afterwards; return the ms."""
        added = [_row(ROWS + one) for one in range(number)]
        self._loop.run_until_complete(self._call("v2.table.add_rows", self._table, added))
        took = self._took_ms
        self._loop.run_until_complete(self._data.homes.write(_WIDGET, _forget))
        return took

    async def close(self) -> None:
        """Close it."""
        await self._stack.aclose()
        await self._data.close()
        await self._database.close()

    async def _call(self, name: str, *args: Any) -> Any:
        command = f"{PREFIX}tables.{name}"
        call = ServiceCall("1", "runner", "run", _WIDGET, "owner", "", command, caller="server_module", session="")
        message = flatten({"args": list(args), "kwargs": {}}, _signer_of(call)).message
        began = time.perf_counter()
        answer = await self._services[command](dataclasses.replace(call, message=message))
        self._took_ms = (time.perf_counter() - began) * 1e3
        said = inflate(dict(answer.message), media_chunks.read(answer.media), _signer_of(call))
        if "error" in said:
            raise BenchError(f"{name} answered {said['error']}")
        return said.get("response")


def _forget(db: Any) -> None:
    table = next(iter(catalog.read(db, _WIDGET).tables.values()))
    rows.remove(db, table, [[">", "age", str(ROWS - 1)]])


def _signer_of(call: ServiceCall) -> WidgetSigner:
    return signer_of(_KEYS, call)


async def _is_running(_: ServiceCall) -> bool:
    return True


def _row(number: int) -> dict[str, Any]:
    seen = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number * 7919 % ROWS)
    return {"name": _name(number), "age": number, "seen": seen, "ok": number % 2 == 0, "data": {"n": [number]}}


def _name(number: int) -> str:
    return f"{random.Random(number).randrange(16**8):08x} {number}"  # not a secret


def _order(name: str, *, ascending: bool = True) -> Portable:
    return Portable("anvil.tables.order_by", {"column_name": name, "ascending": ascending})


def _q(name: str, **content: Any) -> Portable:
    return Portable(f"anvil.tables.query.{name}", content)


def _plain(folder: Path) -> sqlite3.Connection:
    """Return the same rows in a file of sqlite3's, indexed and kept alike."""
    db = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"CREATE TABLE t ({_PLAIN})")
    for column in ("name", "age", "seen", "ok"):
        db.execute(f"CREATE INDEX i_{column} ON t ({column}, id)")
    _insert(db, range(ROWS))
    return db


def _insert(db: sqlite3.Connection, numbers: range) -> None:
    made = [
        (one["name"], one["age"], int(one["seen"].timestamp() * 1e6), one["ok"], str(one["data"]))
        for one in map(_row, numbers)
    ]
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT INTO t (name, age, seen, ok, data) VALUES (?, ?, ?, ?, ?)", made)
    db.execute("COMMIT")


def _selecting(db: sqlite3.Connection, sql: Callable[[], tuple[str, str, tuple[Any, ...]]]) -> Callable[[], float]:
    def measure() -> float:
        order, where, values = sql()
        began = time.perf_counter()
        db.execute(f"SELECT * FROM t WHERE {where} ORDER BY {order} LIMIT 100", values).fetchall()  # ours
        return (time.perf_counter() - began) * 1e3

    return measure


def _inserting(db: sqlite3.Connection) -> Callable[[], float]:
    def measure() -> float:
        began = time.perf_counter()
        _insert(db, range(ROWS, ROWS + 1000))
        took = (time.perf_counter() - began) * 1e3
        db.execute("DELETE FROM t WHERE age >= ?", (ROWS,))
        return took

    return measure
