"""What ``widgetry doctor`` found, one line each, and how it is printed."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "weak", "no"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, weaker than it could be, or missing."""

    level: Level
    what: str
    text: str
    #: The command, or what else to do, that would mend it.
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<5} {self.what}: {self.text}"
        return f"{line}\n      mend: {self.mend}" if self.mend else line
