"""``anvil.tables`` in real runs: the real library in a real sandbox, tables on SQLite and on Postgres (features §6)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.services.runner.site_double import SiteDouble

from widget_model.ids import new_id
from widget_site.dispatch.redis_link import RedisLink
from widget_site.services import ServiceConsumer
from widget_site.services.media import Addresses, media_services
from widget_site.services.offered import Offered
from widget_site.services.pins import Pins
from widget_site.services.registry import Service, unknown
from widget_site.services.signing import WidgetSigner
from widget_site.services.tables import Transactions, is_running_on, table_services
from widget_site.settings import SiteSettings
from widget_site.store.data import catalog
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.usage import Usage
from widget_site.store.database import Database
from widget_wire import functions
from widget_wire.runs import ServiceAnswer, ServiceCall

WIDGET = "w1"
PEOPLE = {
    "name": "string",
    "age": "number",
    "ok": "bool",
    "born": "date",
    "seen": "datetime",
    "pic": "media",
    "data": "simpleObject",
}


def make_tables(db: Any) -> None:
    people = catalog.add_table(db, WIDGET, "people").id
    tags = catalog.add_table(db, WIDGET, "tags").id
    catalog.add_column(db, WIDGET, tags, "label", "string")
    for name, kind in PEOPLE.items():
        catalog.add_column(db, WIDGET, people, name, kind)
    catalog.add_column(db, WIDGET, people, "friend", "link_single", target_id=people)
    catalog.add_column(db, WIDGET, people, "tags", "link_multiple", target_id=tags)


@pytest.fixture
async def data(database_url: str, tmp_path: Path) -> AsyncIterator[DataStore]:
    """The tables ``people`` and ``tags`` of the widget that runs."""
    opened = DataStore.open(SiteSettings(data=tmp_path, database_url=SecretStr(database_url)), Database(database_url))
    await opened.homes.write(WIDGET, make_tables)
    yield opened
    await opened.close()


@pytest.fixture
async def run_script(
    site: SiteDouble, runner: Any, data: DataStore, database_url: str, redis_url: str
) -> AsyncIterator[Callable[[str], Awaitable[Any]]]:
    """Return what runs a script and gives what it left in ``o``; the site's services answer it."""
    database, link = Database(database_url), RedisLink(redis_url)
    usage = Usage(database, data.homes, most_rows=2000, most_bytes=10_000_000)

    async def run(source: str) -> Any:
        made = await site.run_script(f"{HEADER}{source}\nprint(json.dumps(o))", widget_id=WIDGET, timeout_s=60.0)
        assert made.record.outcome == "ok", made.events
        return json.loads(made.text().splitlines()[-1])

    async def call_function(call: ServiceCall) -> ServiceAnswer:
        asked = functions.function_of(call)
        # Calls within calls wait for replies of their own.
        more = {"widget_id": WIDGET, "function": asked, "site": new_id(), "timeout_s": 60.0}
        one = await site.function(HEADER + FUNCTIONS, call.command, {}, **more)
        one = replace(one, start_before_ms=one.start_before_ms + 50_000)
        return replace(ServiceAnswer.from_envelope((await site.call(one)).body), id=call.id)

    # Two processes of a site: whichever takes a call, a transaction is in one of them.
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            pins = Pins(link.client)
            running = is_running_on(link.client, lambda _: False)
            # Sandboxes that a transaction waits for start slowly on a busy machine.
            transactions = Transactions(data.homes, running, pins, idle_s=60.0, life_s=120.0)
            await stack.enter_async_context(transactions)
            services = with_media(table_services(data, transactions, usage, signer_of))
            await stack.enter_async_context(ServiceConsumer(link, services, call_function, pins=pins))
        yield run
    await link.close()
    await database.close()


def signer_of(call: ServiceCall) -> WidgetSigner:
    return WidgetSigner([b"k" * 32], call.widget_id)


def with_media(offered: Offered) -> dict[str, Service]:
    async def no_session(*_: str) -> bool:
        return False

    media = media_services([offered], unknown, Addresses(lambda: [b"k" * 32]), no_session, signer_of)
    return {**offered.services, **media}


