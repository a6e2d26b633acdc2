"""``GET /healthz``: whether everything that a run needs answers."""

import asyncio
from collections.abc import Awaitable

from quart import Blueprint, Response, jsonify
from redis.exceptions import RedisError

from widget_site.parts import SiteParts, parts

blueprint = Blueprint("health", __name__)
_PATIENCE_S = 2.0


@blueprint.get("/healthz")
async def healthz() -> Response:
    """200 when site, database, Redis and at least one runner answer; else 503 that names what is missing."""
    site = parts()
    answers = await asyncio.gather(
        _within(site.store.database.answers()), _within(site.dispatch.link.answers()), _within(_has_runner(site))
    )
    missing = [name for name, ok in zip(("database", "redis", "runner"), answers, strict=True) if not ok]
    response = jsonify({"status": "ok"} if not missing else {"status": "unavailable", "missing": missing})
    response.status_code = 200 if not missing else 503
    response.headers["Cache-Control"] = "no-store"
    return response


async def _has_runner(site: SiteParts) -> bool:
    return await site.dispatch.runners() > 0


async def _within(question: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await question
    except (TimeoutError, OSError, RedisError):
        return False
