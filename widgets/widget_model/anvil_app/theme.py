"""The theme of an app: its colours, its pages, and the files that pages ask for below ``/_/theme/``."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from widget_model.files import FileContent
from widget_wire.start import THEME

FOLDER = THEME
ASSETS = f"{FOLDER}assets/"
PARAMETERS = f"{FOLDER}parameters.yaml"


@dataclass(frozen=True)
class Role:
    """A look that components can be given by name."""

    name: str
    #: Types of the components that it is for; empty for all.
    components: tuple[str, ...] = ()


@dataclass(frozen=True)
class Theme:
    """What an app says of its looks."""

    #: "Primary 500" → "#2196f3"
    colors: Mapping[str, str] = field(default_factory=dict)
    #: "standard-page.html" → its text
    html: Mapping[str, str] = field(default_factory=dict)
    #: Pages need none of these: their classes are in the theme's styles.
    roles: tuple[Role, ...] = ()


def read_theme(parameters: Any, files: Mapping[str, FileContent]) -> Theme:
    """Return the theme; ``parameters`` is what ``theme/parameters.yaml`` says."""
    html = {
        path.removeprefix(ASSETS): content
        for path, content in files.items()
        if path.startswith(ASSETS) and path.endswith(".html") and isinstance(content, str)
    }
    return Theme(_colors(parameters), html, tuple(_roles(parameters)))


def together(themes: Iterable[Theme]) -> Theme:
    """Return what these have, of what several have the last one's."""
    colors, pages, roles = dict[str, str](), dict[str, str](), dict[str, Role]()
    for one in themes:
        colors |= one.colors
        pages |= one.html
        roles |= {role.name: role for role in one.roles}
    return Theme(colors, pages, tuple(roles.values()))


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


def _roles(parameters: Any) -> Iterator[Role]:
    listed = parameters.get("roles") if isinstance(parameters, dict) else None
    for said in listed if isinstance(listed, list) else ():
        name = said.get("name") if isinstance(said, dict) else None
        if isinstance(name, str) and name:
            types = said.get("components")
            yield Role(name, tuple(one for one in types if isinstance(one, str)) if isinstance(types, list) else ())
