"""Which background tasks run on uplinks (``keys.UPLINK_TASKS``), and handing one over from the site worker."""

from collections.abc import Awaitable, Iterable
from typing import cast

from widget_model.ids import new_id
from widget_site.dispatch.redis_link import RedisLink
from widget_wire import keys
from widget_wire.runs import RunRequest
from widget_wire.uplinks import LAUNCH, FarMessage, LinkEntry

#: Pushes a message for a run that may be handed over once, here or to the runners (``submit.SUBMIT_ONCE``).
#: KEYS: once key, the process's list. ARGV: the envelope, how long to remember the run, how long the list lives.
_LAUNCH_ONCE = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 'ok' end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 'ok'
"""


async def site_of(redis: RedisLink, run_id: str) -> str | None:
    """Return the process on whose link a task runs; None when it runs on none. Raises what redis raises."""
    return (await sites_of(redis, [run_id])).get(run_id)


async def sites_of(redis: RedisLink, run_ids: list[str]) -> dict[str, str]:
    """Return, of these runs those that run on uplinks, with the process that holds the link, and is alive."""
    client = redis.client
    found = await cast(Awaitable[list[bytes | None]], client.hmget(keys.UPLINK_TASKS, run_ids))
    named = {run_id: site.decode() for run_id, site in zip(run_ids, found, strict=True) if site}
    if not named:
        return {}
    sites = sorted(set(named.values()))
    async with client.pipeline(transaction=False) as pipe:
        for site in sites:
            pipe.exists(keys.UPLINK_SITE + site)
        alive = dict(zip(sites, await pipe.execute(), strict=True))
    return {run_id: site for run_id, site in named.items() if alive[site]}


async def forget_dead(redis: RedisLink) -> None:
    """Drop the tasks of processes that beat no longer."""
    known = await cast(Awaitable[dict[bytes, bytes]], redis.client.hgetall(keys.UPLINK_TASKS))
    run_ids = [run_id.decode() for run_id in known]
    alive = await sites_of(redis, run_ids) if run_ids else {}
    dead = [run_id for run_id in run_ids if run_id not in alive]
    if dead:
        await cast(Awaitable[int], redis.client.hdel(keys.UPLINK_TASKS, *dead))


async def entries(redis: RedisLink) -> list[LinkEntry]:
    """Return the connected uplinks of all living processes; raises what redis raises."""
    found = await cast(Awaitable[dict[bytes, bytes]], redis.client.hgetall(keys.UPLINKS))
    known = list(_read(found.values()))
    sites = sorted({one.site for one in known})
    async with redis.client.pipeline(transaction=False) as pipe:
        for site in sites:
            pipe.exists(keys.UPLINK_SITE + site)
        alive = dict(zip(sites, await pipe.execute() if sites else (), strict=True))
    return [one for one in known if alive[one.site]]


async def launch_once(redis: RedisLink, entry: LinkEntry, request: RunRequest) -> None:
    """Hand a task to the process that holds a link, once, however often this is tried; nobody waits for an answer."""
    message = FarMessage(LAUNCH, new_id(), entry.id, body=request.to_envelope())
    arguments = (message.to_envelope(), keys.ONCE_TTL_S, keys.UPLINK_FAR_TTL_S)
    await redis.evaluate(_LAUNCH_ONCE, (keys.ONCE + request.id, keys.UPLINK_FAR + entry.site), arguments)


def _read(found: Iterable[bytes]) -> Iterable[LinkEntry]:
    for data in found:
        try:
            yield LinkEntry.from_json(data)
        except (ValueError, TypeError, KeyError):
            continue
