"""Whether what we started answers."""

import asyncio
import json
from contextlib import suppress

import redis.asyncio
import redis.exceptions

from widget_all_in_one.options import UpOptions


async def redis_answers(url: str) -> bool:
    """Return whether a Redis answers PING."""
    client = redis.asyncio.Redis.from_url(url)
    try:
        return bool(await client.ping())
    except (OSError, redis.exceptions.RedisError):
        return False
    finally:
        await client.aclose()


async def site_answers(options: UpOptions) -> bool:
    """Return whether the site says it is whole."""
    status, _ = await healthz(options)
    return status == 200


async def healthz(options: UpOptions, timeout_s: float = 3.0) -> tuple[int, dict[str, object]]:
    """Return the status and body of ``GET /healthz``; status 0 when nothing answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(host, options.port)
            try:
                headers = f"Host: {options.public_host}:{options.port}\r\nConnection: close\r\n"
                writer.write(f"GET /healthz HTTP/1.1\r\n{headers}\r\n".encode())
                answer = await reader.read(65536)
                answer += await reader.read()
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return 0, {}
    return _parse(answer)


def _parse(answer: bytes) -> tuple[int, dict[str, object]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    parts = head.split(None, 2)
    status = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
    with suppress(ValueError):
        found = json.loads(body)
        if isinstance(found, dict):
            return status, found
    return status, {}
