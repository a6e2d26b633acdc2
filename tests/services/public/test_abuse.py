"""Requests that no browser sends (spec/security.md 23, 24, 34, 35, 45, 54, 65)."""

import asyncio
import base64
import socket

import pytest
from tests.services.fake_runner import FakeRunner, eventually, eventually_true, text_reply
from tests.services.http_client import Client, read_answer
from tests.services.site_server import SiteServer, serving

from widget_site.public import body, response
from widget_site.public.limits import Concurrency
from widget_site.settings import SiteSettings
from widget_wire.runs import RunReply, RunRequest


@pytest.mark.parametrize(
    "form", ["{slug}.LOCALHOST", "{upper}.localhost:{port}", "{slug}.localhost.", "{slug}.localhost:1"]
)
async def test_a_host_is_the_same_however_it_is_written(served: SiteServer, fake_runner: FakeRunner, form: str) -> None:
    widget = await served.make("")
    host = form.format(slug=widget.slug, upper=widget.slug.upper(), port=served.port)

    answer = await served.at(widget)("GET", "/", host=host)

    assert (answer.status, fake_runner.seen[0].widget_id) == (200, widget.id)


@pytest.mark.parametrize(
    "host",
    ["other.example", "x.{slug}.localhost", "{slug}.localhost.example", "{slug}localhost", "no-such-thing.localhost"],
)
async def test_any_other_host_is_an_unknown_app(served: SiteServer, fake_runner: FakeRunner, host: str) -> None:
    widget = await served.make("")

    answer = await served.at(widget)("GET", "/", host=host.format(slug=widget.slug))

    assert (answer.status, answer.header("content-type")) == (404, "text/html; charset=utf-8")
    assert fake_runner.seen == []


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {host}, evil.example\r\n\r\n",
        "GET http://evil.localhost/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: {host}\r\nX: a\r\n b\x00c\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : {host}\r\n\r\n",
        "GET /\x7f HTTP/1.1\r\nHost: {host}\r\n\r\n",
    ],
)
async def test_a_malformed_or_ambiguous_request_is_refused(
    served: SiteServer, fake_runner: FakeRunner, head: str
) -> None:
    client = served.at(await served.make(""))

    answer = await client.raw(head.replace("{host}", client.host).encode("latin-1"))

    assert answer.status in (400, 501)
    assert fake_runner.seen == []


async def test_length_and_chunks_together_are_never_two_requests(served: SiteServer, fake_runner: FakeRunner) -> None:
    client = served.at(await served.make(""))
    smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = f"POST / HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: {5 + len(smuggled)}\r\n"

    answer = await client.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}".encode())

    assert answer.status == 400
    assert fake_runner.seen == []


async def test_an_absolute_address_of_the_same_host_is_taken(served: SiteServer, fake_runner: FakeRunner) -> None:
    client = served.at(await served.make(""))

    answer = await client.get(f"http://{client.host}/a/b?c=1")

    assert answer.status == 200
    assert fake_runner.seen[0].route is not None
    assert fake_runner.seen[0].route["path"] == "/a/b"


async def test_http_2_without_tls_is_refused(served: SiteServer) -> None:
    client = served.at(await served.make(""))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    writer.write(f"GET / HTTP/1.1\r\nHost: {client.host}\r\n{upgrade}\r\n".encode())

    answer = await asyncio.wait_for(reader.read(4096), 5)
    writer.close()

    assert not answer.startswith(b"HTTP/1.1 200")
    assert b"hello" not in answer


@pytest.mark.parametrize(
    ("value", "words"),
    [("Basic %%", ""), ("Basic", ""), ("Basic " + base64.b64encode(b"no colon").decode(), "colon")],
)
async def test_malformed_basic_credentials_are_400(
    served: SiteServer, fake_runner: FakeRunner, value: str, words: str
) -> None:
    answer = await served.at(await served.make("")).get("/", authorization=value)

    assert answer.status == 400
    assert answer.text.startswith("Invalid Authorization header for HTTP Basic auth: ")
    assert words in answer.text
    assert fake_runner.seen == []


