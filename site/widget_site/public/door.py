"""The door of an API: keys and limits that its owner has set (X-24), known from memory, asked before any code runs."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from widget_site.accounts.rates import Rate, RateLimiter, caller
from widget_site.accounts.secret import hash_secret, new_secret
from widget_site.errors import TooManyError
from widget_site.public.hosts import Headers
from widget_site.store.values import WidgetSnapshot

KEY_HEADER = "x-api-key"
#: What user code is told: the name of the key that a request came with.
NAME_HEADER = "x-widgetry-key"
KEY_PREFIX = "wk_"
_MAX_KEY_CHARS = 200
#: Wrong keys of one caller in a minute, of all APIs together.
WRONG_KEYS = Rate("wrong-keys", 30, 60.0)
#: A key that is unknown here may be new: the widget is loaded again, but so often at most.
_LOOK_AGAIN_S = 0.5
_MAX_LOOKS = 10_000
_CHALLENGE = (b"www-authenticate", b'Bearer realm="api"')


def new_key() -> tuple[str, str]:
    """Return a new key and what is kept of it."""
    key = KEY_PREFIX + new_secret()
    return key, hash_secret(key)


class NotAdmittedError(Exception):
    """A request that is answered at the door."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(text)
        self.status = status
        # Pages of other sites may read why; without this they are told of no answer at all.
        self.headers = (*headers, (b"access-control-allow-origin", b"*"))


@dataclass(frozen=True)
class Caller:
    """Who stands at the door."""

    address: str
    #: sha256 of the key that was sent, and the header that it was sent in; "" for none.
    key_hash: str
    key_header: str
    #: The browser's question whether it may call, which comes without a key.
    is_preflight: bool

    @classmethod
    def of(cls, method: str, headers: Headers, address: str) -> "Caller":
        """Read a request's headers."""
        sent = {name: value for name, value in headers if name in _READ}
        key, header = sent.get(KEY_HEADER.encode(), b"").strip(), KEY_HEADER
        if not key:
            scheme, _, rest = sent.get(b"authorization", b"").partition(b" ")
            if scheme.lower() == b"bearer" and rest.strip().startswith(KEY_PREFIX.encode()):
                key, header = rest.strip(), "authorization"
        is_key = 0 < len(key) <= _MAX_KEY_CHARS
        asks = method == "OPTIONS" and b"origin" in sent and b"access-control-request-method" in sent
        return cls(address, hashlib.sha256(key).hexdigest() if is_key else "", header if is_key else "", asks)


_READ = frozenset([KEY_HEADER.encode(), b"authorization", b"origin", b"access-control-request-method"])


class Door:
    """Lets callers in, or not."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        #: Widget id to when it was last loaded again for an unknown key.
        self._looked: OrderedDict[str, float] = OrderedDict()

    async def admit(
        self, widget: WidgetSnapshot, who: Caller, look_again: Callable[[], Awaitable[WidgetSnapshot | None]]
    ) -> str | None:
        """Return the name of the caller's key, None without one; NotAdmittedError for who may not come in."""
        if who.key_hash and who.key_hash not in widget.access.names and self._may_look(widget):
            widget = await look_again() or widget
        if widget.access.keys_needed and who.key_hash not in widget.access.names and not who.is_preflight:
            if who.key_hash:
                await self._take(WRONG_KEYS, caller(who.address), "Too many requests with a key that is not valid.")
            check(widget, who)
        name = widget.access.names.get(who.key_hash)
        most = widget.access.per_minute
        if most is not None:
            # What a key may is counted for the key, wherever it is used from.
            whom = who.key_hash if name is not None else caller(who.address)
            text = f"Rate limit exceeded: this API takes {most} requests a minute from each caller."
            await self._take(Rate("api-caller", most, 60.0), f"{widget.widget_id} {whom}", text)
        return name

    async def _take(self, rate: Rate, whom: str, text: str) -> None:
        try:
            await self._limiter.take(rate, whom)
        except TooManyError as error:
            raise NotAdmittedError(429, text, (b"retry-after", b"%d" % error.retry_after_s)) from error

    def _may_look(self, widget: WidgetSnapshot) -> bool:
        # Where no key is needed and there is none, a key is the API's own affair.
        if not (widget.access.keys_needed or widget.access.names):
            return False
        now = time.monotonic()
        if now - self._looked.get(widget.widget_id, -_LOOK_AGAIN_S) < _LOOK_AGAIN_S:
            return False
        self._looked[widget.widget_id] = now
        self._looked.move_to_end(widget.widget_id)
        if len(self._looked) > _MAX_LOOKS:
            self._looked.popitem(last=False)
        return True


def check(widget: WidgetSnapshot, who: Caller) -> None:
    """Raise NotAdmittedError unless this version of the widget lets the caller in; asked again when it has changed."""
    if not widget.access.keys_needed or who.is_preflight or who.key_hash in widget.access.names:
        return
    if who.key_hash:
        raise NotAdmittedError(401, "This key is not valid for this API, or was revoked.", _CHALLENGE)
    text = f"This API needs a key, in the header X-API-Key or as Authorization: Bearer {KEY_PREFIX}…"
    raise NotAdmittedError(401, text.replace("…", "..."), _CHALLENGE)
