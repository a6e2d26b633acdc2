"""Mail for widgets: to whom it goes, whether it is taken, and what the widget's code makes of it (E-12 to E-18).

What comes of it is an SMTP answer. Nothing is taken that was not handled: a sender who hears of no success tries again,
and what was handled already is known by its content then, and not handled twice.
"""

import asyncio
import contextlib
import hashlib
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import quote
from typing import Any
from weakref import WeakValueDictionary

from widget_model.ids import new_id
from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.errors import NotFoundError, OverQuotaError, SiteError, TooManyError
from widget_site.services.email import reading
from widget_site.services.email.reading import Attached, Read, TooOddError
from widget_site.services.email.signatures import SigningKeys, signed_by
from widget_site.settings import SiteSettings
from widget_site.store import letters, mail_routes, quotas
from widget_site.store.letters import HANDLED, PUT_OFF, REFUSED, Received
from widget_site.store.outbox import one_line
from widget_site.store.store import Store
from widget_site.store.values import WidgetSnapshot
from widget_wire import media_chunks
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import Media, flatten

log = logging.getLogger(__name__)

COMMAND = "email:handle_message"
#: Who calls, as ``anvil.server.context.remote_caller.type`` has it.
CALLER = "email_server"
#: How long a widget's code may take for a message (E-17); code of its own is stopped before (CALL_TIMEOUT_S).
HANDLER_S = 45.0
#: Messages that one widget gets in an hour, and from one sender.
OF_WIDGET = Rate("received", 600, 3600.0)
OF_SENDER = Rate("received-from", 60, 3600.0)
#: Messages that are taken apart at once, and that one widget handles at once: slow code holds up its own mail alone.
_READ_AT_ONCE, AT_ONCE_EACH = 4, 4
#: How long a message waits for its turn.
_WAIT_S = 60.0
#: Mail servers that a message may have passed, and answers of widgets to mail that may follow one another.
MAX_HOPS, MAX_ANSWERS = 50, 5
#: Says of a letter that it answers mail, and how many such answers led to it.
ANSWERS = "X-Widgetry-Answers"
#: Bytes of what is handed to code beside its attachments: below what a call may carry.
_MAX_TEXT = 3_000_000
_LOCAL = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,64}")
_WORDS = re.compile(r"[\w -]+")
_CODE = re.compile(r"([45]\d\d): ?(.*)", re.DOTALL)
_TAKEN = "250 2.0.0 OK"

#: Returns the newest state of the widget with a slug.
Find = Callable[[str], Awaitable[WidgetSnapshot | None]]
#: Answers a call of a function of a widget's own code or its uplinks (``functions.Functions``).
Call = Callable[[ServiceCall], Awaitable[ServiceAnswer]]


class NotTakenError(Exception):
    """A message or recipient that is not taken; the text is the SMTP answer, 4xx for now and 5xx for good."""


@dataclass(frozen=True)
class Arrived:
    """A message as a mail server hands it over."""

    #: Who says that they send it; "" for notices of mail servers.
    sender: str
    recipient: str
    raw: bytes


