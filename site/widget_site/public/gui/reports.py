"""Errors of client code that a page reports, for its owner (S-54). Anybody may send one: all is bounded."""

import logging
import time
from typing import Any

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_model.outcomes import Outcome, Trigger
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.public.limits import RateLimit
from widget_site.store.values import WidgetSnapshot
from widget_wire import keys
from widget_wire.runs import RunEvent, RunRecord

log = logging.getLogger(__name__)

REPORT = "anvil.private.report_error"
#: Reports of one widget in a second, in the long run and at once; more tell its owner nothing new.
_PER_SECOND, _AT_ONCE = 0.5, 20.0
_MAX_MESSAGE, _MAX_TYPE, _MAX_FRAMES, _MAX_NAME = 2000, 200, 50, 200


class Reports:
    """Keeps what pages report."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._rate = RateLimit(_PER_SECOND, _AT_ONCE)

    async def keep(self, widget: WidgetSnapshot, address: str, message: dict[str, Any]) -> None:
        """Keep the error that is the first argument of a call; too many, or one that can't be kept, are dropped."""
        args = message.get("args")
        said = args[0] if isinstance(args, list) and args and isinstance(args[0], dict) else {}
        if not said or not self._rate.take(widget.widget_id):
            return
        kind = _text(said.get("type") or "Exception", _MAX_TYPE)
        text = _text(said.get("message") or "", _MAX_MESSAGE)
        trace = _trace(said.get("trace"))
        now = time.time()
        shown = "".join(f'  File "{file}", line {line}{where}\n' for file, line, where in reversed(trace))
        traceback = f"Traceback (most recent call last):\n{shown}{kind}: {text}\n" if trace else f"{kind}: {text}\n"
        data = {"type": kind, "message": text, "trace": [[file, line] for file, line, _ in trace]}
        record = RunRecord(
            new_id(),
            widget.widget_id,
            Trigger.CLIENT,
            widget.revision,
            Outcome.ERROR,
            now,
            now,
            f"{kind}: {text}".split("\n", 1)[0][:500],
            request={"function": "the page", "caller": "browser", "remote_address": address},
            events=(RunEvent(1, now, "error", traceback, data).as_dict(),),
        )
        try:
            fields = {keys.RECORDS_FIELD: record.to_envelope()}
            await self._link.client.xadd(keys.RECORDS, fields, maxlen=keys.RECORDS_MAX)  # type: ignore[arg-type]
        except (*GONE, RedisError) as error:
            log.warning("an error of a page was not kept: %s", error)


def _trace(value: Any) -> list[tuple[str, int, str]]:
    """Return the frames, innermost first, as (file, line, where)."""
    found = []
    for frame in (value if isinstance(value, list) else [])[:_MAX_FRAMES]:
        if not isinstance(frame, list | tuple) or len(frame) < 2:
            continue
        line = frame[1] if isinstance(frame[1], int) and 0 <= frame[1] < 10**7 else 0
        where = f", in {_text(frame[2], _MAX_NAME)}" if len(frame) > 2 and frame[2] else ""
        found.append((_text(frame[0], _MAX_NAME), line, where))
    return found


def _text(value: Any, most: int) -> str:
    # Neither NUL nor half a character is anything that a database keeps.
    return str(value)[:most].replace("\0", "").encode("utf-8", "replace").decode()
