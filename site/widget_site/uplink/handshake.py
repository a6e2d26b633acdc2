"""The first message of an uplink: which key, and whether its library is new enough (spec/anvil-protocol.md 1.1)."""

import json
from dataclasses import dataclass
from typing import Any

from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.accounts.secret import MAX_CHARS, hash_secret, new_secret
from widget_site.errors import SiteError, TooManyError
from widget_site.store import uplink_keys
from widget_site.store.store import Store
from widget_site.store.values import UplinkHolder
from widget_wire.functions import app_info

#: Handshakes of one address in a minute that come to nothing. A client that is refused tries again every 10 s.
REFUSED = Rate("uplink-refused", 30, 60.0)
#: The library's protocol: older ones are refused.
OLDEST = 5
#: Older ones are let in and told to upgrade (K-05).
CURRENT = 7
MAX_HELLO_CHARS = 10_000
_PREFIXES = {"server": "server_", "client": "client_"}


class RefusedError(Exception):
    """The uplink is not let in; its client shows the text."""


@dataclass(frozen=True)
class Hello:
    """What a client says of itself."""

    key: str
    version: int


def new_key(kind: str) -> tuple[str, str]:
    """Return a new key and what is kept of it."""
    key = _PREFIXES.get(kind, "") + new_secret()
    return key, hash_secret(key)


def read_hello(text: str | None) -> Hello:
    """Read the first message; RefusedError when it is none."""
    try:
        said = json.loads(text) if text is not None and len(text) <= MAX_HELLO_CHARS else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("key"), str) or len(said["key"]) > MAX_CHARS:
        raise RefusedError("Incorrect uplink key")
    version = said.get("v")
    return Hello(said["key"], version if isinstance(version, int) and not isinstance(version, bool) else 0)


async def admit(store: Store, limiter: RateLimiter, hello: Hello, address: str) -> UplinkHolder:
    """Return what the key opens; RefusedError for a wrong key, an old library, or an address that tries too often."""
    try:
        # Counted first: many at once must meet the bound, too.
        await limiter.take(REFUSED, address)
    except TooManyError as error:
        raise RefusedError("Too many refused connections from this address. Wait a minute.") from error
    if hello.version < OLDEST:
        raise RefusedError("This version of anvil-uplink is too old. Upgrade it: pip install --upgrade anvil-uplink")
    try:
        holder = await uplink_keys.holder(store, hash_secret(hello.key))
    except SiteError as error:
        raise RefusedError(str(error)) from error
    if holder is None:
        raise RefusedError("Incorrect uplink key")
    await limiter.give_back(REFUSED, address)
    return holder


def welcome(holder: UplinkHolder) -> dict[str, Any]:
    """Return the message that lets an uplink in."""
    priv = "uplink" if holder.kind == uplink_keys.SERVER else "client"
    return {"auth": "OK", "priv": priv, "app-info": app_info(holder.widget_id)}
