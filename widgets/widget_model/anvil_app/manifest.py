"""``anvil.yaml``: what an app says of itself. A part that can't be read is a finding, and as if it were not there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from widget_model.anvil_app.findings import Findings

MANIFEST = "anvil.yaml"
_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEFAULT_PACKAGE = "app"
_MAX_TEXT = 10_000
#: Lists of packages that an app may name as its server's, and ours that have the same.
_BASES = {
    "python310-minimal": "minimal",
    "python310-standard": "standard",
    "python310-datascience": "data-science",
    "python310-machine-learning": "machine-learning",
}


@dataclass(frozen=True)
class Dependency:
    """Another app whose forms and modules this one uses."""

    #: How templates name it; "" where the app is named by ``app_id`` alone.
    dep_id: str
    app_id: str
    #: The package that it is imported as; "" where this app does not say.
    package: str


@dataclass(frozen=True)
class ColumnSpec:
    """A column of a table; ``target`` is the table's name that a link leads to."""

    name: str
    type: str
    target: str | None = None


@dataclass(frozen=True)
class TableSpec:
    """A Data Table of an app, and who may use it: "none", "search" or "full"."""

    name: str
    title: str
    client: str
    server: str
    columns: tuple[ColumnSpec, ...]


@dataclass(frozen=True)
class Manifest:
    """What an app says of itself."""

    name: str = ""
    package: str = _DEFAULT_PACKAGE
    title: str = ""
    description: str = ""
    #: "asset:logo.png", an address, or "".
    logo: str = ""
    #: "form" or "module", and its name below the package.
    startup_kind: str = "form"
    startup: str = ""
    client_version: str = "3"
    may_be_embedded: bool = False
    #: Whether one server process is to last.
    keep_server_running: bool = False
    #: HTML for the page's head.
    head_html: str = ""
    dependencies: tuple[Dependency, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    #: Names alone; values are never in an app's tree.
    secrets: tuple[str, ...] = ()
    #: Names of services: "users", "email" …
    services: tuple[str, ...] = ()
    scheduled_tasks: tuple[Mapping[str, Any], ...] = ()
    #: One of ``package_lists``, or "".
    package_list: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def read_manifest(said: Any, findings: Findings) -> Manifest:
    """Read what YAML made of ``anvil.yaml``."""
    if not isinstance(said, dict):
        if said is not None:
            findings.add(MANIFEST, "It is not a mapping; the app's settings are not known.")
        return Manifest()
    reading = _Reading(said, findings)
    kind, startup = reading.startup()
    options, metadata = reading.mapping("runtime_options"), reading.mapping("metadata")
    server = _mapping(options.get("server_spec"))
    return Manifest(
        name=_text(said.get("name")),
        package=reading.package(),
        title=_text(metadata.get("title")),
        description=_text(metadata.get("description")),
        logo=_text(metadata.get("logo")) or _text(metadata.get("logo_img")),
        startup_kind=kind,
        startup=startup,
        client_version=_text(options.get("client_version")) or _text(said.get("client_version")) or "3",
        may_be_embedded=said.get("allow_embedding") is True,
        keep_server_running=options.get("server_persist") is True,
        head_html=_text(reading.mapping("native_deps").get("head_html"), 200_000),
        dependencies=reading.dependencies(),
        tables=tuple(reading.tables()),
        secrets=tuple(name for name in reading.mapping("secrets") if isinstance(name, str)),
        services=reading.services(),
        scheduled_tasks=tuple(reading.mappings("scheduled_tasks")),
        package_list=_BASES.get(_text(server.get("base")), ""),
        settings=said,
    )


class _Reading:
    def __init__(self, said: dict[str, Any], findings: Findings) -> None:
        self._said = said
        self._findings = findings

    def mapping(self, key: str) -> dict[str, Any]:
        """Return a part that is a mapping."""
        value = self._said.get(key)
        if value is not None and not isinstance(value, dict):
            self._findings.add(MANIFEST, f"'{key}' is not a mapping; it is left out.")
        return _mapping(value)

    def mappings(self, key: str) -> list[dict[str, Any]]:
        """Return a part that is a list of mappings."""
        value = self._said.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._findings.add(MANIFEST, f"'{key}' is not a list of mappings; what is none is left out.")
        return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    def package(self) -> str:
        """Return the package's name."""
        said = self._said.get("package_name")
        if isinstance(said, str) and _PACKAGE.fullmatch(said):
            return said
        if said is not None:
            self._findings.add(
                MANIFEST, f"The package can't be called {str(said)[:60]!r}: '{_DEFAULT_PACKAGE}' is taken."
            )
        return _DEFAULT_PACKAGE

    def startup(self) -> tuple[str, str]:
        """Return what the app starts with: its kind and name."""
        said = _mapping(self._said.get("startup"))
        if said:
            return ("module" if said.get("type") == "module" else "form"), _text(said.get("module"))
        return "form", _text(self._said.get("startup_form"))

    def services(self) -> tuple[str, ...]:
        """Return the names of the services."""
        sources = (_text(one.get("source")) for one in self.mappings("services"))
        return tuple(dict.fromkeys(one.rpartition("/")[2].removesuffix(".yml") for one in sources if one))

    def dependencies(self) -> tuple[Dependency, ...]:
        """Return the dependencies."""
        found = []
        for one in self.mappings("dependencies"):
            hints = _mapping(one.get("resolution_hints"))
            package = _text(hints.get("package_name"))
            named = package if _PACKAGE.fullmatch(package) else ""
            found.append(Dependency(_text(one.get("dep_id")), _text(one.get("app_id")), named))
        return tuple(found)

    def tables(self) -> list[TableSpec]:
        """Return the tables, from the mapping of today or the list of older apps."""
        said = self._said.get("db_schema")
        if isinstance(said, dict):
            return [self._table(name, _mapping(spec), {}) for name, spec in said.items()]
        if not isinstance(said, list):
            return []
        entries = [one for one in said if isinstance(one, dict)]
        names = {one.get("id"): _python_name(one) for one in entries}
        return [self._table(_python_name(one), {**one, **_mapping(one.get("access"))}, names) for one in entries]

    def _table(self, name: str, spec: dict[str, Any], names: Mapping[Any, str]) -> TableSpec:
        said = spec.get("columns")
        columns = list(said.values()) if isinstance(said, dict) else said if isinstance(said, list) else []
        found = []
        for one in columns:
            column = _mapping(one)
            title, kind = _text(column.get("name")), _text(column.get("type"))
            if not title or not kind:
                self._findings.add(MANIFEST, f"A column of the table '{name}' has no name or no type; it is left out.")
                continue
            target = _text(column.get("target")) or names.get(column.get("table_id"))
            found.append(ColumnSpec(title, kind, target or None))
        title = _text(spec.get("title")) or _text(spec.get("name")) or name
        return TableSpec(name, title, _access(spec.get("client")), _access(spec.get("server"), "full"), tuple(found))


def _python_name(entry: dict[str, Any]) -> str:
    access = _mapping(entry.get("access"))
    return _text(access.get("python_name")) or _text(entry.get("python_name")) or _text(entry.get("name"))


def _access(value: Any, default: str = "none") -> str:
    return value if value in ("none", "search", "full") else default


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, most: int = _MAX_TEXT) -> str:
    return value[:most] if isinstance(value, str) else str(value) if isinstance(value, int) else ""