class Reception:
    """Takes mail for the widgets of a site."""

    def __init__(self, settings: SiteSettings, store: Store, limiter: RateLimiter, find: Find, call: Call) -> None:
        self._domain = settings.mail_domain or settings.widget_domain
        self._store = store
        self._limiter = limiter
        self._find = find
        self._call = call
        self._keys = SigningKeys(settings.mail_dns)
        self._hands = asyncio.Semaphore(_READ_AT_ONCE)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def find(self, recipient: str, sender: str) -> WidgetSnapshot:
        """Return the widget that an address belongs to; NotTakenError when it takes no mail, or none of this sender."""
        nobody = NotTakenError(f"550 5.1.1 No app registered for address: {one_line(recipient)[:200]}")
        local, _, host = recipient.rpartition("@")
        slug, dot, domain = host.lower().rstrip(".").partition(".")
        if not dot or domain != self._domain or not _LOCAL.fullmatch(local):
            raise nobody
        try:
            widget = await self._find(slug)
            if widget is None:
                raise nobody
            route, _ = await mail_routes.for_sending(self._store, widget.widget_id)
        except SiteError as error:
            raise NotTakenError(f"451 4.3.0 {error}") from error
        if not route.takes(sender, is_private=widget.visibility == "private"):
            # Who is not on its list is told; else nobody is told that it exists.
            raise NotTakenError("550 5.7.1 Your mail is not taken here.") if route.accepts == "listed" else nobody
        return widget

    async def receive(self, arrived: Arrived) -> str:
        """Have a message handled; return the SMTP answer."""
        try:
            widget = await self.find(arrived.recipient, arrived.sender)
            await self._require_room(widget, arrived.sender)
            async with self._turn(widget.widget_id):
                return await self._handle(widget, arrived)
        except NotTakenError as error:
            return str(error)
        except SiteError as error:
            log.warning("mail for %s is put off: %s", arrived.recipient, error)
            return f"451 4.3.0 {error}"

    async def try_out(self, slug: str, arrived: Arrived) -> str:
        """Have a message of its owner's handled by a widget, as if it were signed; return the SMTP answer."""
        try:
            widget = await self._find(slug)
            if widget is None:
                raise NotFoundError
            return await self._handle(widget, arrived, (arrived.sender.rpartition("@")[2].lower(),))
        except NotTakenError as error:
            return str(error)

    @contextlib.asynccontextmanager
    async def _turn(self, widget_id: str) -> AsyncIterator[None]:
        turns = self._turns.setdefault(widget_id, asyncio.Semaphore(AT_ONCE_EACH))
        try:
            async with asyncio.timeout(_WAIT_S):
                await turns.acquire()
        except TimeoutError as error:
            raise NotTakenError("451 4.3.2 Too many messages for this address at once: try again later.") from error
        try:
            yield
        finally:
            turns.release()

    async def _require_room(self, widget: WidgetSnapshot, sender: str) -> None:
        try:
            await self._limiter.take(OF_SENDER, f"{widget.widget_id} {sender.lower()}")
            await self._limiter.take(OF_WIDGET, widget.widget_id)
            await quotas.require_storage(self._store, widget.owner_id)
        except OverQuotaError as error:
            raise NotTakenError("452 4.2.2 The account of this address has used up its storage.") from error
        except TooManyError as error:
            raise NotTakenError("451 4.7.1 Too much mail for this address: try again later.") from error

    async def _handle(self, widget: WidgetSnapshot, arrived: Arrived, signed: tuple[str, ...] | None = None) -> str:
        # Before anything that its code sends of it.
        came, digest = (new_id(), time.time()), _digest(arrived)
        if await letters.was_handled(self._store, widget.widget_id, digest):
            return _TAKEN
        try:
            async with self._hands:
                read = await asyncio.to_thread(reading.read, arrived.raw)
        except TooOddError as error:
            raise NotTakenError(f"554 5.6.0 The message can't be read: {error}") from error
        answers = _answers(read)
        if len([name for name, _ in read.headers if name.lower() == "received"]) > MAX_HOPS or answers > MAX_ANSWERS:
            state, answer = REFUSED, "554 5.4.6 The message goes round in a loop."
        elif max(len(read.text or ""), len(read.html or "")) > _MAX_TEXT:
            state, answer = REFUSED, f"552 5.3.4 A text has {_MAX_TEXT // 1_000_000} MB at most."
        else:
            if signed is None:
                async with self._hands:
                    signed = await asyncio.to_thread(signed_by, arrived.raw, self._keys)
            call = _call(widget, message_of(arrived, read, signed), answers)
            state, answer = await self._outcome(call)
        said = "" if state == HANDLED else answer
        sender = read.header("From") or arrived.sender or "(nobody)"
        headers = (read.header("Message-ID"), sender, arrived.recipient, read.header("Subject"))
        await self._keep(widget, Received(*came, *headers, arrived.raw, digest, state, said))
        return answer

    async def _outcome(self, call: ServiceCall) -> tuple[str, str]:
        try:
            async with asyncio.timeout(HANDLER_S):
                answer = await self._call(call)
        except TimeoutError:
            return PUT_OFF, f"451 4.3.0 The app took longer than {HANDLER_S:.0f} seconds."
        error = answer.message.get("error")
        return (HANDLED, _TAKEN) if error is None else _refusal(str(error.get("type")), str(error.get("message")))

    async def _keep(self, widget: WidgetSnapshot, letter: Received) -> None:
        try:
            await letters.keep_received(self._store, widget.widget_id, letter)
        except SiteError as error:
            # Its code has run: that it is missing on the page is the smaller evil.
            log.warning("mail of %s is not in its log: %s", widget.slug, error)


