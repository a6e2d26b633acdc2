"""The built browser files: which name a source got, read from the build's own list."""

import functools
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from markupsafe import Markup

FOLDER = Path(__file__).parent / "static" / "browser"
ADDRESS = "/static/browser/"


class AssetError(RuntimeError):
    """The browser files were not built, or lack one; the text says how to build them."""


def _manifest() -> dict[str, dict[str, Any]]:
    file = FOLDER / "manifest.json"
    try:
        # A build while the site runs gives the files other names: its time tells.
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise AssetError(f"{FOLDER} holds no build of site/browser; `uv sync` makes it.") from error


@functools.lru_cache(maxsize=1)
def _read(file: Path, _written_ns: int) -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return read


def built() -> Collection[str]:
    """Return the names of all that was built."""
    return _manifest().keys()


def asset(name: str) -> str:
    """Return the address of a built file by its source's name, like ``site.css``; AssetError when there is none."""
    try:
        return ADDRESS + str(_manifest()[name]["file"])
    except KeyError as error:
        raise AssetError(f"The build of site/browser has no {name}.") from error


def content(name: str) -> str:
    """Return the text of a built file by its source's name; it blocks for a moment."""
    return (FOLDER / Path(asset(name)).name).read_text()


def preloads(name: str) -> list[str]:
    """Return the addresses of what the built file imports at once."""
    return [ADDRESS + file for file in _manifest()[name]["preload"]]


def icon(name: str, label: str = "") -> Markup:
    """Return the markup of an icon from the sprite; hidden from screen readers unless it has a label of its own."""
    if label:
        markup = '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>'
        return Markup(markup).format(label, asset("icons.svg"), name)  # noqa: S704  # format() escapes what it puts in
    markup = '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>'
    return Markup(markup).format(asset("icons.svg"), name)  # noqa: S704
