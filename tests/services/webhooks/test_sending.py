"""Deliveries on their way: signed, to checked addresses alone, whatever comes back."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.services.store.people import account, widget
from tests.services.store.test_deliveries import run_ends
from tests.services.webhooks.receiver import Receiver, receiving

from widget_site.errors import FormError
from widget_site.secret_box import SecretBox
from widget_site.settings import SettingsError, SiteSettings
from widget_site.store import secrets, webhooks
from widget_site.store.gate import NoGate
from widget_site.store.store import Store
from widget_site.store.values import Account, Delivery, Widget
from widget_site.webhooks import signature
from widget_site.webhooks.address import ClosedError, Doorman, parse
from widget_site.webhooks.sender import WebhookSender

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class World:
    """A store with a widget, and a worker's sender."""

    settings: SiteSettings
    store: Store
    owner: Account
    widget: Widget
    secret: str

    async def hook(self, url: str) -> str:
        box = SecretBox(self.settings)
        made = await webhooks.add(self.store, self.widget.slug, self.owner.id, url, "all", self.secret, box.encrypt)
        return made.id

    async def deliver(self, url: str, timeout_s: float = 10.0, **more: Any) -> Delivery:
        hook = await self.hook(url)
        await run_ends(self.store, self.widget, "error", error="Boom")
        sender = WebhookSender(self.settings.model_copy(update=more), self.store, timeout_s=timeout_s)
        await sender.start_due()
        await sender.finish()
        return (await webhooks.sent(self.store, self.widget.slug, self.owner.id, hook)).items[0]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def world(sqlite_url: str, redis_url: str, tmp_path: Path, receiver: Receiver) -> AsyncIterator[World]:
    settings = SiteSettings(
        data=tmp_path,
        database_url=SecretStr(sqlite_url),
        redis_url=SecretStr(redis_url),
        webhook_allow=f"127.0.0.1:{receiver.port}",
    )
    store = Store.open(settings, NoGate())
    owner = await account(store)
    yield World(settings, store, owner, await widget(store, owner), signature.new_secret())
    await store.close()


async def test_a_delivery_arrives_signed_with_what_happened(world: World, receiver: Receiver) -> None:
    sent = await world.deliver(f"http://127.0.0.1:{receiver.port}/hook?x=1")

    [got] = receiver.received
    assert (sent.state, sent.status, sent.attempts) == ("done", 204, 1)
    assert got.line == "POST /hook?x=1 HTTP/1.1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body) == sent.payload
    assert sent.payload["data"]["run"]["error"] == "Boom"
    sent_id, sent_at = got.headers["webhook-id"], got.headers["webhook-timestamp"]
    key = base64.b64decode(world.secret.removeprefix("whsec_"))
    expected = hmac.new(key, f"{sent_id}.{sent_at}.".encode() + got.body, hashlib.sha256).digest()
    assert got.headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert sent_id == sent.id
    assert abs(time.time() - int(sent_at)) < 60


async def test_the_check_that_the_documentation_shows_takes_it_and_nothing_else(
    world: World, receiver: Receiver
) -> None:
    page = (ROOT / "site/widget_site/docs/webhooks.md").read_text()
    example = re.findall(r"```python\n(.*?)```", page, re.S)[0]
    names: dict[str, Any] = {}
    exec(example, names)
    await world.deliver(f"http://127.0.0.1:{receiver.port}/")

    [got] = receiver.received
    old = {**got.headers, "webhook-timestamp": str(int(time.time()) - 400)}
    assert names["is_genuine"](world.secret, got.headers, got.body)
    assert not names["is_genuine"](world.secret, got.headers, got.body + b" ")
    assert not names["is_genuine"](signature.new_secret(), got.headers, got.body)
    assert not names["is_genuine"](world.secret, old, got.body)


async def _never(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 Oops\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nbusy", 500, ""),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", 302, "redirects"),
        (b"", None, "not right|closed|without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None, "not right"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", None, "not right"),
        (_never, None, "No answer within 0.3 seconds"),
        (_flood, 500, ""),
    ],
)
async def test_whatever_else_comes_back_is_a_failure_that_is_tried_again(
    world: World, receiver: Receiver, answer: Any, status: int | None, error: str
) -> None:
    receiver.answer = answer

    sent = await world.deliver(f"http://127.0.0.1:{receiver.port}/", timeout_s=0.3 if answer is _never else 10.0)

    assert (sent.state, sent.status, receiver.connections) == ("waiting", status, 1)
    assert re.search(error, sent.error), sent.error
    assert sent.due_at is not None
    assert len(sent.answer) <= 1000


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f000001"],
)
async def test_nothing_is_sent_to_this_machine(world: World, receiver: Receiver, host: str) -> None:
    # Positive control: the same receiver answers where the operator named it (the tests above).
    sent = await world.deliver(f"http://{host}:{receiver.port}/", webhook_allow="10.0.0.0/8")

    assert (sent.state, sent.status, receiver.connections) == ("waiting", None, 0)
    assert "Nothing is sent to" in sent.error