HEADER = """
import anvil, anvil.server, anvil.media, datetime, json
import anvil.tables as tables, anvil.tables.query as q
from anvil.tables import app_tables
o = {}
def error_of(f):
    try:
        return f()
    except Exception as error:
        return type(error).__name__ + ': ' + str(error)
T, G = app_tables.people, app_tables.tags
"""

TOUR = """
red, blue = G.add_row(label="red"), G.add_row(label="blue")
now = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
a = T.add_row(name="Ann", age=30, ok=True, born=datetime.date(1996, 1, 2), seen=now, data={"k": [1, 2]}, tags=[red],
              pic=anvil.BlobMedia("text/plain", b"PIC" * 40000, name="p.txt"))
b = T.add_row(name="Bob", age=20.5, friend=a, tags=[red, blue])
T.add_rows([{"name": "N%03d" % i, "age": i} for i in range(230)])
o["len"] = len(T.search()); o["iter"] = sum(1 for r in T.search())
o["bob"] = dict(name=b["name"], friend=b["friend"]["name"], tags=[x["label"] for x in b["tags"]])
g = T.get(name="Bob")
f = g["friend"]
o["get"] = [g["age"], f["age"], f["seen"].isoformat(), f["born"].isoformat(), f["data"], g == b, f["friend"]]
o["pic"] = [len(f["pic"].get_bytes()), f["pic"].name, f["pic"].content_type]
downwards = tables.order_by("age", ascending=False)
o["gt"] = [r["name"] for r in T.search(downwards, q.page_size(10), age=q.greater_than(225))]
o["any"] = sorted(r["name"] for r in T.search(q.any_of(name=q.any_of("Ann", "Bob"), age=3)))
o["not"] = len(T.search(q.not_(name=q.like("N%"))))
o["like"] = [len(T.search(name=one)) for one in (q.like("n00_"), q.ilike("n00_"), q.like("N00_"))]
o["bylink"] = [r["name"] for r in T.search(friend=a)]; o["bytag"] = [r["name"] for r in T.search(tags=[blue])]
o["bydata"] = [r["name"] for r in T.search(data={"k": [2]})]
o["empty"] = [len(T.search(born=None)), len(T.search(q.any_of())), len(T.search(q.all_of()))]
o["moments"] = [len(T.search(born=q.less_than(now))), len(T.search(seen=q.greater_than(datetime.date(2026, 1, 2)))),
                len(T.search(seen=q.greater_than(datetime.date(2026, 1, 1)))), len(T.search(seen=now))]
o["slice"] = [r["name"] for r in T.search(tables.order_by("name"))[2:5]]
o["idx"] = T.search(tables.order_by("name"))[150]["name"]
a["age"] = 31; a.update(name="Anna", data=None); a.refresh(); o["upd"] = [a["age"], a["name"], a["data"]]
o["byid"] = T.get_by_id(a.get_id())["name"]; o["has"] = [T.has_row(a), red in G, T.get_by_id("[9,9]")]
fo = T.get(q.fetch_only("name", friend=q.fetch_only("name")), name="Bob")
o["fetch_only"] = [fo["name"], fo["friend"]["name"], fo["friend"]["age"]]
v = T.client_readable(q.only_cols("name", "age"), age=q.less_than(2))
o["view"] = [sorted(r["name"] for r in v.search()), [c["name"] for c in v.list_columns()]]
o["nocol"] = error_of(lambda: v.search()[0]["ok"])
o["multi"] = error_of(lambda: T.get(name=q.like("N%")))
with tables.batch_update:
    for r in T.search(age=q.between(1, 4)): r["ok"] = True
o["batch"] = len(T.search(ok=True))
with tables.batch_delete:
    for r in T.search(age=q.between(100, 104)): r.delete()
o["deleted many"] = len(T.search())
@tables.in_transaction
def tx(fail):
    T.add_row(name="TX")
    if fail: raise ValueError
error_of(lambda: tx(True))
o["rolledback"] = T.get(name="TX"); tx(False); o["committed"] = T.get(name="TX")["name"]
b.delete()
o["deleted"] = error_of(lambda: b.refresh())
o["csv"] = T.search(name="Anna").to_csv().get_bytes().decode().splitlines()
o["dict"] = sorted(dict(T.get(name="Anna")).keys())
class Person(T.Row, attrs=True, client_updatable=True):
    @property
    def upper(self): return self["name"].upper()
o["model"] = [T.get(name="Anna").upper, T.get(name="Anna").age]
o["columns"] = T.list_columns()[:2]
o["link gone"] = []
red.delete()
o["link gone"] = [x["label"] for x in T.get(name="Anna")["tags"]]
"""


