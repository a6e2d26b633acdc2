"""Limits of how often something may be tried: counted in Redis, and in this process while Redis is away."""

import hashlib
import ipaddress
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import cast

import redis.asyncio
from redis.exceptions import RedisError

from widget_site.errors import TooManyError
from widget_wire import keys

log = logging.getLogger(__name__)

_MAX_KEYS = 10_000
_AWAY_S = 2.0

#: KEYS: counter. ARGV: how much to add, the window in ms. -> the count and what is left of the window, in ms
_COUNT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]); left = tonumber(ARGV[2]) end
return {count, left}
"""


@dataclass(frozen=True)
class Rate:
    """At most ``most`` of something in ``window_s``, counted from the first."""

    name: str
    most: int
    window_s: float


#: Proposals, and updates of them, that one account may make.
PROPOSALS = Rate("proposals", 30, 3600.0)
#: Stars that one account may give and take back.
STARS = Rate("stars", 300, 3600.0)
#: Reports of one account, and of one address that is nobody's.
REPORTS = Rate("reports", 10, 3600.0)
REPORTS_OF_ANYBODY = Rate("reports-anybody", 5, 3600.0)


class RateLimiter:
    """Counts, and refuses what is over the limit."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client
        #: Redis is not asked before this (monotonic): nobody should wait for a limit that can't be counted.
        self._away_until = 0.0
        # key -> (count, monotonic end of the window)
        self._own: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def take(self, rate: Rate, who: str) -> None:
        """Count one for ``who``; TooManyError when that is more than the rate allows."""
        count, left_s = await self._count(rate, who, 1)
        if count > rate.most:
            raise _too_many(left_s)

    async def give_back(self, rate: Rate, who: str) -> None:
        """Take one back that turned out not to count."""
        await self._count(rate, who, -1)

    async def _count(self, rate: Rate, who: str, step: int) -> tuple[int, float]:
        # Hashed: what people type must not become a key's name.
        key = f"{keys.RATE}{rate.name}:{hashlib.sha256(who.encode('utf-8', 'replace')).hexdigest()[:32]}"
        if time.monotonic() < self._away_until:
            return self._count_here(key, rate, step)
        try:
            answer = self._client.eval(_COUNT, 1, key, str(step), str(int(rate.window_s * 1000)))
            count, left_ms = await cast(Awaitable[list[int]], answer)
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + _AWAY_S
            log.warning("redis does not count (%s); this process counts for itself", error)
            return self._count_here(key, rate, step)
        return count, left_ms / 1000

    def _count_here(self, key: str, rate: Rate, step: int) -> tuple[int, float]:
        now = time.monotonic()
        count, end = self._own.get(key, (0, now + rate.window_s))
        if end <= now:
            count, end = 0, now + rate.window_s
        self._own[key] = (count + step, end)
        self._own.move_to_end(key)
        while len(self._own) > _MAX_KEYS:
            self._own.popitem(last=False)
        return count + step, end - now


async def take_report(limiter: RateLimiter, account_id: str | None, address: str) -> None:
    """Count a report of this account, or of this address when it comes without one; TooManyError."""
    rate, who = (REPORTS, account_id) if account_id is not None else (REPORTS_OF_ANYBODY, caller(address))
    await limiter.take(rate, who)


def caller(address: str) -> str:
    """Return whom a limit by address counts: an IPv6 address counts as its /64, for whoever has one has all of it."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))


def _too_many(left_s: float) -> TooManyError:
    wait_s = max(1, int(left_s + 0.999))
    return TooManyError(f"Too many tries. Wait {wait_s} seconds and try again.", retry_after_s=wait_s)
