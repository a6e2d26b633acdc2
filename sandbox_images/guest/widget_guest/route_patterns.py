"""Matching a path with a route's pattern, without compiling it where that is not needed.

The library registers ``/add/:a`` as the regular expression ``/add/([^/]*)`` and matches it twice per request. Python
compiles an expression in about 0.1 ms, and a fresh interpreter has none compiled; a path that holds nothing but words
and parameters can be matched by cutting it at the slashes. Everything else goes to ``re`` as it always did.

``:name*`` is ours: the rest of the path, slashes included, which may be empty (X-22). Routes are tried in the order in
which they are defined, so one that ends so comes last.
"""

import re
from collections.abc import Callable
from typing import Any

_PARAMETER = "([^/]*)"
_REST = r"([\s\S]*)"
#: How the library finds the parameters in the path of a route.
_DECLARED = ":([^/]*)"
_SPECIAL = frozenset(".^$*+?{}[]\\|()")


class PlainMatch:
    """What ``match`` returns for a plain pattern: as much of ``re.Match`` as the library uses."""

    def __init__(self, matched: str, parameters: tuple[str, ...]) -> None:
        self._matched = matched
        self._parameters = parameters

    def group(self, number: int = 0) -> str:
        """Return the whole match (0) or one parameter."""
        return self._parameters[number - 1] if number else self._matched

    def groups(self) -> tuple[str, ...]:
        """Return the parameters."""
        return self._parameters


def match(pattern: str, text: str) -> "PlainMatch | re.Match[str] | None":
    """Return what ``re.match`` finds, in its own type where the pattern is not plain."""
    takes_rest = pattern.endswith(_REST)
    pieces = (pattern[: -len(_REST)] if takes_rest else pattern).split(_PARAMETER)
    # A rest begins after a slash, or the piece before it could end in several places.
    if not _is_plain(pieces) or (takes_rest and not pieces[-1].endswith("/")):
        return re.match(pattern, text)
    if not text.startswith(pieces[0]):
        return None
    place = len(pieces[0])
    parameters = []
    for piece in pieces[1:]:
        end = text.find("/", place)
        end = len(text) if end < 0 else end
        parameters.append(text[place:end])
        if not text.startswith(piece, end):
            return None
        place = end + len(piece)
    if takes_rest:
        parameters.append(text[place:])
        place = len(text)
    return PlainMatch(text[:place], tuple(parameters))


def sub(pattern: str, replace: Callable[[Any], str], text: str) -> str:
    """Return what ``re.sub`` does; in the path of a route ``:name*`` stands for the rest of the path."""
    if pattern != _DECLARED:
        return re.sub(pattern, replace, text)
    return re.sub(pattern, lambda found: _declared(found, replace), text)


def _declared(found: "re.Match[str]", replace: Callable[[Any], str]) -> str:
    name = found.group(1)
    if not name.endswith("*") or not name[:-1].isidentifier():
        return replace(found)
    replace(PlainMatch(found.group(0), (name[:-1],)))
    return _REST


def _is_plain(pieces: list[str]) -> bool:
    """Whether only words and parameters are there, and a slash or the end after each parameter.

    Then a parameter ends at the next slash, whatever follows, and nothing has to be tried twice.
    """
    for piece in pieces:
        if not _SPECIAL.isdisjoint(piece):
            return False
    return all(piece.startswith("/") for piece in pieces[1:-1]) and (len(pieces) == 1 or pieces[-1][:1] in ("", "/"))


class Patterns:
    """Stands where the library has the module ``re``."""

    match = staticmethod(match)
    sub = staticmethod(sub)

    def __getattr__(self, name: str) -> Any:
        return getattr(re, name)
