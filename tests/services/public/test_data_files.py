"""``anvil.files`` in real runs, with the library's own module; and keys that the site made (M-16, D-25)."""

import json

import pytest
from tests.services.public.conftest import World

from widget_site.store import secrets
from widget_site.store.data.data_files import DataFiles

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import csv, json
import anvil.secrets
from anvil.server import route
from anvil.files import data_files

@route('/read')
def read():
    with open(data_files['in/people.csv']) as file:
        rows = list(csv.reader(file))
    with data_files.open('in/people.csv', 'rb') as file:
        return [rows, len(file.read())]

@route('/write')
def write():
    with data_files.open('in/people.csv', 'a') as file:
        file.write('Bob,40\\\\n')
    with data_files.editing('settings.json') as path:
        settings = json.load(open(path))
        settings['seen'] += 1
        with open(path, 'w') as file:
            json.dump(settings, file)
    return settings

@route('/missing')
def missing():
    try:
        return data_files['nothing.txt']
    except Exception as error:
        return str(error)

@route('/encrypt')
def encrypt():
    kept = anvil.secrets.encrypt_with_key('key', 'Jane')
    return [kept != anvil.secrets.encrypt_with_key('key', 'Jane'), anvil.secrets.decrypt_with_key('key', kept)]
""".replace("\\\\n", "\\n")


async def test_m_16_code_reads_and_changes_data_files(world: World) -> None:
    served = world.served
    widget = await served.make(SOURCE)
    w = served.at(widget)
    files = await DataFiles.of(served.parts.store, widget.slug, served.owner.id)
    await files.put("in/people.csv", b"name,age\nAnn,30\n", "text/csv")
    await files.put("settings.json", b'{"seen": 1}', "application/json")

    read = await w.get("/read")
    written = await w.get("/write")
    again = await w.get("/read")
    missing = await w.get("/missing")

    assert json.loads(read.body) == [[["name", "age"], ["Ann", "30"]], 16], read.body
    assert json.loads(written.body) == {"seen": 2}
    assert json.loads(again.body)[0][2] == ["Bob", "40"]
    assert b"File not found: nothing.txt" in missing.body
    assert (await files.get("settings.json"))[1] == b'{"seen": 2}'
    assert [file.path for file in await files.listed()] == ["in/people.csv", "settings.json"]


async def test_d_25_code_encrypts_with_a_key_that_nobody_knows(world: World) -> None:
    served = world.served
    widget = await served.make(SOURCE.replace("from anvil.files", "# from anvil.files"))

    await secrets.make_key(served.parts.store, widget.slug, served.owner.id, "key", served.parts.secret_box.encrypt)

    assert json.loads((await served.at(widget).get("/encrypt")).body) == [True, "Jane"]
