"""Who may do what in Redis: one user per process, with only its keys (decisions.md 2).

The keys come from ``widget_wire.keys``, so a key that is not there is nobody's. Redis 6.2 can't tell reading from
writing a key; from 7 on what a process only reads is marked so.
"""

import hashlib
from dataclasses import dataclass

from widget_wire import keys

#: Prefix of arq's keys: jobs that may wait.
ARQ = "arq:"


@dataclass(frozen=True)
class Grant:
    """What one Redis user may touch. A name ending in ":" stands for every key that starts with it."""

    user: str
    writes: tuple[str, ...]
    reads: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    #: Rules on commands, after "everything ordinary".
    commands: tuple[str, ...] = ()


#: What site processes say to each other about uplinks.
_UPLINK_KEYS = (keys.UPLINKS, keys.UPLINKS_VERSION, keys.UPLINK_SITE, keys.UPLINK_FAR, keys.UPLINK_TASKS)
#: Queues, replies and state of runs: what site and site worker handle alike.
_SITE_KEYS = (
    keys.RUN_QUEUE,
    keys.ONCE,
    keys.LIVE,
    keys.CODE,
    keys.REPLY,
    keys.PARTS_READ,
    keys.SERVICE_QUEUE,
    keys.SERVICE_REPLY,
    keys.EVENTS,
    keys.RUN_FILE,
    keys.TASK_STATE,
    keys.RECORDS,
    keys.STOP,
    keys.ASKING,
    keys.INPUT,
    keys.TAKEN,
    keys.RUNNER,
    keys.RUNNERS,
    keys.RATE,
    keys.PREVIEW,
    keys.SESSION,
    keys.VISIT,
    keys.COOKIES,
    keys.SIGN_IN_FLOW,
    keys.PAGE_OBJECTS,
    keys.SUBSCRIBED,
    keys.METRICS,
    keys.INSTALL_QUEUE,
    keys.INSTALL_RESULTS,
    keys.INSTALLING,
    keys.LANGUAGE_QUEUE,
    keys.LANGUAGE_IN,
    keys.LANGUAGE_OUT,
    ARQ,
)
GRANTS = (
    Grant(
        "site",
        writes=(*_SITE_KEYS, keys.PARCELS, keys.CALLS_OF_RUN, keys.CALLS_FOR_SITE, *_UPLINK_KEYS),
        channels=(
            keys.STOP_CHANNEL,
            keys.INPUT_CHANNEL,
            keys.WIDGET_CHANNEL,
            keys.CHANGED_CHANNEL,
            keys.WORK_CHANNEL,
            keys.PUSH_CHANNEL,
        ),
    ),
    # arq's worker prints INFO when it starts.
    Grant(
        "worker",
        writes=(*_SITE_KEYS, keys.UPLINK_FAR, keys.UPLINK_TASKS),
        reads=(keys.UPLINKS, keys.UPLINK_SITE),
        channels=(keys.STOP_CHANNEL, keys.WIDGET_CHANNEL, keys.CHANGED_CHANNEL, keys.WORK_CHANNEL),
        commands=("+info",),
    ),
    # No generations, no rate limits, no jobs of the site, no sessions; code is read, never written.
    Grant(
        "runner",
        writes=(
            keys.RUN_QUEUE,
            keys.REPLY,
            keys.PARTS_READ,
            keys.PARCELS,
            keys.SERVICE_QUEUE,
            keys.SERVICE_REPLY,
            keys.EVENTS,
            keys.RUN_FILE,
            keys.TASK_STATE,
            keys.RECORDS,
            keys.ASKING,
            keys.INPUT,
            keys.INSTALL_QUEUE,
            keys.INSTALL_RESULTS,
            keys.INSTALLING,
            keys.LANGUAGE_QUEUE,
            keys.LANGUAGE_IN,
            keys.LANGUAGE_OUT,
            keys.RUNNER,
            keys.RUNNERS,
            keys.TAKEN,
        ),
        reads=(keys.CODE, keys.STOP),
        channels=(keys.STOP_CHANNEL, keys.INPUT_CHANNEL, keys.CHANGED_CHANNEL),
    ),
)


def acl_lines(passwords: dict[str, str], version: int) -> list[str]:
    """Return the ``user`` lines of redis.conf; ``passwords`` by user name, also for "ops" (we ourselves, for PING)."""
    # Nobody can be the default user, which is off. But Redis 7.0 reads its own file as that one, and would leave out
    # each transaction, and what a script wrote, for which it has no right.
    lines = ["user default off ~* &* +@all", _user("ops", passwords["ops"]) + " +ping +info"]
    for grant in GRANTS:
        read_only = "%R~" if version >= 7 else "~"
        rules = [f"~{_pattern(key)}" for key in grant.writes]
        rules += [f"{read_only}{_pattern(key)}" for key in grant.reads]
        rules += [f"&{_pattern(channel)}" for channel in grant.channels]
        rules += ["+@all", "-@admin", "-@dangerous", *grant.commands]
        lines.append(_user(grant.user, passwords[grant.user]) + " " + " ".join(rules))
    return lines


def _user(name: str, password: str) -> str:
    return f"user {name} on resetkeys resetchannels -@all #{hashlib.sha256(password.encode()).hexdigest()}"


def _pattern(key: str) -> str:
    return key + "*" if key.endswith(":") else key
