"""``IPython.display``: display() and the small classes that say how to show a text or some bytes."""

import base64
import json
import mimetypes
import urllib.request
from pathlib import Path
from typing import Any

from widget_guest.showing import display

__all__ = [
    "HTML",
    "JSON",
    "SVG",
    "Image",
    "Latex",
    "Markdown",
    "Math",
    "Pretty",
    "clear_output",
    "display",
    "display_html",
    "display_markdown",
    "display_png",
    "update_display",
]  # fmt: skip


class _Shown:
    """Data with a way to be shown; from ``data``, a file or an address."""

    kind = "text/plain"
    binary = False

    def __init__(self, data: Any = None, url: str | None = None, filename: Any = None, **_options: Any) -> None:
        if isinstance(data, Path):
            data, filename = None, data
        elif filename is None and url is None and self.binary and isinstance(data, str):
            data, url, filename = (None, data, None) if "://" in data[:10] else (None, None, data)
        self.data = data
        self.url = url
        self.filename = filename
        if filename is not None:
            self.data = Path(filename).read_bytes() if self.binary else Path(filename).read_text()
        elif url is not None and data is None:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # user code's own wish
                self.data = answer.read() if self.binary else answer.read().decode()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {self.kind: self.data, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<IPython.display.{type(self).__name__} object>"


class HTML(_Shown):
    """HTML, shown in a frame of its own."""

    kind = "text/html"


class Markdown(_Shown):
    """Markdown."""

    kind = "text/markdown"


class SVG(_Shown):
    """A drawing."""

    kind = "image/svg+xml"


class Pretty(_Shown):
    """Text as it is."""

    def __repr__(self) -> str:
        return str(self.data)


class Latex(Pretty):
    """LaTeX, shown as its text."""


class Math(Pretty):
    """A formula, shown as its text."""


class JSON(_Shown):
    """Data that unfolds."""

    kind = "application/json"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        data = json.loads(self.data) if isinstance(self.data, (str, bytes)) else self.data
        return {self.kind: data, "text/plain": repr(data)}


class Image(_Shown):
    """A picture: bytes, base64, a file's name or an address."""

    binary = True

    def __init__(
        self, data: Any = None, url: str | None = None, filename: Any = None, format: str | None = None, **options: Any
    ) -> None:
        super().__init__(data, url, filename, **options)
        if isinstance(self.data, str):
            self.data = base64.b64decode(self.data)
        self.format = format

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from widget_guest.rich import pictures

        content = bytes(self.data or b"")
        named = mimetypes.types_map.get(f".{(self.format or '').lower()}")
        return {pictures.kind_of(content) or named or "image/png": content, "text/plain": repr(self)}


def display_html(*values: Any, **options: Any) -> None:
    """Show each value."""
    display(*values)


def display_markdown(*values: Any, **options: Any) -> None:
    """Show each value."""
    display(*values)


def display_png(*values: Any, **options: Any) -> None:
    """Show each value."""
    display(*values)


def update_display(value: Any, **_options: Any) -> None:
    """Show the value anew: what was shown stays."""
    display(value)


def clear_output(wait: bool = False) -> None:
    """Do nothing: what a run said is kept."""
