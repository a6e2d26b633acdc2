"""Mail that comes in by SMTP and is handled by the real library in real sandboxes (E-12 to E-18)."""

import base64
import contextlib
import json
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import dkim  # type: ignore[import-untyped]  # it has no types
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.services.fake_runner import eventually_true
from tests.services.mail.dns_server import name_server
from tests.services.public.conftest import World

from widget_site.pages import words
from widget_site.services.email.receiving import ANSWERS, Reception
from widget_site.services.email.smtp_server import serving_mail
from widget_site.store import letters, runs
from widget_site.store.values import Letter, Run, Widget

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import anvil.email, anvil.server, json

@anvil.email.handle_message
def take(message):
    people = message.addressees
    seen = {
        'class': type(message).__module__ + '.' + type(message).__name__,
        'envelope': [message.envelope.from_address, message.envelope.recipient],
        'from': [people.from_address.address, people.from_address.name, people.from_address.raw_value],
        'to': [[one.address, one.name, one.raw_value] for one in people.to_addresses],
        'cc': [one.address for one in people.cc_addresses],
        'subject': message.subject, 'text': message.text, 'html': message.html,
        'attachments': [[one.name, one.content_type, one.get_bytes().decode('latin-1')] for one in message.attachments],
        'inline': {cid: one.get_bytes().decode('latin-1') for cid, one in message.inline_attachments.items()},
        'x': [message.get_header('x-tag'), message.get_header('x-none', 'no'), message.list_header('X-Tag')],
        'dkim': [message.dkim.valid_from_sender, message.dkim.domains],
        'caller': anvil.server.context.remote_caller.type, 'trusted': anvil.server.context.remote_caller.is_trusted,
        'client': anvil.server.context.client.type,
    }
    print(json.dumps(seen))
    message.reply(text='Thanks')
"""
REFUSING = """
import anvil.email

@anvil.email.handle_message
def take(message):
    word = message.subject
    if word == 'plain':
        raise anvil.email.DeliveryFailure('Not today')
    if word == 'code':
        raise anvil.email.DeliveryFailure('Full', smtp_code=452)
    if word == 'none':
        raise anvil.email.DeliveryFailure()
    raise KeyError('the secret is ' + word)
"""
STRICT = """
import anvil.email

@anvil.email.handle_message(require_dkim=True)
def take(message):
    print('taken', message.dkim.domains)
