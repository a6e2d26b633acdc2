"""How an owner sees a private widget: by a short-lived token in the address (decisions 16). To others it is 404."""

import hmac
import secrets
from urllib.parse import unquote_plus

from redis.exceptions import RedisError

from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.public.hosts import Headers
from widget_wire import keys

PREVIEW_PARAM = "_widgetry_preview"
PREVIEW_HEADER = "x-widgetry-preview"
TTL_S = 900


class Previews:
    """Makes and checks preview tokens."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def make(self, widget_id: str) -> str:
        """Return a token for one widget; whether the asker may have it is the caller's question."""
        token = secrets.token_urlsafe(24)
        try:
            await self._link.client.set(keys.PREVIEW + token, widget_id, ex=TTL_S)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return token

    async def allows(self, widget_id: str, query: bytes, headers: Headers) -> bool:
        """Whether the request carries a token of this widget."""
        token = _token(query, headers)
        if not token or len(token) > 100:
            return False
        try:
            held = await self._link.client.get(keys.PREVIEW + token)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return held is not None and hmac.compare_digest(held, widget_id.encode())


def _token(query: bytes, headers: Headers) -> str | None:
    marker = PREVIEW_PARAM.encode() + b"="
    for field in query.split(b"&"):
        if field.startswith(marker):
            return unquote_plus(field[len(marker) :].decode("latin-1"))
    for name, value in headers:
        if name == PREVIEW_HEADER.encode():
            return value.decode("latin-1")
    return None


def without_preview(query: bytes) -> bytes:
    """Return the query as user code sees it: without the token."""
    marker = PREVIEW_PARAM.encode() + b"="
    if marker not in query:
        return query
    return b"&".join(field for field in query.split(b"&") if not field.startswith(marker))
