"""The answer of a route whose body comes in pieces: its head is checked, its length held to, its end told."""

import dataclasses
from typing import Any

from widget_model.http_response import HttpAnswer, make_head
from widget_model.limits import Limits
from widget_model.outcomes import Outcome
from widget_runner import endings
from widget_runner.body_stream import BodyStream, BodyStreams, Source
from widget_runner.child_link import LinkError
from widget_runner.endings import Ending
from widget_wire.runs import RunRequest

#: Statuses whose responses have no body.
_NO_BODY = (204, 304)


class StreamedAnswer:
    """What one run answers, if it answers so. Each step returns the run's ending once that is known."""

    def __init__(self, request: RunRequest, limits: Limits, streams: BodyStreams, source: Source) -> None:
        self._request = request
        self._limits = limits
        self._streams = streams
        self._source = source
        self._body: BodyStream | None = None
        self._left: int | None = None
        #: Status and headers, which the caller has already.
        self.head: HttpAnswer | None = None

    def begin(self, message: dict[str, Any], *, visited: bool = False) -> Ending | None:
        """Take the head; None when a body follows. LinkError for a second one."""
        if self._body is not None:
            raise LinkError("a second answer")
        head, length = dataclasses.replace(make_head(message), visited=visited), message["stream"].get("length")
        length = length if isinstance(length, int) and not isinstance(length, bool) and length >= 0 else None
        if head.complaint:
            return endings.complained(head)
        if length is not None and length > self._limits.response_bytes:
            return endings.too_large(self._limits)
        if (self._request.route or {}).get("method") == "HEAD" or head.status in _NO_BODY:
            return Ending(Outcome.OK, answer=dataclasses.replace(head, length=-1 if length is None else length))
        self.head, self._left = head, length
        self._body = self._streams.open(self._request, head, length, self._source)
        return None

    def add(self, data: bytes) -> Ending | None:
        """Take a piece of the body; LinkError when there is none, or it is longer than it was said to be."""
        if self._body is None:
            raise LinkError("bytes that no CHUNK_HEADER announced")
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise LinkError("a body that is longer than it was said to be")
        elif self._body.size_bytes + len(data) > self._limits.response_bytes:
            return endings.too_large(self._limits)
        self._body.add(data)
        return None

    def end(self) -> Ending:
        """The body is whole; LinkError when it is not."""
        if self._body is None or self._left:
            raise LinkError("a body that is shorter than it was said to be")
        self._body.finish()
        return Ending(Outcome.OK, answer=self.head)

    def break_off(self) -> None:
        """The run ended; a body that is not whole never looks so."""
        if self._body is not None:
            self._body.break_off()
