"""What site worker and runner say to each other about packages: the request, how far it is, how it ended.

The worker pushes requests (``keys.INSTALL_QUEUE``); a runner writes how far it is (``keys.INSTALLING``) and pushes one
result (``keys.INSTALL_RESULTS``). The request's row is in the database before, and a request that nobody answers is
pushed again: to install twice is harmless, since an environment is named by what is in it.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from widget_wire.envelope import EnvelopeError, seal, unseal

#: How long a log may be; its end is kept.
LOG_CHARS = 200_000


@dataclass(frozen=True)
class InstallRequest:
    """A set of packages to resolve and install, or (``forget``) an environment that nobody uses any more."""

    #: The package set's id; for ``forget`` the environment's digest.
    id: str
    requirements: tuple[str, ...] = ()
    #: Mixed into the digest of an environment for which foreign code ran: such a one is shared with nobody else.
    salt: str = ""
    forget: bool = False

    def to_envelope(self) -> bytes:
        """Return the request as bytes."""
        return seal(asdict(self))

    @classmethod
    def from_envelope(cls, data: bytes) -> "InstallRequest":
        """Read what ``to_envelope`` wrote; EnvelopeError when it is something else."""
        header = unseal(data)[0]
        try:
            return cls(**{**header, "requirements": tuple(header["requirements"])})
        except (KeyError, TypeError) as error:
            raise EnvelopeError(f"not an InstallRequest: {error}") from error


@dataclass(frozen=True)
class InstallProgress:
    """How far an install is."""

    #: queued | resolve | download | build | install
    phase: str
    downloaded_bytes: int = 0
    limit_bytes: int = 0
    #: The end of the log so far.
    log: str = ""

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "InstallProgress":
        """Read what ``to_json`` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class InstallResult:
    """How an install ended."""

    id: str
    #: ready | failed
    status: str
    #: Why it failed, in words, for the widget's owner.
    message: str = ""
    #: limit | time | version | conflict | compiler | unpacked | index | build | internal | ""
    reason: str = ""
    log: str = ""
    #: Digest of the environment; "" when nothing had to be installed or it failed.
    environment: str = ""
    #: name==version of what is in it.
    packages: tuple[str, ...] = ()
    #: Whether code of packages ran to build them.
    built: bool = False
    downloaded_bytes: int = 0
    size_bytes: int = 0
    seconds: float = 0.0

    def to_envelope(self) -> bytes:
        """Return the result as bytes."""
        return seal(asdict(self))

    @classmethod
    def from_envelope(cls, data: bytes) -> "InstallResult":
        """Read what ``to_envelope`` wrote; EnvelopeError when it is something else."""
        header: dict[str, Any] = unseal(data)[0]
        try:
            return cls(**{**header, "packages": tuple(header["packages"])})
        except (KeyError, TypeError) as error:
            raise EnvelopeError(f"not an InstallResult: {error}") from error
