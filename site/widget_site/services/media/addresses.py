"""Addresses of lazy media (M-04, M-17): encrypted, good for one widget and an hour, and one visitor if there is one.

What an address says (which media, and in whose name they are fetched) is encrypted, because arguments of user code may
be in it.
"""

import base64
import json
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from widget_wire.values import LazyMedia

#: The purpose for which ``SecretBox.derived_keys`` makes the keys.
PURPOSE = "media addresses"
#: Below the widget's origin.
PATH = "/_/lm/"
#: Seconds that an address is good for.
VALID_S = 3600
#: Of what an address has to name; longer ones no browser and no server takes for sure.
MAX_ID_CHARS = 4000
_NAME_CHARS = 200


@dataclass(frozen=True)
class Addressed:
    """What an address stands for."""

    widget_id: str
    manager: str
    id: str
    content_type: str | None
    name: str | None
    #: Shown by the browser where that is safe, not saved.
    is_shown: bool
    #: Who asked for it: the caller of the call, and the session that it is bound to ("" for none).
    caller: str
    session: str

    @property
    def media(self) -> LazyMedia:
        """The media."""
        return LazyMedia(self.manager, self.id, self.content_type, self.name)


class Addresses:
    """Makes addresses and reads them."""

    def __init__(self, keys: Callable[[], Sequence[bytes]], now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._now = now

    def path(self, addressed: Addressed) -> str:
        """Return the path of an address: a secret for whoever may have the media."""
        said = json.dumps(asdict(addressed), separators=(",", ":")).encode()
        token = self._box().encrypt_at_time(said, int(self._now())).decode()
        name = urllib.parse.quote((addressed.name or "").replace("/", "_")[:_NAME_CHARS], safe="", errors="replace")
        return f"{PATH}{token}/{name}" if name else PATH + token

    def read(self, path: str) -> Addressed | None:
        """Return what a path stands for; None for one that is not ours, was changed or is too old."""
        token = path.removeprefix(PATH).partition("/")[0]
        try:
            said = self._box().decrypt_at_time(token.encode(), VALID_S, int(self._now()))
        except (InvalidToken, UnicodeEncodeError):
            return None
        return Addressed(**json.loads(said))

    def _box(self) -> MultiFernet:
        # Asked for each time: keys can be changed while the site runs.
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in self._keys()])