async def test_user_codes_headers_are_hardened(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def hostile(request: RunRequest) -> list[RunReply]:
        headers = (
            ("content-type", "text/plain"),
            ("x-ok", "1"),
            ("x-evil", "a\r\nset-cookie: widgetry-session=1"),
            ("x evil", "1"),
            ("connection", "upgrade"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5000"),
            ("set-cookie", "mine=1; Domain=localhost; Path=/"),
            ("set-cookie", "widgetry-session=stolen"),
            ("set-cookie", "__Host-widgetry-session=stolen; Secure; Path=/"),
            ("set-cookie", "anvilapp=1"),
        )
        return [RunReply(request.id, "done", headers=headers, body=b"ok")]

    fake_runner.handler = hostile
    answer = await served.at(await served.make("")).get("/")

    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers("set-cookie") == ["mine=1; Path=/"]
    names = {name for name, _ in answer.pairs}
    assert names == {"content-type", "x-ok", "set-cookie", "content-length", "date", "connection"}
    assert answer.header("connection") == "close"


@pytest.mark.parametrize("status", [0, 99, 101, 600, -5])
async def test_a_status_that_is_none_becomes_500(served: SiteServer, fake_runner: FakeRunner, status: int) -> None:
    async def odd(request: RunRequest) -> list[RunReply]:
        return [text_reply(request, status=status)]

    fake_runner.handler = odd

    assert (await served.at(await served.make("")).get("/")).status == 500


async def test_too_many_headers_are_not_sent_on(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def many(request: RunRequest) -> list[RunReply]:
        return [RunReply(request.id, "done", headers=(("x-big", "a" * 1_000_000),))]

    fake_runner.handler = many

    assert (await served.at(await served.make("")).get("/")).status == 500


async def test_h_68_a_body_over_the_limit_is_413(site_settings: SiteSettings, fake_runner: FakeRunner) -> None:
    settings = site_settings.model_copy(update={"body_max_mb": 0.5})
    limit = 512 * 1024
    async with serving(settings) as served:
        client = served.at(await served.make(""))
        exact = await client.post("/", b"x" * limit)
        over = await client.post("/", b"x" * (limit + 1))
        chunks = b"".join(b"10000\r\n" + b"x" * 0x10000 + b"\r\n" for _ in range(9)) + b"0\r\n\r\n"
        head = f"POST / HTTP/1.1\r\nHost: {client.host}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunked = await client.raw(head.encode() + chunks)
        announced = await client.raw(
            f"POST / HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: 99999999999\r\n\r\n".encode(), timeout_s=5
        )

    assert (exact.status, over.status, chunked.status, announced.status) == (200, 413, 413, 413)
    assert over.text == "The request's body is larger than 0.5 MB."
    assert [len(request.body) for request in fake_runner.seen] == [limit]


async def test_a_form_over_its_limit_is_413_and_says_how_to_send_more(
    served: SiteServer, fake_runner: FakeRunner
) -> None:  # H-19
    client = served.at(await served.make(""))
    form, data = "application/x-www-form-urlencoded", b"a=" + b"x" * 1024 * 1024

    over = await client.post("/", data, form)
    fits = await client.post("/", data[: 1024 * 1024], form)
    media = await client.post("/", data, "application/octet-stream")

    assert (over.status, fits.status, media.status) == (413, 200, 200)
    assert over.text.startswith("A form has at most 1 MB. Send more with another Content-Type")
    assert len(fake_runner.seen) == 2


async def test_a_slow_body_is_cut_off_and_its_room_given_back(
    served: SiteServer, fake_runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "GRACE_S", 0.5)
    client = served.at(await served.make(""))
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(f"POST / HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: 1000\r\n\r\nab".encode())

    answer = await asyncio.wait_for(read_answer(reader), 5)
    writer.close()

    assert answer.status == 408
    assert served.application.public.room.free_bytes == 256 * 1024 * 1024
    assert fake_runner.seen == []


async def test_many_slow_uploads_do_not_stop_others(served: SiteServer, fake_runner: FakeRunner) -> None:
    client = served.at(await served.make(""))
    writers = []
    for _ in range(300):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(f"POST / HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: 1000\r\n\r\na".encode())
        writers.append(writer)
    other = await served.make("")

    answer = await asyncio.wait_for(served.at(other).get("/"), 5)
    for writer in writers:
        writer.close()

    assert answer.text == "hello"


async def test_bodies_together_are_bounded(site_settings: SiteSettings, fake_runner: FakeRunner) -> None:
    settings = site_settings.model_copy(update={"bodies_max_mb": 1.0})
    release = asyncio.Event()

    async def wait(request: RunRequest) -> list[RunReply]:
        await release.wait()
        return [text_reply(request)]

    fake_runner.handler = wait
    async with serving(settings) as served:
        client = served.at(await served.make(""))
        held = [asyncio.create_task(client.post("/", b"x" * 400_000)) for _ in range(2)]
        await fake_runner.has_seen(2)
        refused = await client.post("/", b"x" * 400_000)
        release.set()
        answers = await asyncio.gather(*held)
        again = await client.post("/", b"x" * 400_000)

    assert (refused.status, refused.header("retry-after")) == (503, "2")
    assert [answer.status for answer in [*answers, again]] == [200, 200, 200]


async def test_a_caller_that_goes_away_leaves_nothing(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def never(_request: RunRequest) -> list[RunReply]:
        await asyncio.Event().wait()
        return []

    fake_runner.handler = never
    client = served.at(await served.make(""))
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(f"POST / HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: 3\r\n\r\nabc".encode())
    await fake_runner.has_seen(1)
    waiting = served.parts.dispatch.waiting

    writer.close()
    await eventually(lambda: served.parts.dispatch.waiting == 0)

    assert waiting == 1
    assert served.application.public.room.free_bytes == 256 * 1024 * 1024


async def test_h_63_a_burst_over_the_rate_is_429(site_settings: SiteSettings, fake_runner: FakeRunner) -> None:
    settings = site_settings.model_copy(update={"rate_route_per_s": 3.0})
    async with serving(settings) as served:
        client, other = served.at(await served.make("")), served.at(await served.make(""))
        answers = [await client.get("/") for _ in range(12)]
        unharmed = await other.get("/")

    limited = [answer for answer in answers if answer.status == 429]
    assert [answer.status for answer in answers[:6]] == [200] * 6
    assert limited
    assert limited[0].text.startswith("Rate limit exceeded: ")
    assert limited[0].header("retry-after") == "1"
    assert unharmed.status == 200


async def test_a_widget_that_calls_itself_comes_to_an_end(served: SiteServer, fake_runner: FakeRunner) -> None:
    client = served.at(await served.make(""))

    async def call_myself(request: RunRequest) -> list[RunReply]:
        inner = await client.get("/deeper")
        return [text_reply(request, inner.text, inner.status)]

    fake_runner.handler = call_myself
    answer = await client.get("/")
    await eventually(lambda: served.parts.dispatch.waiting == 0)

    assert answer.status == 503
    assert len(fake_runner.seen) == 100


async def test_a_forwarded_address_is_believed_only_from_our_own_proxy(
    site_settings: SiteSettings, fake_runner: FakeRunner
) -> None:
    hops = [("X-Forwarded-For", "192.0.2.66, 203.0.113.9, 198.51.100.7"), ("X-Forwarded-Host", "evil.example")]
    async with serving(site_settings) as served:
        await served.at(await served.make(""))("GET", "/", headers=hops)
    trusting = site_settings.model_copy(update={"trusted_proxies": "127.0.0.0/8,198.51.100.0/24"})
    async with serving(trusting) as served:
        await served.at(await served.make(""))("GET", "/", headers=hops)

    strict, open_ = (request.route or {} for request in fake_runner.seen)
    assert strict["remote_address"] == "127.0.0.1"
    assert not [name for name in strict["headers"] if name.startswith("x-forwarded")]
    assert open_["remote_address"] == "203.0.113.9"


async def test_a_head_that_never_ends_is_given_up(served: SiteServer, fake_runner: FakeRunner) -> None:
    client = served.at(await served.make(""))

    answer = await client.raw(f"GET / HTTP/1.1\r\nHost: {client.host}\r\nX: {'a' * 200_000}".encode())

    assert answer.status in (400, 431)
    assert fake_runner.seen == []


async def test_a_websocket_to_a_widget_is_refused(served: SiteServer) -> None:
    client = served.at(await served.make(""))
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    key = ("Sec-WebSocket-Key", base64.b64encode(b"0123456789abcdef").decode())
    pairs = "".join(f"{name}: {value}\r\n" for name, value in [("Host", client.host), *upgrade, key])

    answer = await client.raw(f"GET /ws HTTP/1.1\r\n{pairs}\r\n".encode())

    assert answer.status == 403


async def test_ordinary_use_goes_on_beside_a_caller_that_reads_nothing(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    async def big(request: RunRequest) -> list[RunReply]:
        return [RunReply(request.id, "done", body=b"x" * 12_000_000)]

    client = served.at(await served.make(""))
    fake_runner.handler = big
    _, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1024)
    writer.write(f"GET / HTTP/1.1\r\nHost: {client.host}\r\n\r\n".encode())
    await fake_runner.has_seen(1)

    whole = await Client(served.port, client.host).get("/")
    writer.close()

    assert len(whole.body) == 12_000_000


@pytest.mark.parametrize("size", [250_000, 100])
async def test_a_caller_that_reads_nothing_of_small_answers_gives_its_place_back(
    served: SiteServer, fake_runner: FakeRunner, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    async def small(request: RunRequest) -> list[RunReply]:
        return [RunReply(request.id, "done", headers=(("x-pad", "p" * 8000),), body=b"x" * size)]

    async def is_stuck() -> bool:
        before = len(fake_runner.seen)
        await asyncio.sleep(0.5)
        return 0 < before == len(fake_runner.seen)

    async def others_are_answered() -> bool:
        return (await client.get("/")).status == 200

    monkeypatch.setattr(response, "SEND_TIMEOUT_S", 2.0)
    monkeypatch.setattr(served.application.public, "_concurrency", Concurrency(1))
    fake_runner.handler = small
    client = served.at(await served.make(""))
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", served.port))
        deaf.setblocking(False)
        asked = f"GET / HTTP/1.1\r\nHost: {client.host}\r\n\r\n".encode() * 1000
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(deaf, asked))
        await eventually_true(is_stuck)
        meanwhile = await client.get("/")
        await eventually_true(others_are_answered)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    assert meanwhile.status == 503
    assert len(fake_runner.seen) < 1000


@pytest.mark.parametrize("path", ["/api/v1/accounts", "/api/v1/tokens"])
async def test_bodies_sent_to_the_site_itself_are_bounded_together(site_settings: SiteSettings, path: str) -> None:
    settings = site_settings.model_copy(update={"bodies_max_mb": 1.0})
    async with serving(settings) as served:
        room = served.application.app.request_class.room  # type: ignore[attr-defined]  # api.uploads.SiteRequest
        held = []
        for _ in range(2):
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            head = f"POST {path} HTTP/1.1\r\nHost: localhost:{served.port}\r\nContent-Length: 500000\r\n"
            writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + b"x" * 450_000)
            held.append(writer)
        await eventually(lambda: room.free_bytes == 1024 * 1024 - 900_000)

        refused = await served.site.post(path, b"x" * 400_000, "application/json")
        for writer in held:
            writer.close()
        await eventually(lambda: room.free_bytes == 1024 * 1024)
        again = await served.site.post(path, b"x" * 400_000, "application/json")

    assert (refused.status, refused.header("retry-after")) == (503, "2")
    assert "Too much is being sent to this site" in refused.text
    assert again.status in (400, 403)
    assert room.free_bytes == 1024 * 1024
