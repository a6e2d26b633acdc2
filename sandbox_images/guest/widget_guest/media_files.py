"""Every Media of server code is also a binary file that can be read and sought (M-01 to M-06).

``pandas.read_csv(media)``, ``PIL.Image.open(media)``, ``zipfile.ZipFile(media)`` and ``json.load(media)`` work as they
do with an open file. The library's classes stay as they are: their common base gets the methods. The content is taken
once, when it is first read; a Media is never closed for good: closing it goes back to its beginning, since what wraps
a file (``io.TextIOWrapper``) closes it when it is forgotten, and the Media is still there to be read again.
"""

import io
from collections.abc import Callable
from typing import Any

#: Where a Media keeps its open content.
_OPENED = "_widgetry_file"
#: What a file of bytes in memory does, and a Media likewise.
_PASSED_ON = ("read", "read1", "readinto", "readline", "readlines", "seek", "tell", "fileno", "isatty", "__next__")


def add(media_class: Any) -> None:
    """Give ``media_class`` and what is derived from it the methods; done once, by the supervisor."""
    for name in _PASSED_ON:
        setattr(media_class, name, _passed_on(name))
    for name, method in _METHODS.items():
        setattr(media_class, name, method)
    media_class.mode = "rb"
    media_class.closed = False
    # Libraries that ask for an open file by its class take a Media, too.
    io.BufferedIOBase.register(media_class)


def _opened(media: Any) -> io.BytesIO:
    held: io.BytesIO | None = media.__dict__.get(_OPENED)
    if held is None:
        held = media.__dict__[_OPENED] = io.BytesIO(media.get_bytes())
    return held


def _passed_on(name: str) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any) -> Any:
        return getattr(_opened(self), name)(*arguments)

    method.__name__ = name
    method.__doc__ = f"Do what ``{name}`` of an open binary file does."
    return method


def _itself(self: Any) -> Any:
    return self


def _from_the_start(self: Any) -> Any:
    _close(self)
    return self


def _close(self: Any, *_: Any) -> None:
    self.__dict__.pop(_OPENED, None)


def _not_written(self: Any, *_: Any) -> Any:
    raise io.UnsupportedOperation("a Media object can be read, not written: make a new one with anvil.BlobMedia")


_METHODS: dict[str, Callable[..., Any]] = {
    "__iter__": _itself,
    "__enter__": _from_the_start,
    "__exit__": _close,
    "close": _close,
    "flush": lambda self: None,
    "readable": lambda self: True,
    "seekable": lambda self: True,
    "writable": lambda self: False,
    "write": _not_written,
    "truncate": _not_written,
}
