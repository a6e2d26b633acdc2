"""A letter as a message for mail servers, of what user code gave (E-05 to E-08)."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import formatdate
from html import escape
from typing import Any

from widget_site.services.email.addresses import FAILURE, Address, read_addresses
from widget_site.services.native import NativeError
from widget_wire.values import LazyMedia, Media

#: Of a whole message, with everything attached.
MAX_BYTES = 10 * 1024 * 1024
MAX_RECIPIENTS = 50
_TOO_LARGE = f"A message has at most {MAX_BYTES // 2**20} MB with its attachments."
_TEXTS = ("from_address", "from_name", "subject", "text", "html", "in_reply_to", "references")
_MEDIA = ("attachments", "inline_attachments")
_ADDRESSES = ("to", "cc", "bcc")
_BINARY = ("application", "octet-stream")
_MAX_HEADER = 900
NO_MORE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Given:
    """What user code gave, checked."""

    to: list[Address]
    cc: list[Address]
    bcc: list[Address]
    texts: dict[str, str]
    attachments: list[Media]
    #: By Content-ID.
    inline: dict[str, Media]

    @property
    def recipients(self) -> list[str]:
        """Every address, once."""
        return list(dict.fromkeys(one.address for one in (*self.to, *self.cc, *self.bcc)))


def read(kwargs: dict[str, Any]) -> Given:
    """Check what user code gave; SendFailure that names what is wrong."""
    for name in kwargs:
        if name not in (*_TEXTS, *_MEDIA, *_ADDRESSES):
            raise NativeError(FAILURE, f"anvil.email.send() has no keyword argument {name[:100]!r}.")
    given = {name: value for name, value in kwargs.items() if value is not None}
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise NativeError(FAILURE, f"Keyword argument '{name}' must be a string.")
    to, cc, bcc = (read_addresses(given.get(name)) for name in _ADDRESSES)
    if len(to) + len(cc) + len(bcc) > MAX_RECIPIENTS:
        raise NativeError(FAILURE, f"A message goes to {MAX_RECIPIENTS} addresses at most: send several.")
    texts = {name: given[name] for name in _TEXTS if name in given}
    attachments, inline = _attachments(given.get("attachments")), _inline(given.get("inline_attachments"))
    # Base64 makes four bytes of three.
    if sum(len(one.content) for one in (*attachments, *inline.values())) > MAX_BYTES * 3 // 4:
        raise NativeError(FAILURE, _TOO_LARGE)
    return Given(to, cc, bcc, texts, attachments, inline)


def compose(
    given: Given, sender: Address, message_id: str, notice: str = "", more: Mapping[str, str] = NO_MORE
) -> bytes:
    """Return the whole message; ``notice`` stands above its text, ``more`` are headers of ours. SendFailure when it is
    too large.

    With much attached it takes seconds, so it is for a thread.
    """
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender.header
    for name, addresses in (("To", given.to), ("Cc", given.cc)):
        if addresses:
            letter[name] = ", ".join(one.header for one in addresses)
    letter["Subject"] = _line(given.texts.get("subject", ""))
    letter["Date"] = formatdate()
    letter["Message-ID"] = message_id
    letter["Auto-Submitted"] = "auto-generated"
    for header, value in more.items():
        letter[header] = value
    for header, name in (("In-Reply-To", "in_reply_to"), ("References", "references")):
        if value := _line(given.texts.get(name, "")):
            letter[header] = value
    _write_bodies(letter, given, notice)
    for number, media in enumerate(given.attachments, 1):
        _attach(letter, media, f"Attachment {number}")
    try:
        raw = letter.as_bytes()
    except (UnicodeError, ValueError) as error:
        raise NativeError(FAILURE, f"The message can't be written: {error}") from error
    if len(raw) > MAX_BYTES:
        raise NativeError(FAILURE, _TOO_LARGE)
    return raw


def _write_bodies(letter: EmailMessage, given: Given, notice: str) -> None:
    text, html = given.texts.get("text"), given.texts.get("html")
    if html is None or text is not None:
        letter.set_content(_encodable(notice + (text or "")))
    if html is None:
        for cid, media in given.inline.items():
            _attach(letter, media, cid)
        return
    shown = _encodable(f"<p>{escape(notice)}</p>{html}" if notice else html)
    if text is None:
        letter.set_content(shown, subtype="html")
        part: MIMEPart = letter
    else:
        letter.add_alternative(shown, subtype="html")
        part = list(letter.iter_parts())[-1]
    for cid, media in given.inline.items():
        main, sub = _kind(media)
        name = _file_name(media, cid)
        part.add_related(media.content, main, sub, cid=f"<{cid}>", disposition="inline", filename=name)


def _attach(letter: EmailMessage, media: Media, name: str) -> None:
    main, sub = _kind(media)
    letter.add_attachment(media.content, main, sub, filename=_file_name(media, name))


def _kind(media: Media) -> tuple[str, str]:
    main, _, sub = (media.content_type or "").partition(";")[0].strip().lower().partition("/")
    is_kind = main.isascii() and main.isalpha() and sub.isascii() and all(one.isalnum() or one in ".+-" for one in sub)
    # Messages and multiparts have bodies of another form than bytes.
    return (main, sub) if is_kind and sub and main not in ("multipart", "message") else _BINARY


def _file_name(media: Media, other: str) -> str:
    return _line(media.name or other)[:200]


def _attachments(value: Any) -> list[Media]:
    found = value if isinstance(value, list) else [] if value is None else [value]
    if any(isinstance(one, LazyMedia) for one in found):
        raise NativeError(FAILURE, "An attachment is fetched later: pass anvil.BlobMedia with its bytes instead.")
    if not all(isinstance(one, Media) for one in found):
        raise NativeError(FAILURE, "Attachments must be a list of Media objects")
    return found


def _inline(value: Any) -> dict[str, Media]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(one, Media) for one in value.values()):
        raise NativeError(FAILURE, "Inline attachments must be a dictionary of Media objects")
    for cid in value:
        if not cid or len(cid) > 200 or not cid.isascii() or not cid.isprintable() or any(one in "<> " for one in cid):
            raise NativeError(FAILURE, f"{cid[:100]!r} can't be the id of an inline attachment.")
    return value


def _line(text: str) -> str:
    """Return text as a header takes it: no line breaks, of bounded length."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:_MAX_HEADER]


def _encodable(text: str) -> str:
    """Return text that UTF-8 holds: half characters become a question mark."""
    return text.encode("utf-8", "replace").decode()
