"""What site processes tell each other about uplinks: which are connected where, and calls to a link held elsewhere."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from widget_wire import envelope
from widget_wire.runs import RunRequest, ServiceAnswer, ServiceCall

CALL, LAUNCH, STATE, KILL, DRAIN, ANSWER = "call", "launch", "state", "kill", "drain", "answer"
#: The kind of a link that answers calls.
SERVER = "server"


@dataclass(frozen=True)
class LinkEntry:
    """A connected uplink (a field of ``keys.UPLINKS``)."""

    id: str
    widget_id: str
    #: The site process that holds it.
    site: str
    #: server | client
    kind: str
    key_id: str
    #: Unix time in seconds.
    since: float
    address: str
    #: Patterns of what it answers, as it registered them.
    names: tuple[str, ...] = ()
    #: It finishes what it has and takes no new calls.
    draining: bool = False

    def to_json(self) -> bytes:
        """Return the entry as bytes."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "LinkEntry":
        """Read what ``to_json`` wrote; ValueError or TypeError when it is something else."""
        fields = json.loads(data)
        return cls(**{**fields, "names": tuple(fields["names"])})


@dataclass(frozen=True)
class FarMessage:
    """A message for a link that another site process holds, or its answer (``keys.UPLINK_FAR`` + process).

    ``call`` calls a function, ``launch`` runs a background task, whose end is not waited for, ``state`` and ``kill``
    are about a task that runs, ``drain`` lets a link take no new calls.
    """

    #: call | launch | state | kill | drain | answer
    what: str
    #: The message's id, the same in its answer.
    id: str
    #: The link; of state and kill the run.
    link: str = ""
    #: The site process to answer; "" when nobody waits for one.
    site: str = ""
    #: A ServiceCall, a RunRequest or a ServiceAnswer, as its envelope.
    body: bytes = field(default=b"")

    def to_envelope(self) -> bytes:
        """Return the message as bytes."""
        header: dict[str, Any] = {"what": self.what, "id": self.id, "link": self.link, "site": self.site}
        return envelope.seal(header, self.body)

    @classmethod
    def from_envelope(cls, data: bytes) -> "FarMessage":
        """Read what ``to_envelope`` wrote; EnvelopeError when it is something else."""
        header, body = envelope.unseal(data)
        try:
            return cls(**header, body=body)
        except TypeError as error:
            raise envelope.EnvelopeError(f"not a FarMessage: {error}") from error

    def call(self) -> ServiceCall:
        """Return the call in it."""
        return ServiceCall.from_envelope(self.body)

    def request(self) -> RunRequest:
        """Return the request of a task in it."""
        return RunRequest.from_envelope(self.body)

    def answer(self) -> ServiceAnswer:
        """Return the answer in it."""
        return ServiceAnswer.from_envelope(self.body)
