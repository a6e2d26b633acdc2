"""What client code has on each engine: modules, components, and the library; the browser's build finds it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from widget_model.client_code.library_members import members_of

FULL, LIGHT = "full", "light"


@dataclass(frozen=True)
class ClientPython:
    """The Python of pages, as it was built."""

    #: Engine → names of the modules that it has, without what is below them.
    modules: Mapping[str, frozenset[str]]
    #: Component → its entry of components.json, with the properties of its groups.
    components: Mapping[str, Mapping[str, Any]]
    #: Path → source of the client library.
    library: Mapping[str, str]

    @classmethod
    def from_json(cls, built: Mapping[str, Any]) -> "ClientPython":
        """Read what the build wrote (site/browser/engines/client_python.mjs)."""
        modules = {engine: frozenset(names) for engine, names in built["modules"].items()}
        return cls(modules, built["components"], built["library"])

    @cached_property
    def members(self) -> Mapping[str, frozenset[str]]:
        """Component → the attributes that code can reach of it."""
        return members_of(self.components, self.library)

    def has_module(self, name: str, engine: str) -> bool:
        """Whether ``import name`` finds it, the widget's own modules apart."""
        top, dot, _ = name.partition(".")
        if top not in self.modules[engine]:
            return False
        if not dot or top != "anvil":
            return True
        path = name.replace(".", "/")
        # Rows of tables, the theme: parts of the library that exist while a page runs.
        return any(f"{path}{end}" in self.library for end in (".py", "/__init__.py")) or name.startswith("anvil.js.")
