"""Hides secrets in what a run says: every value that the run has read from the site, however its text is cut up.

What is hidden: each line of a value from MIN_CHARS on, as it is and in the forms in which programs print text (repr,
JSON, percent-encoding, base64). A guard against accidents, not against the owner's own code: who wants to print a
secret letter by letter can.
"""

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable
from typing import Any

MASK = "•••"
#: Shorter texts are not hidden: they are in everything.
MIN_CHARS = 4
#: Longer lines are hidden piece by piece, so that little text has to be held back.
_PIECE_CHARS = 128
#: What is held back at most; no text of ordinary patterns comes near it.
_MAX_HELD_CHARS = 64 * 1024
_MAX_PATTERNS = 4000
_MASKS = re.compile(f"(?:{MASK}){{2,}}")


class Masker:
    """The texts to hide in one run."""

    def __init__(self) -> None:
        self._patterns: set[str] = set()
        self._longest = 0

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def add(self, values: Iterable[str]) -> None:
        """Hide these from now on."""
        for value in values:
            for form in _forms(value):
                self._patterns.update(_pieces(form))
        if len(self._patterns) > _MAX_PATTERNS:
            # The site bounds what a widget can have; whatever is above that, longer texts matter more.
            self._patterns = set(sorted(self._patterns, key=len, reverse=True)[:_MAX_PATTERNS])
        self._longest = max(map(len, self._patterns), default=0)

    def whole(self, text: str) -> str:
        """Return a text that is all there, masked."""
        return _cover(text, self._found(text)) if self._patterns else text

    def value(self, value: Any) -> Any:
        """Return decoded JSON with every text masked."""
        if isinstance(value, str):
            return self.whole(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.whole(str(key)): self.value(item) for key, item in value.items()}
        return value

    def part(self, text: str) -> tuple[str, str]:
        """Return the masked text and the end of ``text`` that is held back, since a secret may begin in it."""
        found = self._found(text)
        at = self._possible_start(text)
        for start, end in found:
            if start < at < end:
                at = start
        if len(text) - at > _MAX_HELD_CHARS:
            at = len(text)
        return _cover(text[:at], [(start, end) for start, end in found if end <= at]), text[at:]

    def _found(self, text: str) -> list[tuple[int, int]]:
        """Return where secrets are, merged and in order."""
        places = []
        for pattern in self._patterns:
            at = text.find(pattern)
            while at >= 0:
                places.append((at, at + len(pattern)))
                at = text.find(pattern, at + 1)
        merged: list[tuple[int, int]] = []
        for start, end in sorted(places):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _possible_start(self, text: str) -> int:
        """Return where the longest end of ``text`` begins that is the beginning of a secret."""
        first = max(0, len(text) - self._longest + 1)
        best = len(text)
        for pattern in self._patterns:
            at = text.find(pattern[0], max(first, len(text) - len(pattern) + 1))
            while 0 <= at < best:
                if pattern.startswith(text[at:]):
                    best = at
                    break
                at = text.find(pattern[0], at + 1)
        return best


def _cover(text: str, places: list[tuple[int, int]]) -> str:
    if not places:
        return text
    kept, at = [], 0
    for start, end in places:
        kept += [text[at:start], MASK]
        at = end
    return _MASKS.sub(MASK, "".join([*kept, text[at:]]))


def _forms(value: str) -> Iterable[str]:
    """Yield a value in the forms in which it is printed."""
    yield from value.splitlines()
    yield repr(value)[1:-1]
    yield json.dumps(value)[1:-1]
    data = value.encode("utf-8", "surrogatepass")
    yield urllib.parse.quote(data, safe="")
    yield urllib.parse.quote_plus(data, safe="")
    yield base64.b64encode(data).decode()


def _pieces(line: str) -> Iterable[str]:
    line = line.strip()
    if len(line) < MIN_CHARS:
        return
    for start in range(0, len(line), _PIECE_CHARS):
        # A short rest would be hidden everywhere: the last piece reaches back.
        yield line[max(0, min(start, len(line) - MIN_CHARS)) : start + _PIECE_CHARS]
