"""What a bearer token may do: each scope can what the one before it can.

One place asks (``visitor.guard``), for every address of the site: what is not said at an operation is read from its
method, so a new address that changes something is closed to tokens that only read.
"""

from enum import StrEnum
from typing import Any

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ATTRIBUTE = "widgetry_scope"


class Scope(StrEnum):
    """The scope of a token, from the least to the most."""

    #: Reads everything that its account can read.
    READ = "read"
    #: Also starts and stops runs; changes nothing.
    RUN = "run"
    #: Everything.
    WRITE = "write"

    def allows(self, needed: "Scope") -> bool:
        """Whether a token of this scope may do what needs ``needed``."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


def mark(view: Any, scope: Scope) -> None:
    """Say what a view needs where its method does not tell."""
    setattr(view, _ATTRIBUTE, scope)


def needed(method: str, view: Any) -> Scope:
    """Return what a request with this method to this view needs."""
    marked: Scope | None = getattr(view, _ATTRIBUTE, None)
    if marked is not None:
        return marked
    return Scope.READ if method in SAFE_METHODS else Scope.WRITE
