"""Ids that sort by the time they were made."""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """Return a new id: 26 characters of Crockford's base 32; 48 bits of ms, then 80 random bits."""
    return _text((time.time_ns() // 1_000_000) << 80 | secrets.randbits(80))


def first_id_at(at_s: float) -> str:
    """Return what sorts before every id made at this Unix time or later, and after those made before."""
    # Rounded before it is cut: a time of 1.001 s is 1000.9999 ms as floats count.
    ms = min(max(int(round(at_s * 1000, 2)), 0), 2**48 - 1)
    return _text(ms << 80)


def made_at(an_id: str) -> float | None:
    """Return the Unix time that an id was made at; None for something that is no id of ours."""
    try:
        number = 0
        for character in an_id[:26]:
            number = number << 5 | _ALPHABET.index(character)
    except ValueError:
        return None
    return (number >> 80) / 1000 if len(an_id) == 26 else None


def _text(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
