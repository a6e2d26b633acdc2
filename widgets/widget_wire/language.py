"""What a site and a runner say to each other about the language tools of one open editor.

A site pushes a ``LanguageOpen`` (``keys.LANGUAGE_QUEUE``); the runner that takes it starts a sandbox, and from then on
both push JSON objects to two lists of the session: the site to ``keys.LANGUAGE_IN``, the runner to
``keys.LANGUAGE_OUT``. Nothing of it is kept: whoever finds the other gone ends the session, and an editor opens a new
one when it needs it.

Site to runner
    ``{"op": "check", "id": <int>, "text": <source>}`` answered by ``{"op": "checked", "id": ..., "found": <text>}``:
    ruff's JSON, or null when the tool failed
    ``{"op": "format", "id": <int>, "text": <source>}`` answered by ``{"op": "formatted", "id": ..., "text": ...}``,
    null for what is no Python
    ``{"op": "file", "path": ..., "text": <or null, which removes it>}``: a module of the widget, for the server
    ``{"op": "files", "files": {<path>: <text>}}``: modules that a site made, for the server
    ``{"op": "server", "message": <LSP message>}``
    ``{"op": "close"}``
Runner to site
    ``{"op": "ready"}`` once; ``{"op": "refused", "text": <why>}`` in its place, which ends the session;
    ``checked``, ``formatted``; ``{"op": "server", "message": <LSP message as text>}``; ``{"op": "ended"}``, the last.

Everything a runner says of tools was made from text of strangers: a site looks at it before it passes it on.
"""

from dataclasses import asdict, dataclass

from widget_wire.envelope import EnvelopeError, seal, unseal

#: Where a widget's modules lie in the sandbox.
WIDGET_FOLDER = "/work/widget"
#: Below it: client code of a GUI, and beside that what client code imports (made by the site).
CLIENT_FOLDER, CLIENT_LIBRARY = "client_code", ".client"
#: A session that nobody took for so long is not wanted any more.
OPEN_WITHIN_S = 10.0
#: The most characters of one source that tools are given.
MAX_TEXT_CHARS = 200_000
#: The most bytes of one message in either direction.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
#: A session ends after so long without a word from its site.
IDLE_S = 300.0


@dataclass(frozen=True)
class LanguageOpen:
    """An editor that wants language tools."""

    session: str
    #: Whose editor it is: what is counted against the cap of one account.
    account: str
    #: Unix time at which the site asked.
    asked_at: float
    #: Digest of the widget's packages; "" for none.
    environment: str = ""

    def to_envelope(self) -> bytes:
        """Return the request as bytes."""
        return seal(asdict(self))

    @classmethod
    def from_envelope(cls, data: bytes) -> "LanguageOpen":
        """Read what ``to_envelope`` wrote; EnvelopeError when it is something else."""
        try:
            return cls(**unseal(data)[0])
        except TypeError as error:
            raise EnvelopeError(f"not a LanguageOpen: {error}") from error
