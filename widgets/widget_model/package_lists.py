"""Lists of packages to begin with (P-09): what a new widget asks for until its owner changes it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PackageList:
    """A list under its title; ``lines`` are those of a requirements.txt."""

    title: str
    lines: tuple[str, ...]


_STANDARD = ("requests", "beautifulsoup4")
_DATA = (*_STANDARD, "numpy", "pandas", "matplotlib")

#: By what the API calls them. No versions: each install takes the newest that fit together.
PACKAGE_LISTS: Mapping[str, PackageList] = {
    "minimal": PackageList("Minimal", ()),
    "standard": PackageList("Standard", _STANDARD),
    "data-science": PackageList("Data science", _DATA),
    "machine-learning": PackageList("Machine learning", (*_DATA, "scikit-learn")),
}
#: What a widget begins with where nobody says otherwise.
MINIMAL = "minimal"
