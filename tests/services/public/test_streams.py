"""Streamed responses over real HTTP: generators, files, large Media and server-sent events (H-67, X-22, X-02)."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator

import pytest
from tests.services.fake_runner import eventually_true
from tests.services.http_client import Client
from tests.services.public.conftest import World

from widget_site.store.values import Widget

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import hashlib, io, os, time
import anvil, anvil.server
from anvil.server import HttpResponse, request, route

@route('/text')
def text():
    yield 'first, '
    yield b'second, '
    yield ''
    yield 'th\\u00efrd from ' + request.path

@route('/rows/:count')
def rows(count):
    return HttpResponse(200, (f'row {n}\\n' for n in range(int(count))), {'Content-Type': 'text/csv'})

@route('/large')
def large():
    for n in range(20):
        yield hashlib.sha256(str(n).encode()).digest() * 32768

@route('/endless')
def endless():
    while True:
        yield b'x' * 65536

@route('/tiny')
def tiny():
    yield 'x'
    while True:
        os.write(3, b'B\\0\\0\\0\\1x' * 4000)
        yield 'x'

@route('/media/:size')
def media(size):
    content = (b'0123456789abcdef' * (int(size) // 16 + 1))[:int(size)]
    return anvil.BlobMedia('video/mp4', content, name='a.mp4')

@route('/file')
def file():
    with open('/tmp/f', 'wb') as f:
        f.write(b'line\\n' * 200_000)
    return open('/tmp/f', 'rb')

@route('/events')
def events():
    def body():
        for n in range(3):
            yield f'data: {n}\\n\\n'
            if n == 1:
                time.sleep(0.5)
    return HttpResponse(200, body(), {'Content-Type': 'text/event-stream'})

@route('/forever/:who')
def forever(who):
    def body():
        n = 0
        while True:
            yield f'data: {n}\\n\\n'
            n += 1
            time.sleep(0.05)
    return HttpResponse(200, body(), {'Content-Type': 'text/event-stream'})

@route('/early')
def early():
    raise_now = 1 // 0
    yield 'never'

@route('/late')
def late():
    yield 'so far'
    raise KeyError('in the middle')

@route('/number')
def number():
    yield 'text'
    yield 3

@route('/head', methods=['GET', 'HEAD'])
def head():
    yield 'some'

@route('/head-media', methods=['GET', 'HEAD'])
def head_media():
    return anvil.BlobMedia('image/png', b'x' * 500_000)

@route('/none/:status')
def none(status):
    return HttpResponse(int(status), iter(['nobody reads this']))

@route('/bad-header')
def bad_header():
    return HttpResponse(200, iter(['x']), {'X-A': 'a\\r\\nset-cookie: evil=1', 'X-B': 'b'})

@route('/length')
def length():
    return HttpResponse(200, iter(['12345']), {'Content-Length': '2', 'Transfer-Encoding': 'identity'})

@route('/length-only')
def length_only():
    return HttpResponse(200, iter(['12345']), {'Content-Length': '2'})

@route('/service')
def service():
    yield anvil.server.get_app_origin()
    print('printed between')
    yield ' ' + anvil.server.get_api_origin()

@route('/empty')
def empty():
    return iter([])

@route('/quick')
def quick():
    return 'quick'
"""


