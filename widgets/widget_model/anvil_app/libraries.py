"""What an app has of its libraries: which packages it names, and their code beside its own in its runs."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from widget_model.anvil_app import yaml_text
from widget_model.anvil_app.app import CLIENT, SERVER
from widget_model.anvil_app.findings import Finding, Findings
from widget_model.anvil_app.manifest import MANIFEST, read_manifest
from widget_model.files import Files, content_bytes
from widget_model.requirements import REQUIREMENTS, lines_of
from widget_wire.libraries import FOLDER, ORDER

#: Bytes of libraries' code that a run is given.
MAX_BYTES = 4 * 1024 * 1024
_MAX_SHOWN = 20


@dataclass(frozen=True)
class Packages:
    """An app's own package, "" for none, and those that it names as libraries."""

    own: str = ""
    used: frozenset[str] = frozenset()


def packages_of(manifest: str) -> Packages:
    """Return what the text of an ``anvil.yaml`` names; nothing for one that can't be read."""
    try:
        said = yaml_text.read(manifest)
    except yaml_text.YamlError:
        return Packages()
    if not isinstance(said, dict):
        return Packages()
    read = read_manifest(said, Findings())
    return Packages(read.package, frozenset({one.package for one in read.dependencies} - {"", read.package}))


def with_libraries(files: Files, libraries: Mapping[str, Files]) -> Files:
    """Return the files that runs of an app get: its own, and the code of its libraries, those by package, nearest
    first. Of what is too much the last are left out, whole.
    """
    made = {path: content for path, content in files.items() if not path.startswith(FOLDER)}
    taken = _taken(libraries)
    for package, code in taken.items():
        made |= {f"{FOLDER}{package}/{path}": content for path, content in code.items()}
    return {**made, ORDER: "".join(f"{package}\n" for package in taken)}


def library_findings(files: Files, libraries: Mapping[str, Files]) -> tuple[Finding, ...]:
    """Return what an app lacks of what the server code of its libraries needs."""
    findings = Findings()
    taken = _taken(libraries)
    there = _distributions(files)
    for package, tree in libraries.items():
        if package not in taken:
            findings.add(MANIFEST, f"The library {package} is too large: its server code is left out.")
        lacking = [line for name, line in _distributions(tree).items() if name not in there]
        if lacking and package in taken and any(path.startswith(SERVER) for path in tree):
            shown = ", ".join(lacking[:_MAX_SHOWN])
            text = f"The library {package} asks for packages that this app does not: {shown}. Add them to its packages."
            findings.add(REQUIREMENTS, text)
    return findings.all


def _taken(libraries: Mapping[str, Files]) -> dict[str, Files]:
    """Return what runs get of each library, as far as there is room: its server modules and what lies beside them,
    and its client modules.
    """
    taken, left = dict[str, Files](), MAX_BYTES
    for package, tree in libraries.items():
        code = {
            path: content
            for path, content in tree.items()
            if path.startswith(SERVER) or (path.startswith(CLIENT) and path.endswith(".py"))
        }
        left -= sum(len(content_bytes(path, content)) for path, content in code.items())
        if left < 0:
            break
        taken[package] = code
    return taken


def _distributions(files: Files) -> dict[str, str]:
    """Return the lines that ask for packages, by the packages' names."""
    found = dict[str, str]()
    for line in lines_of(files):
        with contextlib.suppress(InvalidRequirement):
            found[canonicalize_name(Requirement(line).name)] = line
    return found


__all__ = ["MAX_BYTES", "Packages", "library_findings", "packages_of", "with_libraries"]
