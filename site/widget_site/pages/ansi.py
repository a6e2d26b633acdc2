"""Terminal output as plain text: the pages that scripts don't draw show no colours, and no escape sequences either."""

import re

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;:?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def plain(text: str) -> str:
    """Return the text without escape sequences, and of a line that was begun again what stood last."""
    return "\n".join(map(_last_shown, _SEQUENCE.sub("", text).split("\n")))


def _last_shown(line: str) -> str:
    # No pattern: one that looks for the last \r takes the square of a long line's length.
    return line[line.rfind("\r", 0, max(0, len(line) - 1)) + 1 :].replace("\r", "")
