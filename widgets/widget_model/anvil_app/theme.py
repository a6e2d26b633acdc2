"""The theme of an app: its colours, its pages, and the files that pages ask for below ``/_/theme/``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from widget_model.files import FileContent

FOLDER = "theme/"
ASSETS = f"{FOLDER}assets/"
PARAMETERS = f"{FOLDER}parameters.yaml"


@dataclass(frozen=True)
class Theme:
    """What pages are given of a theme."""

    #: "Primary 500" → "#2196f3"
    colors: Mapping[str, str] = field(default_factory=dict)
    #: "standard-page.html" → its text
    html: Mapping[str, str] = field(default_factory=dict)


def read_theme(parameters: Any, files: Mapping[str, FileContent]) -> Theme:
    """Return the theme; ``parameters`` is what ``theme/parameters.yaml`` says."""
    html = {
        path.removeprefix(ASSETS): content
        for path, content in files.items()
        if path.startswith(ASSETS) and path.endswith(".html") and isinstance(content, str)
    }
    return Theme(_colors(parameters), html)


def asset_path(name: str) -> str:
    """Return the path of a file that pages ask for as ``/_/theme/<name>``, or as ``asset:<name>``."""
    return ASSETS + name


def _colors(parameters: Any) -> dict[str, str]:
    said = parameters if isinstance(parameters, dict) else {}
    scheme = said.get("color_scheme")
    listed = scheme.get("colors") if isinstance(scheme, dict) else said.get("colors")
    if isinstance(listed, dict):
        pairs = list(listed.items())
    else:
        items = [one for one in listed or () if isinstance(one, dict)] if isinstance(listed, list) else []
        pairs = [(one.get("name"), one.get("color") or one.get("value")) for one in items]
    return {name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)}
