"""Lines that people type for runs: a question goes out as an event, the answer that came first goes to the child.

Like stops, answers come through Redis: a channel says for which run, a key holds what (``widget_wire.inputs``). What
the child says is hostile: one question at a time, each within bounds, and only of a run that somebody can answer.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable
from typing import Any, Protocol, cast

import redis.asyncio
import redis.exceptions

from widget_model.clean import clean_text
from widget_runner.child_link import LinkError
from widget_runner.outbox import Outbox
from widget_runner.output import Output
from widget_wire import frames, keys
from widget_wire.inputs import InputAnswer
from widget_wire.runs import RunRequest
from widget_wire.start import INPUT

_log = logging.getLogger(__name__)

#: Questions of one run; what asks on gets the end of input.
MAX_QUESTIONS = 10_000
_MAX_PROMPT_CHARS = 500
#: A question outlives its run's time limit by so much, should nobody be left to take it back.
_MARGIN_S = 60
_LISTEN_S = 2.0
_RETRY_S = 0.2
#: Shown in the place of what was typed: the end of input, which has no text of its own.
END_OF_INPUT = "(end of input)\n"


class Asking(Protocol):
    """A run, as its questions need it."""

    request: RunRequest
    output: Output

    def send(self, buffers: list[bytes]) -> None:
        """Send bytes to the child."""

    def catch_up(self) -> None:
        """Read what the child has printed until now."""

    def show(self) -> None:
        """Show the events so far at once."""


class RunInput:
    """The questions of one run, one at a time."""

    def __init__(self, inputs: "Inputs", run: Asking) -> None:
        self._inputs = inputs
        self._run = run
        self._asked = 0
        self._waiting = False
        self._secret = False

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._run.request.id

    def ask(self, message: dict[str, Any]) -> None:
        """Take an ASK of the child; LinkError when it is not in order."""
        if self._waiting or not self._run.request.interactive:
            raise LinkError("a question that can't be asked now")
        self._run.catch_up()  # what it printed comes before what it asks
        self._asked += 1
        if self._asked > MAX_QUESTIONS:
            self._tell(None)
            return
        prompt = message.get("prompt")
        shown = clean_text(prompt[:_MAX_PROMPT_CHARS]) if isinstance(prompt, str) else ""
        self._secret = message.get("secret") is True
        self._waiting = True
        # Before its event: whoever sees the question can answer it.
        self._inputs.expect(self, self._asked, int(self._run.request.timeout_s) + _MARGIN_S)
        self._run.output.said_bytes += len(shown)
        self._run.output.add("ask", "", {"number": self._asked, "prompt": shown, "secret": self._secret})
        self._run.show()

    def take(self, answer: InputAnswer) -> None:
        """Take an answer; one to another question than the one that waits is dropped."""
        if not self._waiting or answer.number != self._asked:
            return
        self._waiting = False
        self._inputs.forget(self)
        text = answer.text
        line = None if text is None else clean_text(text) + "\n"
        shown = END_OF_INPUT if line is None else "\n" if self._secret else line
        data = {"number": answer.number, "secret": self._secret, "eof": line is None}
        self._run.output.echo(shown, data)
        self._run.show()
        self._tell(line)

    def close(self) -> None:
        """The run ended: nothing can be answered any more."""
        if self._waiting:
            self._waiting = False
            self._inputs.forget(self, unanswered=True)

    def _tell(self, line: str | None) -> None:
        self._run.send([frames.pack(frames.TEXT, json.dumps({"type": INPUT, "text": line}).encode())])


class Inputs:
    """The questions of all runs of this runner that wait for an answer."""

    def __init__(self, outbox: Outbox, client: redis.asyncio.Redis) -> None:
        self._outbox = outbox
        self._client = client
        self._waiting: dict[str, RunInput] = {}

    def of_run(self, run: Asking) -> RunInput:
        """Return the questions of one run."""
        return RunInput(self, run)

    def expect(self, asking: RunInput, number: int, life_s: int) -> None:
        """Let a question be answered."""
        self._waiting[asking.run_id] = asking
        self._outbox.add("SET", keys.ASKING + asking.run_id, number, "EX", life_s)

    def forget(self, asking: RunInput, *, unanswered: bool = False) -> None:
        """Expect no answer any more."""
        self._waiting.pop(asking.run_id, None)
        if unanswered:
            self._outbox.add("DEL", keys.ASKING + asking.run_id, lazy=True)

    async def run(self) -> None:
        """Listen for answers, for ever; it ends by cancellation."""
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.subscribe(keys.INPUT_CHANNEL)
                    for run_id in list(self._waiting):  # what was published while nobody listened
                        await self._fetch(run_id)
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_LISTEN_S)
                        if message is not None:
                            await self._fetch(message["data"].decode("utf-8", "replace"))
            except (redis.exceptions.RedisError, OSError) as error:
                _log.warning("no input from redis: %s", type(error).__name__)
            await asyncio.sleep(_RETRY_S)

    async def _fetch(self, run_id: str) -> None:
        """Take the answer to a run of ours; unknown ones are somebody else's."""
        if run_id not in self._waiting:
            return
        data = await cast(Awaitable[bytes | None], self._client.getdel(keys.INPUT + run_id))
        asking = self._waiting.get(run_id)
        if data is None or asking is None:
            return
        try:
            asking.take(InputAnswer.from_bytes(data))
        except ValueError:
            _log.exception("an answer to run %s could not be read", run_id)
