"""What SQLite lacks: functions of our own, in Python, for what Postgres has built in."""

import json
import re
from typing import Any

from widget_site.store.data import full_text, narrowing


def add(connection: Any) -> None:
    """Give a connection of the driver the functions."""
    connection.create_function("data_contains", 2, _contains_text, deterministic=True)
    connection.create_function("data_ilike", 2, _ilike, deterministic=True)
    connection.create_function("data_matches", 2, full_text.matches_text, deterministic=True)
    # Of triggers (``indexes``): what FTS5 splits into trigrams and words.
    connection.create_function("data_folded", 1, narrowing.folded, deterministic=True)
    connection.create_function("data_stems", 1, _stems, deterministic=True)


def contains(whole: Any, part: Any, *, top: bool = True) -> bool:
    """Tell whether one JSON value contains another one, as Postgres's ``@>`` has it."""
    if isinstance(whole, dict):
        if not isinstance(part, dict):
            return False
        return all(key in whole and contains(whole[key], value, top=False) for key, value in part.items())
    if isinstance(whole, list):
        if isinstance(part, list):
            return all(any(contains(one, wanted, top=False) for one in whole) for wanted in part)
        # An array contains a simple value, but only at the top.
        return top and not isinstance(part, dict) and any(_same(one, part) for one in whole)
    return not isinstance(part, dict | list) and _same(whole, part)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _contains_text(whole: str | None, part: str) -> bool | None:
    return None if whole is None else contains(json.loads(whole), json.loads(part))


def _ilike(value: str | None, pattern: str) -> bool | None:
    """Match a text with a regular expression that ``queries`` made, whatever the case."""
    return None if value is None else re.fullmatch(pattern, narrowing.folded(value), re.DOTALL) is not None


def _stems(value: str) -> str:
    return " ".join(dict.fromkeys(narrowing.safe(stem) for stem in full_text.stems_of(value) if stem))
