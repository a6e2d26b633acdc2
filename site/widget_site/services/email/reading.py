"""A letter taken apart for who reads it: texts, and what is attached. It may be anybody's, so anything may be in it."""

import base64
import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses
from typing import Any

from widget_site.errors import ConflictError

#: Pictures within a text that are shown with it are at most so large together.
_SHOWN_PICTURES = 5_000_000
_CID = re.compile(r"""(["'(])cid:([^"')\s]{1,200})""")
#: Of a letter: bytes of its head and of one header there, and headers.
MAX_HEAD, MAX_HEADER, MAX_HEADERS = 128 * 1024, 32 * 1024, 500
#: Python's parser asks at each line for the end of every multipart around it.
_MAX_STEPS = 20_000_000
_MAX_PARTS = 100
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")


class _Plain(Compat32):
    """Headers as text: bytes that none may have are read as the UTF-8 that they mostly are; NUL is none."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """Return the value."""
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")


class TooOddError(ConflictError):
    """A letter that can't be taken apart with reasonable effort; the text says why."""


@dataclass(frozen=True)
class Attached:
    """Something attached to a letter."""

    name: str
    content_type: str
    content: bytes
    #: Its Content-ID without brackets; "" for what stands beside the text.
    cid: str = ""


@dataclass(frozen=True)
class Read:
    """A letter as a person sees it."""

    #: Name and value, in order; words that were encoded are decoded.
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attached: tuple[Attached, ...]
    #: Names and addresses in "to", "from" and "cc".
    people: Mapping[str, tuple[tuple[str, str], ...]]

    def header(self, name: str) -> str:
        """Return the first header of this name, or ""."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def html_with_pictures(self) -> str:
        """Return the HTML with the pictures that it names by ``cid:`` within it, so that it needs nothing else."""
        room, pictures = _SHOWN_PICTURES, {}
        for one in self.attached:
            if one.cid and one.content_type.startswith("image/") and len(one.content) <= room:
                room -= len(one.content)
                pictures[one.cid] = f"data:{one.content_type};base64,{base64.b64encode(one.content).decode()}"
        return _CID.sub(lambda found: found[1] + pictures.get(found[2], f"cid:{found[2]}"), self.html or "")


def read(raw: bytes) -> Read:
    """Take a whole message apart; TooOddError for one that nobody writes by accident.

    It takes up to seconds, so it is for a thread.
    """
    _require_sane(raw)
    try:
        letter = message_from_bytes(raw, policy=_Plain())
        parts = list(_leaves(letter))
    except RecursionError as error:
        raise TooOddError("its parts are nested too deeply") from error
    if len(parts) > _MAX_PARTS:
        raise TooOddError(f"it has more than {_MAX_PARTS} parts")
    text = next((part for part in parts if _is_body(part, "text/plain")), None)
    html = next((part for part in parts if _is_body(part, "text/html")), None)
    rest = [part for part in parts if part is not text and part is not html]
    headers = tuple((name, decoded(value)) for name, value in letter.items())
    shown = _content(html)
    attached = tuple(_attached(part, number, shown or "") for number, part in enumerate(rest, 1))
    people = {name: _people(letter.get_all(name, [])) for name in ("to", "from", "cc")}
    return Read(headers, _content(text), shown, attached, people)


def decoded(value: str) -> str:
    """Return a header's value as a person reads it: on one line, encoded words decoded where they can be."""
    text = re.sub(r"\r?\n[ \t]?", " ", value)
    try:
        found = str(make_header(decode_header(text)))
    except (MessageError, LookupError, ValueError):
        found = text
    return re.sub(r"[\r\n\0]+", " ", found).encode("utf-8", "replace").decode().strip()


def _people(values: list[str]) -> tuple[tuple[str, str], ...]:
    try:
        # Before words are decoded: a comma in a name separates nothing.
        pairs = getaddresses([re.sub(r"\r?\n[ \t]?", " ", value) for value in values])
    except (RecursionError, ValueError, IndexError):
        return ()
    return tuple((decoded(name), decoded(address)) for name, address in pairs if address)


def _require_sane(raw: bytes) -> None:
    end = _HEAD_ENDS.search(raw, 0, MAX_HEAD)
    if end is None and len(raw) > MAX_HEAD:
        raise TooOddError(f"its headers have more than {MAX_HEAD // 1024} KB")
    head = re.split(rb"\r?\n(?![ \t])", raw[: len(raw) if end is None else end.start()])
    if len(head) > MAX_HEADERS:
        raise TooOddError(f"it has more than {MAX_HEADERS} headers")
    if max(map(len, head)) > MAX_HEADER:
        raise TooOddError(f"a header has more than {MAX_HEADER // 1024} KB")
    if raw.count(b"\n") * (1 + raw.lower().count(b"multipart/")) > _MAX_STEPS:
        raise TooOddError("it has too many lines and parts")


def _leaves(letter: "Message[Any, Any]") -> "Iterator[Message[Any, Any]]":
    """Yield what is no multipart, in order; a message that is attached is one."""
    waiting = [letter]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting.extend(one for one in reversed(inner) if isinstance(one, Message))
        else:
            yield part


def _is_body(part: "Message[Any, Any]", kind: str) -> bool:
    return part.get_content_type() == kind and not _disposition(part).startswith("attachment")


def _disposition(part: "Message[Any, Any]") -> str:
    return str(part.get("Content-Disposition", "")).strip().lower()


def _content(part: "Message[Any, Any] | None") -> str | None:
    if part is None:
        return None
    text = _bytes(part).decode(_charset(part), "replace")
    return text.replace("\r\n", "\n").replace("\0", "")


def _bytes(part: "Message[Any, Any]") -> bytes:
    inner = part.get_payload()
    if isinstance(inner, list):  # an attached message
        try:
            return b"".join(one.as_bytes() for one in inner if isinstance(one, Message))
        except (RecursionError, UnicodeError, LookupError, ValueError):
            return b""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _charset(part: "Message[Any, Any]") -> str:
    """Return the name of a character set that Python knows as one of texts."""
    try:
        found = codecs.lookup(str(part.get_content_charset() or "utf-8"))
    except (LookupError, ValueError):
        return "utf-8"
    return found.name if getattr(found, "_is_text_encoding", False) else "utf-8"


def _attached(part: "Message[Any, Any]", number: int, html: str) -> Attached:
    try:
        name = decoded(part.get_filename() or "")
    except (LookupError, ValueError, TypeError):
        name = ""
    cid = decoded(part.get("Content-ID", "")).strip("<> ")
    # Some programs give an id to all that is attached: then it is within the text when the text says so.
    is_inline = bool(cid) and (f"cid:{cid}" in html or not _disposition(part).startswith("attachment"))
    return Attached(name or f"Attachment {number}", part.get_content_type(), _bytes(part), cid if is_inline else "")
