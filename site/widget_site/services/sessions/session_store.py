"""Sessions in Redis: what a widget's code keeps for one visitor, until he has been away for a while (S-65 to S-67)."""

import hashlib
import json
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from widget_site.dispatch.redis_link import RedisLink
from widget_wire import keys
from widget_wire.start import SESSION_BYTES

#: Seconds without a request after which a session is over (S-67).
IDLE_S = 1800
#: The guest refuses more than SESSION_BYTES by name; other ways of writing the same are a little longer.
_MAX_BYTES = 2 * SESSION_BYTES

#: KEYS: the session. ARGV: widget, the version that was read, the new data, seconds to live. Written only when nobody
#: wrote meanwhile (spec/anvil-protocol.md 1.11); 1 when it was.
_SAVE = """
local held = redis.call('HMGET', KEYS[1], 'widget', 'version')
if (held[1] and held[1] ~= ARGV[1]) or (held[2] or '0') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'widget', ARGV[1], 'version', ARGV[2] + 1, 'data', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""


def session_id(token: str) -> str:
    """Return the id of the session whose token this is; the id alone lets nobody in."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Session:
    """A session as it was read."""

    id: str
    #: ``sessionData`` as the library writes it; empty for one that nothing was kept in yet.
    data: dict[str, Any] = field(default_factory=lambda: {"session": {}, "objects": []})
    #: Counts writes; 0 for one that does not exist yet.
    version: int = 0
    #: Who is logged in, as the Users service wrote it; None for nobody.
    login: dict[str, Any] | None = None
    #: As whom the visitor signed in with providers: by provider, encrypted (``sign_ins``).
    providers: dict[str, str] = field(default_factory=dict)


class SessionStore:
    """Reads and writes sessions; what redis raises when it is away is the caller's."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def read(self, widget_id: str, which: str) -> Session | None:
        """Return a session of this widget and let it live on; None when there is none (any more)."""
        key = keys.SESSION + which
        async with self._link.client.pipeline(transaction=False) as pipe:
            pipe.hmget(key, ["widget", "version", "data", "login", "providers"])
            pipe.expire(key, IDLE_S)
            [widget, version, data, login, providers], _ = await pipe.execute()
        if widget != widget_id.encode():
            return None
        kept = Session(which, version=int(version or 0), login=json.loads(login) if login else None)
        kept = replace(kept, providers=json.loads(providers)) if providers else kept
        return replace(kept, data=json.loads(data)) if data else kept

    async def save(self, widget_id: str, which: Session, data: dict[str, Any]) -> bool:
        """Keep ``data`` in the session that was read.

        False, and nothing is kept, when somebody else wrote meanwhile, or it is more than the guest lets pass.
        """
        written = json.dumps(data, separators=(",", ":"))
        if len(written) > _MAX_BYTES:
            return False
        saved = self._link.client.eval(
            _SAVE, 1, keys.SESSION + which.id, widget_id, str(which.version), written, str(IDLE_S)
        )
        return bool(await cast(Awaitable[int], saved))

    async def renew(self, widget_id: str, old: str, new: Session) -> None:
        """Keep ``new``, whose login is another one, and end the session ``old``: whoever knew its token is out."""
        values = {"widget": widget_id, "version": "1", "data": json.dumps(new.data, separators=(",", ":"))}
        if new.login is not None:
            values["login"] = json.dumps(new.login)
        if new.providers:
            values["providers"] = json.dumps(new.providers)
        key = keys.SESSION + new.id
        async with self._link.client.pipeline(transaction=True) as pipe:
            pipe.delete(keys.SESSION + old)
            pipe.hset(key, mapping=values)
            pipe.expire(key, IDLE_S)
            await pipe.execute()

    async def set_login(self, widget_id: str, which: str, login: dict[str, Any] | None) -> None:
        """Change who is logged in where no browser has to be told: an uplink, a script, a task."""
        key = keys.SESSION + which
        async with self._link.client.pipeline(transaction=True) as pipe:
            if login is None:
                pipe.hdel(key, "login")
            else:
                pipe.hset(key, mapping={"widget": widget_id, "login": json.dumps(login)})
                pipe.expire(key, IDLE_S)
            await pipe.execute()
