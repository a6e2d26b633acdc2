"""A letter taken apart for who reads it: texts, and what is attached."""

import base64
import codecs
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import MIMEPart
from email.policy import default

#: Pictures within a text that are shown with it are at most so large together.
_SHOWN_PICTURES = 5_000_000
_CID = re.compile(r"""(["'(])cid:([^"')\s]{1,200})""")


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

    #: Name and value, in order.
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attached: tuple[Attached, ...]

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
    """Take a whole message apart; whatever is in it, something comes back."""
    letter = message_from_bytes(raw, policy=default)
    # Where a long header was folded, its value begins with the fold.
    headers = tuple((name, str(value).strip()) for name, value in letter.items())
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    bodies = [one for one in (text, html) if one is not None]
    leaves = [part for part in letter.walk() if not part.is_multipart() and part not in bodies]
    attached = tuple(_attached(part, number) for number, part in enumerate(leaves, 1))
    return Read(headers, _content(text), _content(html), attached)


def _content(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    data = part.get_payload(decode=True)
    text = (data if isinstance(data, bytes) else b"").decode(_charset(part), "replace")
    return text.replace("\r\n", "\n")


def _charset(part: MIMEPart) -> str:
    """Return the name of a character set that Python knows."""
    try:
        return codecs.lookup(part.get_content_charset() or "utf-8").name
    except LookupError:
        return "utf-8"


def _attached(part: MIMEPart, number: int) -> Attached:
    data = part.get_payload(decode=True)
    name = part.get_filename() or f"Attachment {number}"
    cid = str(part.get("Content-ID", "")).strip().strip("<>")
    return Attached(name, part.get_content_type(), data if isinstance(data, bytes) else b"", cid)
