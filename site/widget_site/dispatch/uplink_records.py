"""Records of what uplinks did for a widget, requests (K-16) and background tasks (K-13), as runners write theirs.

An uplink's ``request`` says so (``on_uplink``): nothing it printed is here, and its seconds are no quota's.
"""

import logging
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from widget_model.clean import clean_text
from widget_model.outcomes import Outcome
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_wire import keys
from widget_wire.runs import ON_UPLINK, RunEvent, RunRecord

log = logging.getLogger(__name__)

_MAX_LINE = 1000
_MAX_TEXT = 20_000
WENT_AWAY = "The uplink went away before it had finished. Whatever it did until then is done."


@dataclass(frozen=True)
class Ending:
    """How it ended: for its owner."""

    outcome: Outcome
    #: In one line; "" when there is nothing to say.
    error: str = ""
    #: The text and data of the error event.
    text: str = ""
    data: dict[str, Any] | None = None

    def event(self, seq: int, moment: float) -> tuple[RunEvent, ...]:
        """Return its error event, if it has one."""
        return (RunEvent(seq, moment, "error", self.text, self.data),) if self.text else ()


def raised(error: dict[str, Any]) -> Ending:
    """Return the ending of code that raised; ``error`` is what an uplink sent, or what is said in its place."""
    kind, message = clean_text(str(error.get("type") or "Exception"))[:200], clean_text(str(error.get("message", "")))
    line = f"{kind}: {message}".split("\n", 1)[0][:_MAX_LINE] if message else kind
    trace = [_line(item) for item in error.get("trace") or ()]
    called = "".join(f"\n  called from {file}, line {number}" for file, number in trace)
    text = f"{kind}: {message[:_MAX_TEXT]}{called}\n"
    return Ending(Outcome.ERROR, line, text, {"type": kind, "message": message[:_MAX_TEXT], "trace": trace})


def went_away() -> Ending:
    """Return the ending of what an uplink did when its link ended."""
    return Ending(Outcome.CRASHED, WENT_AWAY, f"{WENT_AWAY}\n")


def marked(request: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says of its request when an uplink answered it."""
    return {**request, ON_UPLINK: True}


async def keep(link: RedisLink, record: RunRecord) -> bool:
    """Hand a record to the site worker; False when Redis does not take it."""
    try:
        fields: dict[Any, Any] = {keys.RECORDS_FIELD: record.to_envelope()}
        await link.client.xadd(keys.RECORDS, fields, maxlen=keys.RECORDS_MAX, approximate=True)
    except (*GONE, RedisError) as error:
        log.warning("run %s: its record could not be kept: %s", record.id, error)
        return False
    return True


def _line(item: Any) -> list[Any]:
    """Return a line of a trace, which may be anything."""
    file, number = (*item, "", 0)[:2] if isinstance(item, list) else ("", 0)
    return [clean_text(str(file))[:500], number if isinstance(number, int) and 0 <= number < 10**9 else 0]
