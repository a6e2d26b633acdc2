"""Transactions that an uplink has open when it goes: rolled back, their locks free, on SQLite and on Postgres."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.services.fake_runner import eventually_true
from tests.services.site_server import serving
from tests.services.uplink.programs import WAIT_S, Caller, CallError

from widget_site.services.tables import Transactions
from widget_site.settings import SiteSettings
from widget_site.store.data import catalog

TABLES = """
import anvil.tables
from anvil.tables import app_tables

@anvil.server.callable
def add(n):
    return app_tables.things.add_row(n=n)["n"]

@anvil.server.callable
def change(n):
    [row] = app_tables.things.search()
    row["n"] = n

@anvil.server.callable
def seen():
    return [row["n"] for row in app_tables.things.search()]
"""
HOLDS = """
import threading, time, anvil.tables
from anvil.tables import app_tables

def hold():
    with anvil.tables.Transaction():
        [row] = app_tables.things.search()
        row["n"] = 2
        print("HOLDS", [row["n"] for row in app_tables.things.search()], flush=True)
        time.sleep(600)

threading.Timer(0.1, hold).start()
"""


def things(db: Any, widget_id: str) -> None:
    catalog.add_column(db, widget_id, catalog.add_table(db, widget_id, "things").id, "n", "number")


async def test_k_11_t_64_what_an_uplink_had_open_is_rolled_back_when_it_goes(
    database_url: str, redis_url: str, python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing else may end it.
    monkeypatch.setattr(Transactions.__init__, "__kwdefaults__", {"idle_s": 600.0, "life_s": 600.0})
    given = SiteSettings(data=tmp_path, database_url=SecretStr(database_url), redis_url=SecretStr(redis_url))
    async with serving(given) as served:
        widget = await served.make("import anvil.server\n")
        assert served.parts.store.data is not None
        await served.parts.store.data.homes.write(widget.id, lambda db: things(db, widget.id))
        caller = Caller(served, widget)
        async with caller.program(python, TABLES, tmp_path):
            await caller.until_has("seen")
            assert await caller.call("add", 1) == 1

            async with caller.program(python, HOLDS, tmp_path) as holder:
                await holder.until_says(r"HOLDS \[2\]")
                holder.process.kill()

                async def changed() -> bool:
                    with contextlib.suppress(CallError):  # it is still locked
                        return await caller.call("change", 3) is None
                    return False

                await eventually_true(changed, WAIT_S)
                assert await caller.call("seen") == [3]
