"""Media of server code read as files are read (M-01 to M-06, issue 4 point 9)."""

import json
from typing import Any

from tests.unit.guest.harness import Children, Message, call, start

HEAD = (
    "import anvil, anvil.server, anvil.media, io, json, csv, zipfile, pickle\nfrom anvil.server import route, request\n"
)

READING = (
    HEAD
    + """
media = anvil.BlobMedia("text/csv", b"a,b\\n1,2\\n3,4", name="t.csv")
print(media.read(4), media.tell(), media.readline(), media.read(), media.read())
print(media.seek(0), media.readlines(), media.seek(-1, 2), media.read())
media.seek(0)
print(next(media), list(media), media.mode, media.closed, media.readable(), media.seekable(), media.writable())
with media as file:
    print(file.read(1))
print(media.read(1), media.get_bytes() == b"a,b\\n1,2\\n3,4", media.length, media.name)
print(isinstance(media, io.IOBase))
try:
    media.write(b"x")
except io.UnsupportedOperation as error:
    print(error)
"""
)

LIBRARIES = (
    HEAD
    + """
import tarfile, wave, hashlib, shutil, xml.etree.ElementTree as ET
text = anvil.BlobMedia("text/csv", "n,w\\n1,é\\n".encode())
print(list(csv.DictReader(io.TextIOWrapper(text, encoding="utf-8"))))
print(list(csv.reader(io.TextIOWrapper(text, encoding="utf-8"))))
print(json.load(anvil.BlobMedia("application/json", b'{"a": [1]}')))
print(pickle.load(anvil.BlobMedia("", pickle.dumps({"p": 1}))))
print(ET.parse(anvil.BlobMedia("text/xml", b"<r><c/></r>")).getroot().tag)
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as archive:
    archive.writestr("in.txt", "zipped")
media = anvil.BlobMedia("application/zip", packed.getvalue(), "x.zip")
with zipfile.ZipFile(media) as archive:
    print(archive.namelist(), archive.read("in.txt"))
copied = io.BytesIO()
shutil.copyfileobj(anvil.BlobMedia("", b"copied"), copied)
print(copied.getvalue())
with anvil.media.TempFile(anvil.BlobMedia("", b"in a file")) as path:
    made = anvil.media.from_file(path, "text/plain")
print(made.read(), made.content_type, anvil.media.open(made).read())


class Own(anvil.Media):
    def get_bytes(self):
        return b"mine"


print(Own().read(), Own().read(2))
"""
)


def test_m_01_m_02_a_media_is_read_and_sought_like_a_file(children: Children) -> None:
    ended = children.script(READING)

    assert ended.output("stdout").splitlines() == [
        "b'a,b\\n' 4 b'1,2\\n' b'3,4' b''",
        "0 [b'a,b\\n', b'1,2\\n', b'3,4'] 10 b'4'",
        "b'a,b\\n' [b'1,2\\n', b'3,4'] rb False True True False",
        "b'a'",
        "b'a' True 11 t.csv",
        "True",
        "a Media object can be read, not written: make a new one with anvil.BlobMedia",
    ], ended.output("stderr")


def test_m_05_m_06_m_07_libraries_that_take_a_file_take_a_media(children: Children) -> None:
    ended = children.script(LIBRARIES)

    assert ended.output("stdout").splitlines() == [
        "[{'n': '1', 'w': 'é'}]",
        "[['n', 'w'], ['1', 'é']]",
        "{'a': [1]}",
        "{'p': 1}",
        "r",
        "['in.txt'] b'zipped'",
        "b'copied'",
        "b'in a file' text/plain b'in a file'",
        "b'mine' b'mi'",
    ], ended.output("stderr")


def test_the_body_of_a_request_is_read_like_a_file(children: Children) -> None:
    source = HEAD + "@route('/', methods=['POST'])\ndef f():\n    return [json.load(request.body), request.body.tell()]"

    ended = children.route(source, "/", b'{"n": 1}', method="POST")

    assert ended.http["body"] == [{"n": 1}, 8]


_LAZY = {"type": ["LazyMedia"], "manager": "m", "key": "k", "id": "i", "mime-type": "image/png", "name": "a.png"}


def _with_lazy(message: Message) -> Any:
    described = {"path": ["response"], "type": ["DataMedia"], "id": "x", "mime-type": "image/png", "name": None}
    answers: dict[str, Message] = {
        "row": {"response": None, "objects": [{**_LAZY, "path": ["response"]}]},
        "anvil.private.fetch_lazy_media": {"response": None, "objects": [described]},
    }
    made: list[Message | bytes] = [{"id": message["id"], **answers[message["command"]]}]
    if message["command"] != "row":
        header = {"type": "CHUNK_HEADER", "requestId": message["id"], "mediaId": "x", "chunkIndex": 0}
        made += [{**header, "lastChunk": True}, b"pixels"]
    return made


def test_m_04_lazy_media_are_read_as_files_when_that_is_asked_for(children: Children) -> None:
    source = HEAD + (
        "@route('/')\ndef f():\n    m = anvil.server.call('row')\n    return [m.name, str(m.read(3)), str(m.read())]"
    )

    ended = children.serve([start("api", {"main.py": source}), *call("/")], _with_lazy)

    assert ended.http["body"] == ["a.png", "b'pix'", "b'els'"]


def test_m_04_h_53_a_route_that_returns_lazy_media_answers_its_content(children: Children) -> None:
    source = HEAD + "@route('/')\ndef f():\n    return anvil.server.call('row')"

    ended = children.serve([start("api", {"main.py": source}), *call("/")], _with_lazy)

    answer = next(one for one in ended.messages if one.get("id") == "server-1")
    [described] = answer["objects"]
    assert {name: described[name] for name in ("path", "type", "mime-type", "name")} == {
        "path": ["response", "body"],
        "type": ["DataMedia"],
        "mime-type": "image/png",
        "name": "a.png",
    }, json.dumps(ended.messages)
    assert ended.media == [b"pixels"]
