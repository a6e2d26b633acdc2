"""The server code of a GUI widget: every module below ``server_code/``, loaded once in a process.

``client_code`` and ``server_code`` are one package, called as ``anvil.yaml`` says. Its modules can also be imported
without that name, as if each lay in a folder of its own on the path; they are the same modules then.
"""

import importlib
import importlib.machinery
import importlib.util
import re
import sys
import threading
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

from widget_guest import tracebacks

SERVER, CLIENT = "server_code", "client_code"
_THEME = "theme/"
_DEFAULT = "app"
#: As every program that writes the file writes it; YAML itself is nothing for each run.
_NAME = re.compile(r"""^package_name:\s*["']?([A-Za-z_][A-Za-z0-9_]*)["']?\s*$""", re.MULTILINE)


def needed(files: dict[str, Any]) -> dict[str, Any]:
    """Return the files that server code can use: those of the theme are for pages."""
    return {path: content for path, content in files.items() if not path.startswith(_THEME)}


def package_name(files: dict[str, Any]) -> str:
    """Return what the package is called."""
    text = files.get("anvil.yaml")
    found = _NAME.search(text) if isinstance(text, str) else None
    name = found[1] if found is not None else _DEFAULT
    # Another name's modules would be found in place of Python's own.
    return f"{name}_app" if name in _taken() else name


class AppPackage:
    """The package, as a ``Program`` whose modules may fail one by one: a broken one breaks only who needs it."""

    def __init__(self, files: dict[str, Any]) -> None:
        self._name = package_name(files)
        self._modules = sorted(_modules(SERVER, files))
        self._tops = {name.partition(".")[0] for name in (*self._modules, *_modules(CLIENT, files))} - _taken()
        self._loading = threading.RLock()
        self._is_loaded = False
        #: What loading all of it raised: never anything, each module's failure is its own.
        self.failure: BaseException | None = None
        #: What the first module raised that could not be loaded.
        self.part_failure: BaseException | None = None

    def load(self) -> None:
        """Import every module of the server code, or wait until another thread has."""
        with self._loading:
            if not self._is_loaded:
                self._is_loaded = True
                self._load_all()

    def _load_all(self) -> None:
        package = ModuleType(self._name)
        package.__path__ = [f"{tracebacks.WORK}/{SERVER}", f"{tracebacks.WORK}/{CLIENT}"]
        package.__package__ = self._name
        sys.modules[self._name] = package
        sys.meta_path.insert(0, _WithoutPackage(self._name, self._tops))
        for module in self._modules:
            try:
                importlib.import_module(f"{self._name}.{module}")
            except BaseException as failure:  # user code may raise anything
                self.part_failure = self.part_failure or failure
                sys.stderr.write(f"The server module {module} could not be loaded:\n{tracebacks.formatted(failure)}")


class _WithoutPackage:
    """Finds ``x.y`` as ``package.x.y``."""

    def __init__(self, package: str, tops: Iterable[str]) -> None:
        self._package = package
        self._tops = frozenset(tops)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load a module whose first name is one of ours."""
        if name.partition(".")[0] not in self._tops:
            return None
        return importlib.util.spec_from_loader(name, self)  # type: ignore[arg-type]  # as much of a loader as is asked of it

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Leave it to Python: the module is replaced in a moment."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of the package in the place of ``module``."""
        sys.modules[module.__name__] = importlib.import_module(f"{self._package}.{module.__name__}")


def _modules(folder: str, files: dict[str, Any]) -> list[str]:
    """Return the dotted names of the modules in a folder."""
    found = []
    for path in files:
        if path.startswith(f"{folder}/") and path.endswith(".py"):
            parts = path[len(folder) + 1 : -len(".py")].split("/")
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if name and all(part.isidentifier() for part in parts):
                found.append(name)
    return found


def _taken() -> frozenset[str]:
    return frozenset((*sys.stdlib_module_names, "anvil", "widget_guest", "widget_wire"))