async def test_a_name_is_resolved_once_and_the_checked_address_used(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A name that leads to a public address when it is checked and to this machine when it is used.
    loop = asyncio.get_running_loop()
    asked: list[str] = []

    async def rebinding(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        is_first = host == "rebind.example" and asked.count(host) == 1
        address = "192.0.2.1" if is_first else "127.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    connected: list[str] = []

    async def connect(host: str, port: int, **_more: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    monkeypatch.setattr("widget_site.webhooks.post.asyncio.open_connection", connect)
    sent = await world.deliver("http://rebind.example/", webhook_allow="192.0.2.0/24")

    assert asked.count("rebind.example") == 1
    assert connected == ["192.0.2.1"]
    assert sent.status is None


@pytest.mark.parametrize(
    "url",
    [
        *("http://169.254.169.254/latest", "http://10.0.0.1/", "http://[fd00:ec2::254]/", "http://192.168.1.1:8080/x"),
        *("https://127.0.0.1/", "http://[::1]/", "http://100.64.1.1/", "http://198.51.100.1:25/"),
    ],
)
def test_an_address_that_can_never_work_is_refused_at_once(url: str) -> None:
    with pytest.raises(FormError, match="Nothing is sent to"):
        Doorman(SiteSettings()).check_text(url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "ftp://example.com/", "https://", "https://user:pw@example.com/", "https://x:99999/"),
        *("https://example.com/\r\nHost: x", "https://ex ample.com/", "https://b\u00fccher.example/"),
        "http://x/" + "y" * 2001,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(FormError):
        parse(url)


async def test_the_operator_opens_networks_and_single_places_and_never_metadata() -> None:
    closed = Doorman(SiteSettings())
    opened = Doorman(SiteSettings(webhook_allow="10.0.0.0/8, 127.0.0.1:9000, 169.254.169.254:80, metadata.test:80"))

    assert await opened.addresses(parse("http://10.1.2.3/")) == ["10.1.2.3"]
    assert await opened.addresses(parse("http://127.0.0.1:9000/")) == ["127.0.0.1"]
    for doorman, url in (
        (closed, "http://10.1.2.3/"),
        (opened, "http://127.0.0.1:9001/"),
        (opened, "http://169.254.169.254/"),
        (opened, "http://192.168.0.1/"),
    ):
        with pytest.raises(ClosedError):
            await doorman.addresses(parse(url))
    with pytest.raises(SettingsError):
        Doorman(SiteSettings(webhook_allow="somewhere"))


async def test_a_certificate_must_be_the_hosts(world: World, tmp_path: Path) -> None:
    def certificate(name: str) -> tuple[Path, Path]:
        key, cert = tmp_path / f"{name}.key", tmp_path / f"{name}.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={name}"]
        files = ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(cert)]
        subprocess.run([*made, *files], check=True, capture_output=True)
        return cert, key

    outcomes = {}
    for name in ("localhost", "another.example"):
        cert, key = certificate(name)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        async with receiving(tls) as secure:
            allowed: dict[str, Any] = {"webhook_allow": f"localhost:{secure.port}", "ca_file": cert}
            sent = await world.deliver(f"https://localhost:{secure.port}/", **allowed)
        outcomes[name] = sent.status
        assert ("certificate" in sent.error.lower()) == (name != "localhost")

    assert outcomes == {"localhost": 204, "another.example": None}


async def test_changed_keys_still_sign(world: World, receiver: Receiver) -> None:
    hook = await world.hook(f"http://127.0.0.1:{receiver.port}/")
    box = SecretBox(world.settings)
    box.add_key()
    assert await secrets.encrypt_all_anew(world.store, box.encrypt_anew) == 1
    box.keep_first_key()
    assert all([box.first_key_opens(kept) async for kept in secrets.all_kept(world.store)])
    await webhooks.test(world.store, world.widget.slug, world.owner.id, hook)
    sender = WebhookSender(world.settings, world.store)
    await sender.start_due()
    await sender.finish()

    assert [json.loads(got.body)["type"] for got in receiver.received] == ["test"]
