"""Where media are that do not travel with their message, and what processes say to each other about them."""

from dataclasses import dataclass
from typing import NamedTuple

from widget_wire import envelope

WANT, PART, DONE = "want", "part", "done"


class ParcelError(Exception):
    """The media did not arrive, or are not taken; ``kind`` is the Anvil error that says so."""

    def __init__(self, message: str, kind: str = "anvil.server.RuntimeUnavailableError") -> None:
        super().__init__(message)
        self.kind = kind


class Parcel(NamedTuple):
    """What a message says of media that do not travel with it."""

    #: The process that has it: a runner's or a site process's id.
    holder: str
    id: str
    size_bytes: int


@dataclass(frozen=True)
class ParcelMessage:
    """What a holder is asked for, or its answer (``keys.PARCELS`` + process)."""

    #: want | part | done (everything has arrived)
    what: str
    #: The parcel's id; in a part, the transfer's.
    id: str
    part: int = 0
    #: Whom to answer, and the id of the transfer.
    to: str = ""
    transfer: str = ""
    #: The holder has no such parcel, or no longer.
    gone: bool = False
    data: bytes = b""

    def to_envelope(self) -> bytes:
        """Return it as bytes."""
        return envelope.seal({name: value for name, value in vars(self).items() if name != "data"}, self.data)

    @classmethod
    def from_envelope(cls, data: bytes) -> "ParcelMessage":
        """Read what ``to_envelope`` wrote; EnvelopeError when it is something else."""
        header, content = envelope.unseal(data)
        try:
            return cls(**header, data=content)
        except TypeError as error:
            raise envelope.EnvelopeError(f"not a ParcelMessage: {error}") from error
