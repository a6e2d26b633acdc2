"""How an owner sees a private widget: by a short-lived token in the address (decisions 16). To others it is 404."""

import hmac
import logging
import re
import secrets
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_plus

from redis.exceptions import RedisError

from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.public.hosts import Headers
from widget_wire import keys

log = logging.getLogger(__name__)

PREVIEW_PARAM = "_widgetry_preview"
PREVIEW_HEADER = "x-widgetry-preview"
#: What a page's own files are asked for with.
PREVIEW_COOKIE = "widgetry-preview"
TTL_S = 900
#: How long it opens a page that is open all the time; then that is opened again.
OPEN_S = 12 * 3600
#: Cookies of one request that are looked at: pages of a shared domain can add theirs.
_MAX_COOKIES = 4
#: Opens the designer's canvas, once.
ONCE_PARAM = "once"
_ONCE_TTL_S = 60
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Previews:
    """Makes and checks preview tokens."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def make(self, widget_id: str) -> str:
        """Return a token for one widget; whether the asker may have it is the caller's question."""
        token = secrets.token_urlsafe(24)
        try:
            await self._link.client.set(keys.PREVIEW + token, f"{widget_id} {int(time.time())}", ex=TTL_S)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return token

    async def keep(self, query: bytes) -> None:
        """Let the token of an open page be good for another TTL_S, until OPEN_S after it was made."""
        key = keys.PREVIEW + preview_token(query, ())
        try:
            _, _, made_at = (await self._link.client.get(key) or b"").partition(b" ")
            if made_at and time.time() - int(made_at) < OPEN_S:
                await self._link.client.expire(key, TTL_S)
        except (*GONE, RedisError) as error:
            log.warning("the preview of an open page is not kept: %s", error)

    async def make_once(self, widget_id: str) -> str:
        """Return a token that opens one page of a widget once, within a minute."""
        token = secrets.token_urlsafe(24)
        try:
            await self._link.client.set(f"{keys.PREVIEW}once.{token}", widget_id, ex=_ONCE_TTL_S)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return token

    async def take(self, widget_id: str, query: bytes) -> bool:
        """Whether the request carries a token of ``make_once`` for this widget, which is used up by that."""
        token = dict(parse_qsl(query.decode("latin-1"))).get(ONCE_PARAM, "")
        if not _TOKEN.fullmatch(token):
            return False
        try:
            held = await self._link.client.getdel(f"{keys.PREVIEW}once.{token}")
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return held is not None and hmac.compare_digest(held, widget_id.encode())

    async def allows(self, widget_id: str, query: bytes, headers: Headers) -> bool:
        """Whether the request carries a token of this widget."""
        return await self._opens(preview_token(query, headers), widget_id)

    async def allows_files(self, widget_id: str, query: bytes, headers: Headers) -> bool:
        """Whether the request, for a file of a page, carries a token, or the cookie that came with the page."""
        token = preview_token(query, headers)
        for one in [token] if token else list(_cookies(headers))[:_MAX_COOKIES]:
            if await self._opens(one, widget_id):
                return True
        return False

    async def _opens(self, token: str, widget_id: str) -> bool:
        if not token:
            return False
        try:
            held = await self._link.client.get(keys.PREVIEW + token)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return held is not None and hmac.compare_digest(held.partition(b" ")[0], widget_id.encode())


def preview_token(query: bytes, headers: Headers) -> str:
    """Return the token that a request carries, whatever it opens; "" for none that could be one."""
    token = _token(query, headers) or ""
    return token if _TOKEN.fullmatch(token) else ""


def _cookies(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        for pair in value.decode("latin-1").split(";") if name == b"cookie" else ():
            key, _, held = pair.strip().partition("=")
            if key == PREVIEW_COOKIE and _TOKEN.fullmatch(held):
                yield held


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
