"""Terminal output as plain text: the pages that scripts don't draw show no colours, and no escape sequences either."""

import re

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;:?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n|$)")


def plain(text: str) -> str:
    """Return the text without escape sequences, and of a line that was begun again what stood last."""
    return _OVERWRITTEN.sub("", _SEQUENCE.sub("", text)).replace("\r", "")
