"""``widgetry.store`` in real runs: values last, counters count right, and each widget has its own (X-04)."""

import asyncio
import json

import pytest
from tests.services.public.conftest import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import anvil.server
from anvil.server import route
from widgetry import store

@route('/count')
def count():
    return store.add('visits')

@route('/set')
def set():
    store.set('Größe ☃', {'a': [1, 2.5, None, True, 'ü\\ud83d'[:1]]})
    store.set('other', 1)
    return store.names()

@route('/get')
def get():
    return [store.get('Größe ☃'), store.get('nothing'), store.get('nothing', 5)]

@route('/delete')
def delete():
    return [store.delete('other'), store.delete('other'), store.names()]

@route('/wrong')
def wrong():
    said = []
    for what in (
        lambda: store.set('', 1), lambda: store.set('x' * 201, 1), lambda: store.set('a\\x00b', 1),
        lambda: store.set(5, 1), lambda: store.set('x', float('nan')), lambda: store.set('x', 'y' * 600_000),
        lambda: store.add('Größe ☃'), lambda: store.add('x', float('inf')), lambda: store.add('x', 10 ** 400),
        lambda: store.add('x', 'y'),
    ):
        try:
            what()
            said.append('taken')
        except Exception as error:
            said.append(str(error))
    return said

@route('/many')
def many():
    try:
        for number in range(30):
            store.set(f'large {number}', 'x' * 400_000)
    except anvil.server.QuotaExceededError as error:
        return str(error)
"""


async def test_x_04_a_counter_counts_each_of_many_requests_at_once(world: World) -> None:
    widget = world.served.at(await world.served.make(SOURCE))
    other = world.served.at(await world.served.make(SOURCE))

    counted = await asyncio.gather(*(widget.get("/count") for _ in range(8)))

    assert sorted(int(answer.text) for answer in counted) == list(range(1, 9))
    assert (await other.get("/count")).text == "1"


async def test_x_04_values_last_from_run_to_run_until_they_are_deleted(world: World) -> None:
    widget = world.served.at(await world.served.make(SOURCE))

    names = json.loads((await widget.get("/set")).body)
    read = json.loads((await widget.get("/get")).body)
    deleted = json.loads((await widget.get("/delete")).body)

    assert names == ["Größe ☃", "other"]
    assert read == [{"a": [1, 2.5, None, True, "ü"]}, None, 5]
    assert deleted == [True, False, ["Größe ☃"]]


async def test_x_04_what_cannot_be_kept_is_told(world: World) -> None:
    widget = world.served.at(await world.served.make(SOURCE))
    await widget.get("/set")

    wrong = json.loads((await widget.get("/wrong")).body)
    many = (await widget.get("/many")).text

    assert [line.partition(",")[0] for line in wrong[:3]] == ["A name has 1 to 200 characters that can be seen"] * 3
    assert wrong[3] == "Argument 1 of set() can't be int"
    assert "'x' can't be kept" in wrong[4]
    assert "500,000 are kept" in wrong[5]
    assert wrong[6] == "'Größe ☃' is no number"
    assert wrong[7] == wrong[8] == "What is added is a number up to 2**63"
    assert wrong[9] == "Argument 2 of add() can't be str"
    assert many == "The values of a widget have at most 5 MB together."
