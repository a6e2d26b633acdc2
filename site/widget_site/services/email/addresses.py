"""Who a letter goes to and comes from, as user code says it (E-02, E-04)."""

import re
from email.utils import formataddr, getaddresses
from typing import Any, NamedTuple

from widget_site.services.native import NativeError

FAILURE = "anvil.email.SendFailure"
#: Without line breaks, quotes, brackets and other things that mean something in a header.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.?", re.ASCII)
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}", re.ASCII)
_SHOWN_CHARS = 200


class Address(NamedTuple):
    """A name ("" for none) and an address."""

    name: str
    address: str

    @property
    def header(self) -> str:
        """How a header says it."""
        return formataddr(self)


def read_addresses(given: Any) -> list[Address]:
    """Return the addresses of a text (with commas between them) or a list of such; SendFailure for anything else."""
    if given is None:
        return []
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise NativeError(FAILURE, f"Not a valid sequence of addresses: {_shown(given)}")
    found = [one for text in texts for one in _of_text(text)]
    return list({one.address.lower(): one for one in found}.values())


def _of_text(text: str) -> list[Address]:
    pairs = getaddresses([text.replace("\r", " ").replace("\n", " ")]) or [("", "")]
    return [Address(_visible(name), _checked(address, text)) for name, address in pairs]


def _checked(address: str, text: str) -> str:
    try:
        local, _, domain = address.rpartition("@")
        plain = f"{local}@{domain.encode('idna').decode()}" if not domain.isascii() else address
    except UnicodeError:
        plain = ""
    if not _PLAIN.fullmatch(plain):
        raise NativeError(FAILURE, f"Invalid email address: {_shown(address or text)}")
    return plain


def sender(given: str | None, name: str | None, domain: str, *, any_domain: bool) -> Address:
    """Return whom a letter comes from: an address of ``domain``, whatever domain was given, unless ``any_domain``."""
    [(given_name, address), *_] = getaddresses([(given or "no-reply").replace("\n", " ")]) or [("", "")]
    local, at, asked = (address or "no-reply").rpartition("@")
    if not at:
        local, asked = asked, domain
    if not _LOCAL.fullmatch(local):
        raise NativeError(FAILURE, f"Invalid email address: {_shown(given)}")
    at_home = asked.lower() == domain.lower() or asked.lower().endswith("." + domain.lower())
    whole = f"{local}@{asked if at_home or any_domain else domain}"
    return Address(_visible(given_name or name or ""), _checked(whole, whole))


def _visible(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:200]


def _shown(value: Any) -> str:
    return (value if isinstance(value, str) else repr(value))[:_SHOWN_CHARS]
