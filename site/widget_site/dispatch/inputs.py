"""What people type for a run that asks (``widget_wire.inputs``): of several answers to one question the first wins."""

from collections.abc import Awaitable
from typing import cast

from redis.exceptions import RedisError

from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.errors import ConflictError
from widget_wire import keys
from widget_wire.inputs import ANSWER, InputAnswer

_NOT_ASKED = "The run does not wait for this any more: it was answered already, or the run has ended."


async def answer(link: RedisLink, run_id: str, number: int, text: str | None) -> None:
    """Answer question ``number`` of a run; None ends its input. Who may is asked before.

    ConflictError when that question is not being asked (any more); AwayError when Redis does not answer.
    """
    given = InputAnswer(number, text).to_bytes()
    names = (keys.ASKING + run_id, keys.INPUT + run_id)
    values = (str(number), given, str(keys.INPUT_TTL_S), keys.INPUT_CHANNEL, run_id)
    try:
        # redis-py types what may be sent as text, and sends bytes as they are.
        taken = await cast(Awaitable[int], link.client.eval(ANSWER, 2, *names, *values))  # type: ignore[arg-type]
    except (*GONE, RedisError) as error:
        raise AwayError from error
    if not taken:
        raise ConflictError(_NOT_ASKED)
