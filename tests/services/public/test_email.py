"""``anvil.email`` of the real library in real sandboxes: mail leaves user code as it means it, and is in the log."""

import json

import pytest
from tests.services.public.conftest import World

from widget_site.services.email import reading
from widget_site.store import letters

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import anvil, anvil.email
from anvil.server import route

@route('/everything')
def everything():
    report = anvil.email.send(
        to='Ada <ada@example.com>, bob@example.com', cc=['c@example.com'], bcc='d@example.com',
        from_address='reports', from_name='The reports', subject='Zahlen für heute',
        text='There are 42.', html='<img src="cid:plot">',
        attachments=[anvil.BlobMedia('text/csv', b'a,b', name='n.csv'), anvil.BlobMedia('x/y', b'z')],
        inline_attachments={'plot': anvil.BlobMedia('image/png', b'PNG')},
        in_reply_to='<1@example.com>', references='<0@example.com>',
    )
    return {'type': type(report).__name__, 'id': report.message_id}

@route('/wrong')
def wrong():
    said = []
    for given in ({'to': 5}, {'to': 'nobody'}, {'subject': 3}, {'attachments': 'x'}):
        try:
            anvil.email.send(**{'to': 'a@b.example', **given})
        except anvil.email.SendFailure as error:
            said.append(str(error))
    return said

@route('/large')
def large():
    try:
        anvil.email.send(to='a@b.example', attachments=anvil.BlobMedia('x/y', bytes(11_000_000)))
    except anvil.email.SendFailure as error:
        return str(error)
"""


async def test_e_01_e_02_e_04_e_05_e_06_e_07_a_route_sends_everything_that_there_is(world: World) -> None:
    widget = await world.served.make(SOURCE)

    answer = await world.served.at(widget).get("/everything")

    said = json.loads(answer.body)
    parts = world.served.parts
    page = await letters.listed(parts.store, widget.slug, world.served.owner.id)
    [letter] = page.items
    assert said == {"type": "SendReport", "id": letter.message_id}
    assert letter.sender == f"The reports <reports@{widget.slug}.localhost>"
    assert letter.recipients == ("ada@example.com", "bob@example.com", "c@example.com", "d@example.com")
    _, raw = await letters.one(parts.store, widget.slug, world.served.owner.id, letter.id)
    read = reading.read(raw)
    assert read.header("To") == "Ada <ada@example.com>, bob@example.com"
    assert (read.header("Subject"), read.header("In-Reply-To")) == ("Zahlen für heute", "<1@example.com>")
    assert (read.text, read.html) == ("There are 42.\n", '<img src="cid:plot">\n')
    assert [(one.name, one.content, one.cid) for one in read.attached] == [
        ("plot", b"PNG", "plot"),
        ("n.csv", b"a,b", ""),
        ("Attachment 2", b"z", ""),
    ]


async def test_e_02_e_06_e_08_what_is_wrong_is_raised_where_it_was_sent(world: World) -> None:
    widget = await world.served.make(SOURCE)

    wrong = json.loads((await world.served.at(widget).get("/wrong")).body)
    large = (await world.served.at(widget).get("/large")).text

    assert wrong == [
        "Not a valid sequence of addresses: 5",
        "Invalid email address: nobody",
        "Keyword argument 'subject' must be a string.",
        "Attachments must be a list of Media objects",
    ]
    assert large == "A message has at most 10 MB with its attachments."
