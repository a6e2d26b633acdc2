"""How long runs took, in classes that grow with the length: a few numbers say how many took how long, within a tenth.

Four classes to each doubling. Class n holds up to ``2 ** (n / 4)`` ms; class 0 all up to 1 ms, the last all above.
"""

import math
from collections.abc import Mapping

_PER_DOUBLING = 4
_LAST = 100


def length_class(seconds: float) -> int:
    """Return the class of a length."""
    ms = seconds * 1000
    return 0 if ms <= 1 else min(_LAST, math.ceil(_PER_DOUBLING * math.log2(ms)))


def middle_s(number: int) -> float:
    """Return the middle of a class, in seconds."""
    return float(2 ** ((number - 0.5) / _PER_DOUBLING)) / 1000 if number else 0.001


def percentile_s(counts: Mapping[int, int], part: float) -> float | None:
    """Return the length that ``part`` (0 to 1) of all are not above, from how many are of each class; None for none."""
    wanted = part * sum(counts.values())
    seen = 0
    for number in sorted(counts):
        seen += counts[number]
        if counts[number] and seen >= wanted:
            return middle_s(number)
    return None
