"""What an import tells its owner: things of an app that could not be read, or that this site does not have."""

from dataclasses import dataclass

#: More than these help nobody.
MAX_FINDINGS = 200


@dataclass(frozen=True)
class Finding:
    """One thing about one place; ``line`` counts from 1, 0 for the whole file."""

    file: str
    line: int
    text: str


class Findings:
    """Collects findings, each once, up to ``MAX_FINDINGS``."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(self, file: str, text: str, line: int = 0) -> None:
        """Note one."""
        if len(self._found) < MAX_FINDINGS:
            self._found.setdefault(Finding(file, line, text))

    @property
    def all(self) -> tuple[Finding, ...]:
        """Everything that was found, in order."""
        return tuple(self._found)
