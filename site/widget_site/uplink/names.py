"""The names that an uplink registers: each a regular expression for whole names of functions.

They are matched by RE2, in time linear in what is matched, whatever a peer sends.
"""

import functools
from typing import Any

import re2  # type: ignore[import-untyped]  # it has no types

from widget_wire.uplinks import SERVER, LinkEntry

MAX_NAME_CHARS = 500
#: Of one link.
MAX_NAMES = 1000
_SPECIAL = frozenset(".^$*+?{}[]\\|()")
_MEMORY_BYTES = 256 * 1024


class PatternError(ValueError):
    """A name that can't be matched; the text says why."""


def matches(patterns: frozenset[str], name: str) -> bool:
    """Tell whether one of these patterns, all accepted by ``check``, stands for this whole name."""
    if name in patterns and _SPECIAL.isdisjoint(name):
        return True
    return any(
        _compiled(pattern).fullmatch(name) is not None for pattern in patterns if not _SPECIAL.isdisjoint(pattern)
    )


def answers(entry: LinkEntry, widget_id: str, name: str) -> bool:
    """Tell whether a link of this widget has registered the name, and takes new calls."""
    if entry.widget_id != widget_id or entry.kind != SERVER or entry.draining:
        return False
    return matches(frozenset(entry.names), name)


def check(pattern: object) -> str:
    """Return a name as it can be registered; PatternError says why it can't."""
    if not isinstance(pattern, str) or not pattern or len(pattern) > MAX_NAME_CHARS:
        raise PatternError(f"The name of a function is a text of at most {MAX_NAME_CHARS} characters.")
    if not _SPECIAL.isdisjoint(pattern):
        try:
            _compiled(pattern)
        except re2.error as error:
            shown = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else error.args[0]
            raise PatternError(f"The name {pattern[:100]!r} is a pattern that is not taken here: {shown}") from error
    return pattern


@functools.lru_cache(maxsize=1000)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    return re2.compile(pattern, options)
