"""The server code of a GUI widget: every module below ``server_code/``, loaded once in a process.

``client_code`` and ``server_code`` are one package, called as ``anvil.yaml`` says. Its modules can also be imported
without that name, as if each lay in a folder of its own on the path; they are the same modules then.

Libraries (``widget_wire.libraries``) are packages of that kind, too, loaded before: of several functions of one name
the app's own is called, else that of the library that is named nearest to it.
"""

import importlib
import re
import sys
import threading
from types import ModuleType
from typing import Any

from widget_guest import tracebacks
from widget_guest.module_finders import BareNameFinder, KnownCode, OwnFilesFinder
from widget_wire import libraries

SERVER, CLIENT = "server_code", "client_code"
_DEFAULT = "app"
#: Another name's modules would be found in place of these.
_TAKEN = frozenset((*sys.stdlib_module_names, "anvil", "widget_guest", "widget_wire"))
#: As every program that writes the file writes it; YAML itself is nothing for each run.
_NAME = re.compile(r"""^package_name:\s*["']?([A-Za-z_][A-Za-z0-9_]*)["']?\s*$""", re.MULTILINE)


def server_files(files: dict[str, Any]) -> list[str]:
    """Return the files that are loaded with the app: every module of its server code, and of its libraries'."""
    folders = ["", *(folder for _, folder in _libraries(files, package_name(files)))]
    return [
        path
        for path in files
        if path.endswith(".py") and any(path.startswith(f"{folder}{SERVER}/") for folder in folders)
    ]


def package_name(files: dict[str, Any]) -> str:
    """Return what the package is called."""
    text = files.get("anvil.yaml")
    found = _NAME.search(text) if isinstance(text, str) else None
    name = found[1] if found is not None else _DEFAULT
    return f"{name}_app" if name in _TAKEN else name


class AppPackage:
    """The package, as a ``Program`` whose modules may fail one by one: a broken one breaks only who needs it."""

    def __init__(self, files: dict[str, Any], known_code: KnownCode = lambda path, source: None) -> None:
        """Take the widget's files; ``known_code`` returns what a file of this content compiles to, if it knows."""
        self._name = package_name(files)
        #: Folder and modules of each package by its name, in the order in which they are loaded.
        self._packages = {
            package: (f"{tracebacks.WORK}/{folder}", sorted(_modules(f"{folder}{SERVER}", files)))
            for package, folder in [*_libraries(files, self._name), (self._name, "")]
        }
        own_files = (path for path in files if path.endswith(".py"))
        self._finder = OwnFilesFinder(tracebacks.WORK, own_files, known_code)
        own = (*_modules(SERVER, files), *_modules(CLIENT, files))
        self._tops = {name.partition(".")[0] for name in own} - _TAKEN - self._packages.keys()
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

    def forget(self) -> None:
        """Make Python as if it had not been loaded; for one whose modules import none but those outside."""
        for name, (_, modules) in self._packages.items():
            for loaded in (name, *(f"{name}.{module}" for module in modules)):
                sys.modules.pop(loaded, None)
        sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, (OwnFilesFinder, BareNameFinder))]

    def _load_all(self) -> None:
        for name, (folder, _) in self._packages.items():
            package = ModuleType(name)
            package.__path__ = [f"{folder}{SERVER}", f"{folder}{CLIENT}"]
            package.__package__ = name
            sys.modules[name] = package
        sys.meta_path[:0] = [self._finder, BareNameFinder(self._name, self._tops)]
        for name, (_, modules) in self._packages.items():
            for module in modules:
                self._load_one(name, module)

    def _load_one(self, package: str, module: str) -> None:
        try:
            importlib.import_module(f"{package}.{module}")
        except BaseException as failure:  # user code may raise anything
            self.part_failure = self.part_failure or failure
            shown = module if package == self._name else f"{package}.{module}"
            sys.stderr.write(f"The server module {shown} could not be loaded:\n{tracebacks.formatted(failure)}")


def _libraries(files: dict[str, Any], app: str) -> list[tuple[str, str]]:
    """Return name and folder of each library, the furthest first."""
    order = files.get(libraries.ORDER, "").split()
    return [(one, f"{libraries.FOLDER}{one}/") for one in reversed(order) if one != app and one not in _TAKEN]


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
