"""How an owner sees a private widget: by a short-lived token in the address (decisions 16). To others it is 404."""

import hmac
import re
import secrets
from urllib.parse import unquote_plus

from redis.exceptions import RedisError

from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.public.hosts import Headers
from widget_wire import keys

PREVIEW_PARAM = "_widgetry_preview"
PREVIEW_HEADER = "x-widgetry-preview"
#: What a page's own files are asked for with.
PREVIEW_COOKIE = "widgetry-preview"
TTL_S = 900
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")


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
        return await self._opens(preview_token(query, headers), widget_id)

    async def allows_files(self, widget_id: str, query: bytes, headers: Headers) -> bool:
        """Whether the request, for a file of a page, carries a token, or the cookie that came with the page."""
        return await self._opens(preview_token(query, headers) or _cookie(headers), widget_id)

    async def _opens(self, token: str, widget_id: str) -> bool:
        if not token:
            return False
        try:
            held = await self._link.client.get(keys.PREVIEW + token)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return held is not None and hmac.compare_digest(held, widget_id.encode())


def preview_token(query: bytes, headers: Headers) -> str:
    """Return the token that a request carries, whatever it opens; "" for none that could be one."""
    token = _token(query, headers) or ""
    return token if _TOKEN.fullmatch(token) else ""


def _cookie(headers: Headers) -> str:
    for name, value in headers:
        for pair in value.decode("latin-1").split(";") if name == b"cookie" else ():
            key, _, held = pair.strip().partition("=")
            if key == PREVIEW_COOKIE and _TOKEN.fullmatch(held):
                return held
    return ""


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
