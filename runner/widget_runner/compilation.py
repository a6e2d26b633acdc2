"""One child that compiles the files of a widget and executes none of them (``widget_wire.start``, COMPILE)."""

import asyncio
import json
from typing import Any

from widget_runner.child_link import ChildLink, LinkError
from widget_runner.sandbox import Child, SandboxGone
from widget_wire.start import COMPILED, PAYLOAD_BYTES

#: Longer than any widget's files take.
TIMEOUT_S = 5.0
#: It prints nothing; this is when that is looked at.
_OUTPUT_DELAY_S = 1.0
_KILL_GRACE_S = 10.0


class Compilation:
    """Hears what the child says. All of it may be hostile, but it goes to runs of the same widget only."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._loop = asyncio.get_running_loop()
        self._code: asyncio.Future[bytes] = self._loop.create_future()

    async def attempt(self, asked: list[bytes]) -> bytes:
        """Send COMPILE and return the code as a JSON object, empty when there is none; the child is gone then.

        TimeoutError or SandboxGone when it is not known what there is.
        """
        link = ChildLink(self._child, self, self._loop, _OUTPUT_DELAY_S)
        try:
            link.send(asked)
            async with asyncio.timeout(TIMEOUT_S):
                code = await self._code
        finally:
            link.stop_reading()
            self._child.note_answered()
            try:
                ended = await self._child.finish(_KILL_GRACE_S)
            finally:
                link.close()
        if ended.status is None:
            raise SandboxGone(ended.text)
        return code

    def on_message(self, message: dict[str, Any], size_bytes: int) -> None:
        """Take COMPILED; LinkError for anything else."""
        code = message.get("code")
        if message.get("type") != COMPILED or not isinstance(code, dict) or size_bytes > PAYLOAD_BYTES:
            raise LinkError("a child that compiles said something else")
        if not all(isinstance(text, str) and text.isascii() for text in code.values()):
            raise LinkError("code that is no base64")
        self._end(json.dumps(code, separators=(",", ":")).encode() if code else b"")

    def on_chunk(self, header: dict[str, Any], content: bytes) -> None:
        """Take no media."""
        raise LinkError("media of a child that compiles")

    def on_body(self, data: bytes) -> None:
        """Take no body."""
        raise LinkError("a body of a child that compiles")

    def on_output(self, stream: str, data: bytes) -> None:
        """Nothing of the widget's is executed, so nobody printed this."""
        self._end(b"")

    def on_closed(self, error: LinkError | None) -> None:
        """It ended, crashed (files may be nested too deep for the compiler), or broke the protocol."""
        self._end(b"")

    def _end(self, code: bytes) -> None:
        if not self._code.done():
            self._code.set_result(code)