@contextlib.asynccontextmanager
async def opened(client: Client, target: str) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request and read its answer's head; the body is the test's to read."""
    reader, writer = await asyncio.open_connection(client.address, client.port, limit=2**20)
    try:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {client.host}\r\n\r\n".encode())
        yield reader
    finally:
        writer.close()


@pytest.fixture(scope="module")
def made() -> dict[str, Widget]:
    return {}


async def api(world: World, made: dict[str, Widget]) -> Client:
    if "api" not in made:
        made["api"] = await world.served.make(SOURCE)
    return world.served.at(made["api"])


async def test_x_02_what_a_generator_yields_is_the_body(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)

    text = await w.get("/text")
    assert (text.text, text.header("content-type")) == (
        "first, second, thïrd from /text",
        "text/plain; charset=utf-8",
    )
    assert (text.header("transfer-encoding"), text.header("content-length")) == ("chunked", None)
    rows = await w.get("/rows/30000")
    assert rows.text == "".join(f"row {n}\n" for n in range(30000))
    assert rows.header("content-type") == "text/csv"
    empty = await w.get("/empty")
    assert (empty.status, empty.body) == (200, b"")


async def test_x_02_a_body_beyond_the_limit_of_plain_results_arrives_whole(
    world: World, made: dict[str, Widget]
) -> None:
    w = await api(world, made)

    answer = await w.get("/large")

    assert answer.body == b"".join(hashlib.sha256(str(n).encode()).digest() * 32768 for n in range(20))
    assert answer.header("content-type") == "application/octet-stream"


async def test_h_67_large_media_are_streamed_with_their_length(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)
    for size in (0, 1, 262_144, 262_145, 9_000_001):
        answer = await w.get(f"/media/{size}")

        assert len(answer.body) == size
        assert answer.body == (b"0123456789abcdef" * (size // 16 + 1))[:size]
        assert (answer.header("content-length"), answer.header("content-type")) == (str(size), "video/mp4")
        assert answer.header("content-disposition") == 'inline; filename="a.mp4"'
    assert (await w.get("/file")).body == b"line\n" * 200_000


async def test_x_02_events_are_sent_as_they_are_yielded(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)
    async with opened(w, "/events") as reader:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first = await reader.readuntil(b"data: 1\n\n")
        # The code sleeps now: what it yields after that can't be here yet.
        assert b"data: 0\n\n" in first
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readuntil(b"data: 2"), 0.1)
        await reader.readuntil(b"data: 2\n\n")
    assert "content-type: text/event-stream" in head
    assert "cache-control: no-cache" in head
    assert "x-accel-buffering: no" in head


async def test_x_02_a_caller_that_goes_away_ends_the_run(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)
    async with opened(w, "/forever/gone") as reader:
        await reader.readuntil(b"data: 2\n\n")

    run, _ = await world.log("/forever/gone", made["api"])

    assert (run.outcome, run.error) == ("stopped", "The caller closed the connection")
    assert run.request is not None
    assert run.request["status"] == 200


async def test_x_02_the_time_limit_counts_for_a_stream_too(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)

    with pytest.raises(asyncio.IncompleteReadError):
        await w.get("/forever/late")

    run, said = await world.log("/forever/late", made["api"])
    assert run.outcome == "timeout"
    assert "Server code took too long" in said


async def test_x_02_an_error_before_the_first_piece_is_a_plain_500(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)

    answer = await w.get("/early")

    assert (answer.status, answer.text) == (
        500,
        "An exception was raised. Check the application logs for details.",
    )
    assert "ZeroDivisionError" in (await world.log("/early", made["api"]))[1]


@pytest.mark.parametrize(("path", "said"), [("/late", "KeyError"), ("/number", "yields text or bytes, not int")])
async def test_h_67_an_error_in_the_middle_never_looks_like_an_end(
    world: World, made: dict[str, Widget], path: str, said: str
) -> None:
    w = await api(world, made)

    with pytest.raises(asyncio.IncompleteReadError):
        await w.get(path)

    run, log = await world.log(path, made["api"])
    assert run.outcome == "error"
    assert said in log


async def test_x_02_no_body_where_http_has_none(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)

    head, media = await w("HEAD", "/head"), await w("HEAD", "/head-media")
    assert (head.status, head.header("content-length")) == (200, None)
    assert (media.status, media.header("content-length"), media.header("content-type")) == (200, "500000", "image/png")
    for status in (204, 304):
        answer = await w.get(f"/none/{status}")
        assert (answer.status, answer.body, answer.header("transfer-encoding")) == (status, b"", None)


async def test_security_48_headers_of_a_stream_are_checked_like_any(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)

    for path, complaint in (("/bad-header", "x-a"), ("/length", "transfer-encoding")):
        answer = await w.get(path)
        assert (answer.status, answer.headers("set-cookie")) == (500, [])
        assert complaint in (await world.log(path, made["api"]))[1]
    answer = await w.get("/length-only")
    assert (answer.body, answer.header("content-length")) == (b"12345", None)


async def test_x_02_services_and_prints_work_in_between(world: World, made: dict[str, Widget]) -> None:
    w = await api(world, made)

    text = (await w.get("/service")).text

    assert text == f"http://{w.host} http://{w.host}/_/api"
    assert "printed between" in (await world.log("/service", made["api"]))[1]


@pytest.mark.parametrize("path", ["/endless", "/tiny"])
async def test_security_49_who_reads_slowly_holds_bounded_memory_and_nobody_else(
    world: World, made: dict[str, Widget], path: str
) -> None:
    w = await api(world, made)
    replies = world.served.application.parts.dispatch._replies
    async with opened(w, path) as reader:
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(10):
            assert (await w.get("/quick")).text == "quick"
            assert replies._buffered < 4 * 1024 * 1024
    run, _ = await world.log(path, made["api"])
    assert run.outcome in ("stopped", "timeout", "error")
    assert (await w.get("/quick")).text == "quick"

    async def is_free() -> bool:
        return replies._buffered == 0

    await eventually_true(is_free)
