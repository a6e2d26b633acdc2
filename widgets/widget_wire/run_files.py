"""What a run leaves besides text: large parts of what it showed, and files that it wrote.

The bytes wait in Redis (``keys.RUN_FILE``) until the site worker has them stored with the run's record.
"""

from dataclasses import dataclass
from typing import Any

#: Part of something shown; its event names it.
SHOWN = "shown"
#: A file that the script wrote.
WRITTEN = "written"


@dataclass(frozen=True)
class RunFile:
    """One of them, without its bytes."""

    #: None for a file that was not kept; ``note`` says why.
    id: str | None
    #: shown | written
    kind: str
    #: A label, safe to show and to save under: a relative path without control characters; "" for what was shown.
    name: str
    #: What it was said to be.
    mime: str
    bytes: int
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, as a record carries them."""
        return dict(vars(self))
