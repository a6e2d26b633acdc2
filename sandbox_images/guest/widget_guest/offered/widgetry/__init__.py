"""What Widgetry adds to the anvil library: ``store``, values that last from run to run; exceptions that cross calls."""

from typing import Any, TypeVar

import anvil.server  # type: ignore[import-not-found, unused-ignore]  # the wheel is in the image alone

__all__ = ["portable_exception"]

_E = TypeVar("_E", bound="type[Any]")


def portable_exception(cls: _E) -> _E:
    """Let exceptions of a class arrive as that class where a function that raises them was called (S-52).

    A decorator of a class that derives from ``anvil.server.AnvilWrappedError``; who calls imports its module, too.
    """
    if not (isinstance(cls, type) and issubclass(cls, anvil.server.AnvilWrappedError)):
        raise TypeError("A portable exception is a class that derives from anvil.server.AnvilWrappedError")
    anvil.server._register_exception_type(f"{cls.__module__}.{cls.__qualname__}", cls)
    return cls