def message_of(arrived: Arrived, read: Read, signed: tuple[str, ...]) -> dict[str, Any]:
    """Return a message as ``anvil.email.Message`` takes it (E-13)."""
    to, sender, copied = ([_address(*one) for one in read.people[name]] for name in ("to", "from", "cc"))
    inline = {one.cid: _media(one) for one in read.attached if one.cid}
    return {
        "envelope": {"from": arrived.sender, "recipient": arrived.recipient},
        "dkim": {"valid_from_sender": arrived.sender.rpartition("@")[2].lower() in signed, "domains": list(signed)},
        "addressees": {"to": to, "cc": copied, **({"from": sender} if sender else {})},
        "headers": [list(pair) for pair in read.headers],
        "subject": read.header("Subject") or None,
        "text": read.text,
        "html": read.html,
        "attachments": [_media(one) for one in read.attached if not one.cid],
        "inline_attachments": inline,
    }


def _address(name: str, address: str) -> dict[str, str]:
    shown = name if _WORDS.fullmatch(name) else f'"{quote(name)}"'
    return {"address": address, "name": name, "raw": f"{shown} <{address}>" if name else address}


def _media(one: Attached) -> Media:
    return Media(one.content_type, one.content, one.name)


def _call(widget: WidgetSnapshot, message: dict[str, Any], answers: int) -> ServiceCall:
    flat = flatten({"args": [message], "kwargs": {}}, _Nothing())
    chunks = media_chunks.write({name: media.content for name, media in flat.media.items()})
    return ServiceCall(
        id=new_id(),
        runner="",
        run_id="",
        widget_id=widget.widget_id,
        trigger="",
        origin="",
        command=COMMAND,
        message=flat.message,
        media=chunks,
        caller=CALLER,
        # How many answers led here travels with the call, to what its code sends.
        call_stack=({"type": CALLER, "answers": answers},),
        slug=widget.slug,
        client={"type": "email", "ip": None, "location": None},
    )


class _Nothing:
    """Signs nothing: there is nothing in a message that would be."""

    def sign(self, kind: str, content: Any) -> str:
        """Fail."""
        raise AssertionError(f"a message holds no {kind}")

    def is_valid(self, kind: str, content: Any, signature: str) -> bool:
        """Whether it is."""
        return False


def answers_before(call_stack: tuple[dict[str, Any], ...]) -> int | None:
    """Return how many answers of widgets to mail led to a run; None when no mail did."""
    return next((int(frame.get("answers", 0)) for frame in call_stack if frame.get("type") == CALLER), None)


def _answers(read: Read) -> int:
    said = read.header(ANSWERS).strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0


def _refusal(kind: str, message: str) -> tuple[str, str]:
    """Return what an error of the code, or of its being called, is to the sender."""
    if kind == "anvil.server.NoServerFunctionError":
        return REFUSED, "551 5.1.6 The app takes no mail: it has no function with @anvil.email.handle_message."
    if kind.rpartition(".")[2] == "DeliveryFailure":
        found = _CODE.match(message)
        code, text = found.groups() if found else ("554", message)
        said = one_line(text).encode("ascii", "replace").decode()[:300]
        given = f"{code} {code[0]}.7.1 {said if said not in ('', 'None') else 'Rejected'}"
        return (PUT_OFF if code[0] == "4" else REFUSED), given
    # What went wrong is in the list of runs, for the owner; it is no business of the sender.
    return PUT_OFF, "451 4.3.0 The app could not handle the message."


def _digest(arrived: Arrived) -> str:
    made = hashlib.sha256()
    for text in (arrived.sender, arrived.recipient):
        made.update(text.lower().encode("utf-8", "replace") + b"\0")
    made.update(arrived.raw)
    return made.hexdigest()