SAID = {
    "len": 232,
    "iter": 232,
    "bob": {"name": "Bob", "friend": "Ann", "tags": ["red", "blue"]},
    "get": [20.5, 30, "2026-01-02T01:04:05+00:00", "1996-01-02", {"k": [1, 2]}, True, None],
    "pic": [120000, "p.txt", "text/plain"],
    "gt": ["N229", "N228", "N227", "N226"],
    "any": ["Ann", "Bob", "N003"],
    "not": 2,
    "like": [0, 10, 10],
    "bylink": ["Bob"],
    "bytag": ["Bob"],
    "bydata": ["Ann"],
    "empty": [231, 0, 232],
    "moments": [1, 1, 1, 1],
    "slice": ["N000", "N001", "N002"],
    "idx": "N148",
    "upd": [31, "Anna", None],
    "byid": "Anna",
    "has": [True, True, None],
    "fetch_only": ["Bob", "Anna", 31],
    "view": [["N000", "N001"], ["name", "age"]],
    "nocol": "NoSuchColumnError: No such column 'ok' in 'people'",
    "multi": "TableError: More than one row matched this query",
    "batch": 4,
    "deleted many": 228,
    "rolledback": None,
    "committed": "TX",
    "deleted": "RowDeleted: This row has been deleted",
    "dict": ["age", "born", "data", "friend", "name", "ok", "pic", "seen", "tags"],
    "model": ["ANNA", 31],
    "link gone": [],
}


async def test_t_11_t_20_t_23_t_24_t_25_t_27_t_30_t_31_t_36_t_42_t_45_t_48_t_50_t_51_tables_as_on_anvil(
    run_script: Callable[..., Awaitable[Any]],
) -> None:
    o = await run_script(TOUR)

    assert o["columns"] == [{"id": "2", "name": "name", "type": "string"}, {"id": "3", "name": "age", "type": "number"}]
    head = "ID,name,age,ok,born,seen,pic,data,friend,tags"
    assert o["csv"] == [head, "1,Anna,31,True,1996-01-02,2026-01-02 01:04:05+00:00,p.txt,,,[1]"]
    assert {name: o[name] for name in SAID} == SAID


MORE = """
a = T.add_row(name="Ann", age=1); T.add_row(name="Bob", age=2)
o["no iteration"] = error_of(lambda: list(T))
o["names"] = [list(app_tables), error_of(lambda: app_tables.none), app_tables["people"] == T]
a = T.get(name="Ann")
o["dict"] = [dict(a)["age"], a.get("age"), a.get("none", 7), "age" in a, "none" in a,
             ("age", 1) in list(a.items()), "name" in list(a.keys()), 1 in list(a.values())]
o["attribute"] = error_of(lambda: setattr(a, "x", 1))
found = T.search(name="Cid"); before = len(found)
T.add_row(name="Cid"); found.refresh(); o["refreshed"] = [before, len(found)]
same = T.get(name="Ann"); list(same); a["age"] = 5
o["held"] = [same["age"], a["age"]]; same.refresh(); o["held"].append(same["age"])
table_id = a.get_id().strip("[]").split(",")[0]
o["by id"] = tables.get_table_by_id(table_id) == T
class Buffered(T.Row, buffered=True): pass
b = T.get(name="Bob")
b["age"] = 20; b["name"] = "Bobby"
o["buffered"] = [b.buffered_changes, len(T.search(age=20))]
b.reset(); o["buffered"].append(b["age"]); b["age"] = 21; b.save(); o["buffered"].append(len(T.search(age=21)))
draft = T.Row(name="Dan"); o["draft"] = [len(T.search(name="Dan"))]; draft.save()
o["draft"].append(len(T.search(name="Dan")))
o["subclass"] = error_of(lambda: type("X", (T.Row,), {"__init__": lambda self: None}))
"""


