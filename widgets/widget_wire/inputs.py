"""A line that somebody types for a run that asks for one (``input()``).

The child asks on its own socket (``start.py``). The runner numbers the questions of a run from 1, writes the number to
``keys.ASKING + run`` and shows it as an event (kind ``ask``, data ``{"number", "prompt", "secret"}``). Whoever may run
the widget answers through the site: ANSWER takes the number away and puts the answer in its place in one step, so of
several answers to one question the first wins, and one that comes too late is told so. The runner hears of it on
``keys.INPUT_CHANNEL`` (or, had it not listened just then, finds the key), shows it as an event (kind ``input``, its
text the line as it was typed, data ``{"number", "secret", "eof"}``) and hands it to the child.
"""

import json
from dataclasses import dataclass

#: KEYS: asking key, input key. ARGV: the question's number, the answer, its life in s, the channel, the run's id.
#: -> 1, or 0 when that question is not being asked (any more).
ANSWER = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
"""

#: The most characters of one answer.
MAX_ANSWER_CHARS = 16_384


@dataclass(frozen=True)
class InputAnswer:
    """What somebody typed."""

    #: The question's.
    number: int
    #: Without a line's end at its end; with more than one line, the later ones answer the questions that follow.
    #: None: the end of input, as Ctrl-D in a terminal.
    text: str | None

    def to_bytes(self) -> bytes:
        """Return the answer as the value of ``keys.INPUT``."""
        return json.dumps([self.number, self.text]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "InputAnswer":
        """Read what ``to_bytes`` wrote; ValueError when it is something else."""
        try:
            read = json.loads(data)
        except RecursionError as error:
            raise ValueError("not an answer") from error
        if not isinstance(read, list) or len(read) != 2:
            raise ValueError("not an answer")
        number, text = read
        if type(number) is not int or not isinstance(text, str | None):
            raise ValueError("not an answer")
        return cls(number, text)
