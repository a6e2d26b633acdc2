"""Bodies that come in chunks, without a length, from raw sockets: to widgets and to the site's own API."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

import pytest
from tests.services.fake_runner import FakeRunner, eventually
from tests.services.http_client import Answer, Client, read_answer
from tests.services.site_server import SiteServer, serving

from widget_site.public import body
from widget_site.settings import SiteSettings

_END = b"0\r\n\r\n"
LIMIT = 512 * 1024
ROOM = 1024 * 1024


def chunks(pieces: Iterable[bytes]) -> bytes:
    """Return the pieces as HTTP/1.1 frames them, without the end."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def head(client: Client, target: str = "/", *more: str) -> bytes:
    lines = [f"POST {target} HTTP/1.1", f"Host: {client.host}", "Transfer-Encoding: chunked", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def api_head(client: Client) -> bytes:
    """A body that the site's own API reads, whoever sends it."""
    return head(client, "/api/v1/tokens", "Content-Type: application/json")


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer_to(port: int, *parts: bytes) -> Answer:
    """Send the parts one after the other on one connection, and read the answer."""
    async with connected(port) as (reader, writer), asyncio.timeout(30):
        for part in parts:
            writer.write(part)
            # The server may have closed: it has answered then.
            with contextlib.suppress(ConnectionError):
                await writer.drain()
        return await read_answer(reader)


@pytest.fixture
async def small(site_settings: SiteSettings) -> AsyncIterator[SiteServer]:
    """A site with small limits."""
    sizes = {"body_max_mb": LIMIT / 1024 / 1024, "api_body_max_mb": LIMIT / 1024 / 1024, "bodies_max_mb": 1.0}
    async with serving(site_settings.model_copy(update=sizes)) as server:
        yield server


def is_free(server: SiteServer) -> bool:
    """Whether every body that was under way has given its room back."""
    return server.application.public.room.free_bytes == ROOM


async def test_a_widget_gets_a_chunked_body_whole_up_to_the_limit(small: SiteServer, fake_runner: FakeRunner) -> None:
    client = small.at(await small.make(""))
    data = bytes(range(256)) * (LIMIT // 256)

    whole = await answer_to(small.port, head(client), chunks([data[:1], data[1:70_000], data[70_000:]]) + _END)
    empty = await answer_to(small.port, head(client) + _END)
    trailed = await answer_to(small.port, head(client), b"3;name=value\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n")

    assert (whole.status, empty.status, trailed.status) == (200, 200, 200)
    assert [request.body for request in fake_runner.seen] == [data, b"", b"abc"]


async def test_one_connection_carries_chunked_requests_after_each_other(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    client = served.at(await served.make(""))
    async with connected(served.port) as (reader, writer), asyncio.timeout(30):
        for word in (b"first", b"second"):
            writer.write(head(client) + chunks([word]) + _END)
            assert (await read_answer(reader)).status == 200

    assert [request.body for request in fake_runner.seen] == [b"first", b"second"]


async def test_a_chunked_body_beyond_the_limit_is_413_and_nothing_runs(
    small: SiteServer, fake_runner: FakeRunner
) -> None:
    client = small.at(await small.make(""))
    piece = chunks([b"x" * 65_536])

    by_one = await answer_to(small.port, head(client), piece * 8, chunks([b"x"]), _END)
    by_far = await answer_to(small.port, head(client), *[piece * 8] * 8, _END)
    at_once = await answer_to(small.port, head(client), chunks([b"x" * (LIMIT + 1)]), _END)

    assert (by_one.status, by_far.status, at_once.status) == (413, 413, 413)
    assert (by_one.text, by_one.header("connection")) == ("The request's body is larger than 0.5 MB.", "close")
    assert fake_runner.seen == []
    await eventually(lambda: is_free(small), 20)


async def test_the_sites_api_takes_a_chunked_body_up_to_its_limit_and_refuses_more(small: SiteServer) -> None:
    begin, end = b'{"username": "olive", "password": "wrong", "name": "', b'"}'
    fits = begin + b"x" * (LIMIT - len(begin + end)) + end

    taken = await answer_to(small.port, api_head(small.site), chunks([fits[:100], fits[100:]]), _END)
    # Nothing comes after what is too much: what a server that closes has not read makes its answer uncertain.
    over = await answer_to(small.port, api_head(small.site) + b"%x\r\n" % (LIMIT + 1) + fits + b" ")

    # Read whole: it is the name that is too long.
    assert (taken.status, over.status) == (400, 413)
    assert "name" in taken.text
    assert "too_large" in over.text


async def test_bodies_under_way_are_bounded_together(small: SiteServer, fake_runner: FakeRunner) -> None:
    client = small.at(await small.make(""))
    async with contextlib.AsyncExitStack() as held:
        for _ in range(2):
            _, writer = await held.enter_async_context(connected(small.port))
            writer.write(head(client) + chunks([b"x" * 400_000]))
        await eventually(lambda: small.application.public.room.free_bytes == ROOM - 800_000, 20)
        refused = await answer_to(small.port, head(client), chunks([b"x" * 400_000]), _END)

    assert (refused.status, refused.header("retry-after")) == (503, "2")
    await eventually(lambda: is_free(small), 20)
    assert fake_runner.seen == []


async def test_crumbs_are_refused_before_they_cost_much(small: SiteServer, fake_runner: FakeRunner) -> None:
    client = small.at(await small.make(""))

    refused = await answer_to(small.port, head(client), chunks([b"x"] * (body.MAX_PIECES + 300)), _END)

    assert (refused.status, refused.text) == (400, "The request's body comes in too many, too small pieces.")
    assert fake_runner.seen == []


@pytest.mark.parametrize("sent", [b"", b"5\r\nab", b"5;" + b"x" * 100, b"3\r\nabc\r\n0\r\nX-Never-Ends: "])
async def test_a_sender_that_stops_in_the_middle_is_ended(
    small: SiteServer, fake_runner: FakeRunner, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(body, "GRACE_S", 0.5)
    client = small.at(await small.make(""))

    answer = await answer_to(small.port, head(client) + sent)

    assert (answer.status, answer.header("connection")) == (408, "close")
    await eventually(lambda: is_free(small), 20)
    assert fake_runner.seen == []


async def test_the_sites_api_ends_a_sender_that_stops_in_the_middle(small: SiteServer) -> None:
    small.application.app.config["BODY_TIMEOUT"] = 0.5

    answer = await answer_to(small.port, api_head(small.site) + b"5\r\nab")

    assert answer.status == 408


@pytest.mark.parametrize(
    "sent",
    [
        b"xyz\r\n",
        b"-1\r\n\r\n",
        b"3\r\nabcdef\r\n",
        b"3;" + b"x" * 200_000,
        b"fffffffffffffffffffffff\r\n",
        b"0\r\nno colon\r\n\r\n",
    ],
)
async def test_malformed_chunks_end_the_connection_and_nothing_runs(
    small: SiteServer, fake_runner: FakeRunner, sent: bytes
) -> None:
    client = small.at(await small.make(""))
    async with connected(small.port) as (reader, writer), asyncio.timeout(30):
        writer.write(head(client) + sent)
        answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 4")
    await eventually(lambda: is_free(small), 20)
    assert fake_runner.seen == []


def connections() -> list[asyncio.Task[object]]:
    """The site's tasks of connections, which is in the test's own loop."""
    return [task for task in asyncio.all_tasks() if "_server_callback" in repr(task.get_coro())]


@pytest.mark.parametrize("target", ["/nowhere", "/api/v1/nowhere"])
async def test_of_a_body_that_nobody_reads_nothing_stays(
    small: SiteServer, fake_runner: FakeRunner, target: str
) -> None:
    client = small.site if "api" in target else small.at("no-such-widget")
    for _ in range(3):
        # What a server that closes has not read makes it uncertain whether its answer arrives.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            assert (await answer_to(small.port, head(client, target), chunks([b"x" * 1000] * 300))).status >= 400

    await eventually(lambda: connections() == [], 20)
    assert is_free(small)
    assert fake_runner.seen == []
