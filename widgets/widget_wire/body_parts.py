"""Large bodies of requests on their way to a run: kept on the site's disk, and asked for in parts by its runner.

A body of more than WHOLE_BYTES is not in the RunRequest, whose ``body_bytes`` say how much there is. Once the run has a
place, the runner asks for parts (``RunReply`` with the status ``body_wanted``), a window of them at a time and no
faster than the child reads; the site answers each with a BodyPart on the runner's list (``keys.PARTS_READ``). So
neither holds more of a body than a window, and Redis no more than that of any run.
"""

from dataclasses import dataclass

from widget_wire import envelope

#: A body up to this travels with its request.
WHOLE_BYTES = 1024 * 1024
#: Of four chunks of media.
PART_BYTES = 256 * 1024
#: Parts that are asked for and not in the child's socket yet.
WINDOW_PARTS = 4
#: The status of a RunReply that asks for the part of its number.
WANTED = "body_wanted"
#: What tells a BodyPart from other messages of its list.
_KIND = "body"


@dataclass(frozen=True)
class BodyPart:
    """One part of a request's body."""

    #: The run's id.
    id: str
    #: From 0.
    part: int
    data: bytes = b""
    #: Whoever sent the request is not there any more, and neither is its body.
    gone: bool = False

    def to_envelope(self) -> bytes:
        """Return it as bytes."""
        return envelope.seal({"kind": _KIND, "id": self.id, "part": self.part, "gone": self.gone}, self.data)

    @classmethod
    def from_envelope(cls, data: bytes) -> "BodyPart | None":
        """Read what ``to_envelope`` wrote; None for a message of another kind, EnvelopeError for none at all."""
        header, content = envelope.unseal(data)
        if header.get("kind") != _KIND:
            return None
        return cls(str(header.get("id")), int(header.get("part", 0)), content, bool(header.get("gone")))