"""
SILENT = "import anvil.server\n\n@anvil.server.callable\ndef nothing():\n    pass\n"


class Post:
    """A mail server that hands mail to the site."""

    def __init__(self, world: World, port: int, key: bytes) -> None:
        self.world, self.port, self._key = world, port, key

    async def send(
        self, letter: EmailMessage | bytes, widget: Widget | str, sender: str = "ada@example.com", local: str = "hello"
    ) -> str:
        """Hand a message over; return what was answered, with the code."""
        slug = widget if isinstance(widget, str) else widget.slug
        raw = letter if isinstance(letter, bytes) else letter.as_bytes(policy=letter.policy.clone(linesep="\r\n"))
        try:
            refused, said = await aiosmtplib.send(
                raw,
                sender=sender,
                recipients=[f"{local}@{slug}.localhost"],
                hostname="127.0.0.1",
                port=self.port,
                start_tls=False,
                timeout=60,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return f"{error.recipients[0].code} {error.recipients[0].message}"
        except aiosmtplib.SMTPResponseException as error:
            return f"{error.code} {error.message}"
        assert not refused
        return f"250 {said}"

    def signed(self, letter: EmailMessage, domain: str = "example.com") -> bytes:
        """Return a message with the signature of a domain."""
        raw = letter.as_bytes(policy=letter.policy.clone(linesep="\r\n"))
        both = (b"relaxed", b"relaxed")
        return bytes(dkim.sign(raw, b"k", domain.encode(), self._key, canonicalize=both)) + raw

    async def log(self, widget: Widget) -> list[Letter]:
        page = await letters.listed(self.world.served.parts.store, widget.slug, self.world.served.owner.id)
        return list(page.items)

    async def run(self, widget: Widget) -> tuple[Run, str]:
        """Return the only run of a widget, and what it printed."""
        store, owner = self.world.served.parts.store, self.world.served.owner
        found: list[Run] = []

        async def is_recorded() -> bool:
            found[:] = (await runs.listed(store, widget.slug, owner.id)).items
            return bool(found)

        await eventually_true(is_recorded, 30)
        return found[0], "".join(event.text for event in await runs.events(store, found[0].id))


@contextlib.asynccontextmanager
async def receiving(world: World, dns: str = "") -> AsyncIterator[tuple[Reception, int]]:
    """Receive mail for the widgets of a world inside the block."""
    parts = world.served.parts
    settings = parts.settings.model_copy(update={"mail_dns": dns, "mail_max_mb": 1.0})
    reception = Reception(settings, parts.store, parts.limiter, parts.dispatch.snapshots.get, parts.functions)
    async with serving_mail(settings, reception) as port:
        yield reception, port


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def post(world: World) -> AsyncIterator[Post]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der, public = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    known = base64.b64encode(key.public_key().public_bytes(der, public)).decode()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    async with (
        name_server({"k._domainkey.example.com": f"v=DKIM1; k=rsa; p={known}"}) as dns,
        receiving(world, dns) as (_, port),
    ):
        yield Post(world, port, pem)


def letter(subject: str = "Hi", text: str = "Hello.\n", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ada <ada@example.com>", "someone@example.net", subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


async def test_e_12_e_13_e_14_a_message_runs_the_function_which_sees_all_of_it_and_replies(post: Post) -> None:
    widget = await post.world.served.make(SOURCE)
    sent = letter("Grüße", "Ein Text.\n", Cc="c@b.example", Message_ID="<1@example.com>", References="<0@example.com>")
    sent.replace_header("From", "Ádá <ada@example.com>")
    sent.replace_header("To", f'"Widget, the" <hello@{widget.slug}.localhost>, other@b.example')
    sent["X-Tag"], sent["x-tag"] = "one", "two"
    sent.add_alternative('<img src="cid:plot">', subtype="html")
    list(sent.iter_parts())[-1].add_related(b"PNG", "image", "png", cid="<plot>", filename="p.png")
    sent.add_attachment(b"a,b\x00\xff", "text", "csv", filename="zahlen ü.csv")

    answer = await post.send(post.signed(sent), widget, local="Any.Thing+tag")

    assert answer == "250 2.0.0 OK"
    run, said = await post.run(widget)
    assert (run.trigger, words.trigger(run), run.outcome) == ("email", "Mail", "ok")
    own = f"Any.Thing+tag@{widget.slug}.localhost"
    assert json.loads(said) == {
        "class": "anvil.email.Message",
        "envelope": ["ada@example.com", own],
        "from": ["ada@example.com", "Ádá", "Ádá <ada@example.com>"],
        "to": [
            [f"hello@{widget.slug}.localhost", "Widget, the", f'"Widget, the" <hello@{widget.slug}.localhost>'],
            ["other@b.example", "", "other@b.example"],
        ],
        "cc": ["c@b.example"],
        "subject": "Grüße",
        "text": "Ein Text.\n",
        "html": '<img src="cid:plot">\n',
        "attachments": [["zahlen ü.csv", "text/csv", "a,b\x00\xff"]],
        "inline": {"plot": "PNG"},
        "x": ["one", "no", ["one", "two"]],
        "dkim": [True, ["example.com"]],
        "caller": "email_server",
        "trusted": False,
        "client": "email",
    }
    reply, received = await post.log(widget)
    assert (received.direction, received.state, received.error) == ("in", "handled", "")
    assert (received.sender, received.recipients, received.subject) == ("Ádá <ada@example.com>", (own,), "Grüße")
    assert (reply.direction, reply.recipients, reply.subject) == ("out", ("ada@example.com",), "Grüße")
    assert reply.sender == own
    _, raw = await letters.one(post.world.served.parts.store, widget.slug, post.world.served.owner.id, reply.id)
    assert b"In-Reply-To: <1@example.com>" in raw
    assert b"References: <0@example.com> <1@example.com>" in raw
    assert f"{ANSWERS}: 1".encode() in raw


@pytest.mark.parametrize(
    ("word", "answer", "state"),
    [
        ("plain", "554 5.7.1 Not today", "refused"),
        ("code", "452 4.7.1 Full", "put_off"),
        ("none", "554 5.7.1 Rejected", "refused"),
        ("42", "451 4.3.0 The app could not handle the message.", "put_off"),
    ],
)
async def test_e_15_what_the_code_refuses_is_refused_in_its_words_and_a_fault_puts_off(
    post: Post, word: str, answer: str, state: str
) -> None:
    widget = await post.world.served.make(REFUSING)

    said = await post.send(letter(word), widget)

    assert said == answer
    [logged] = await post.log(widget)
    assert (logged.state, logged.error) == (state, answer)


async def test_e_12_require_dkim_takes_what_the_senders_own_domain_signed(post: Post) -> None:
    widget = await post.world.served.make(STRICT)
    signed = post.signed(letter())

    unsigned = await post.send(letter(), widget)
    forged = await post.send(signed.replace(b"Hello.", b"Hullo."), widget)
    others = await post.send(signed, widget, sender="eve@evil.example")
    right = await post.send(signed, widget)

    refused = "554 5.7.1 No valid DKIM signature for"
    assert [unsigned, forged] == [f"{refused} ada@example.com"] * 2
    assert (others, right) == (f"{refused} eve@evil.example", "250 2.0.0 OK")


async def test_e_16_without_a_function_mail_is_refused_and_the_log_names_what_is_missing(post: Post) -> None:
    widget = await post.world.served.make(SILENT)
    script = await post.world.served.make("print('hi')\n", kind="script")

    answers = [await post.send(letter(), widget), await post.send(letter(), script)]

    assert [answer[:3] for answer in answers] == ["551", "551"]
    [logged] = await post.log(widget)
    assert "@anvil.email.handle_message" in logged.error


@pytest.mark.parametrize("host", ["no-such-widget-name", "a.b", "example.com", "x" * 300, "-"])
async def test_e_18_addresses_of_nobody_are_refused(post: Post, host: str) -> None:
    answer = await post.send(letter(), host)

    shown = f"hello@{host}.localhost"[:200]
    assert answer == f"550 5.1.1 No app registered for address: {shown}"


async def test_the_same_message_again_is_not_handled_twice(post: Post) -> None:
    widget = await post.world.served.make(SOURCE)
    sent = letter()

    answers = [await post.send(sent, widget) for _ in range(2)]
    other = await post.send(letter("Another"), widget)

    assert [*answers, other] == ["250 2.0.0 OK"] * 3
    assert [one.subject for one in await post.log(widget) if one.direction == "in"] == ["Another", "Hi"]


async def test_a_private_widget_gets_mail_only_when_its_owner_said_so(post: Post) -> None:
    widget = await post.world.served.make(SILENT, visibility="private")

    assert (await post.send(letter(), widget))[:9] == "550 5.1.1"


async def test_widgets_that_answer_each_other_come_to_an_end(post: Post) -> None:
    widget = await post.world.served.make(SOURCE)

    answered = await post.send(letter(**{ANSWERS.replace("-", "_"): "5"}), widget)
    over = await post.send(letter(**{ANSWERS.replace("-", "_"): "6"}), widget)
    passed = letter()
    for _ in range(51):
        passed.add_header("Received", "from there")
    round_and_round = await post.send(passed, widget)

    assert answered == "250 2.0.0 OK"
    assert [over, round_and_round] == ["554 5.4.6 The message goes round in a loop."] * 2