KEPT = {
    "no iteration": "TypeError: You can't iterate on a table. Call search() on this table to get an iterator of rows "
    "instead.",
    "names": [["people", "tags"], "AttributeError: 'AppTables' object has no attribute 'none'", True],
    "dict": [1, 1, 7, True, False, True, True, True],
    "refreshed": [0, 1],
    "held": [1, 5, 5],
    "by id": True,
    "buffered": [{"age": 20, "name": "Bobby"}, 0, 2, 1],
    "draft": [0, 1],
    "subclass": "TypeError: It is not possible to customize the method '__init__' for __main__.X",
}


async def test_t_01_t_12_t_28_t_29_t_47_t_49_t_52_t_53_rows_and_searches_are_as_on_anvil(
    run_script: Callable[..., Awaitable[Any]],
) -> None:
    o = await run_script(MORE)

    said = o.pop("attribute")
    assert said.startswith("AttributeError: Rows cannot have local state, trying to set 'x'")
    assert o == KEPT


COUNTING = """
@tables.in_transaction
def count():
    row = T.get(name="counter")
    row["age"] = row["age"] + 1
for _ in range(10):
    count()
"""


async def test_t_60_two_runs_that_count_at_once_count_every_time(run_script: Callable[..., Awaitable[Any]]) -> None:
    await run_script("T.add_row(name='counter', age=0)")

    await asyncio.gather(run_script(COUNTING), run_script(COUNTING))

    assert (await run_script("o['n'] = T.get(name='counter')['age']"))["n"] == 20


FUNCTIONS = """
@anvil.server.callable
def add(name, deeper=False):
    if deeper:
        return anvil.server.call('add', name)
    T.add_row(name=name)
    return sorted(row['name'] for row in T.search())

@anvil.server.callable
@tables.in_transaction
def alone():
    return len(T.search())
"""

CALLING = """
class Mine(Exception): pass
@tables.in_transaction
def tx(fail):
    T.add_row(name='outer')
    o['seen'] = [anvil.server.call('add', 'inner'), anvil.server.call('add', 'deep', True)]
    o['second'] = error_of(lambda: anvil.server.call('alone'))
    o['mine'] = sorted(row['name'] for row in T.search())
    if fail: raise Mine
error_of(lambda: tx(True))
o['rolled back'] = [anvil.server.call('alone'), len(T.search())]
tx(False)
o['kept'] = sorted(row['name'] for row in T.search())
"""


async def test_t_63_server_functions_that_a_transaction_calls_are_in_it(
    run_script: Callable[..., Awaitable[Any]],
) -> None:
    o = await run_script(CALLING)

    every = ["deep", "inner", "outer"]
    assert o == {
        "seen": [["inner", "outer"], every],
        "second": "TableError: You already have a transaction open here",
        "mine": every,
        "rolled back": [0, 0],
        "kept": every,
    }


async def test_a_run_that_is_stopped_in_a_transaction_leaves_nothing_of_it(
    run_script: Callable[..., Awaitable[Any]], site: SiteDouble
) -> None:
    source = (
        "with tables.Transaction():\n T.add_row(name='half')\n print('in it', flush=True)\n import time; time.sleep(60)"
    )
    held = await site.script(HEADER + source, widget_id=WIDGET, timeout_s=60.0)
    await site.submit(held)
    await site.wait_for_event(held.id, "stdout", "in it", timeout_s=30)

    await site.stop(held.id)
    await site.finished(held.id)

    # The next writer waits until it is noticed that the run is over.
    o = await run_script("T.add_row(name='whole'); o['names'] = [r['name'] for r in T.search()]")
    assert o["names"] == ["whole"]
