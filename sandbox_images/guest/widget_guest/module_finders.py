"""How Python finds the modules of a widget whose files are known: no folder is listed, no bytecode looked for."""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Container, Iterable, Sequence
from types import CodeType, ModuleType
from typing import Any

#: Returns what a file compiles to, if that is known, by its path in the widget and what it holds now.
KnownCode = Callable[[str, bytes], CodeType | None]


class OwnFilesFinder:
    """Finds modules of packages among the widget's own files, by the rules of Python's own finder of files.

    That one makes a finder for each folder, lists it and looks for bytecode, in every run again. What it would find and
    this does not, such as a file that the run itself wrote, it is asked for next.
    """

    def __init__(self, folder: str, paths: Iterable[str], known_code: KnownCode) -> None:
        """Find the modules that lie at ``paths`` below ``folder``."""
        self._folder = folder
        self._paths = frozenset(f"{folder}/{path}" for path in paths)
        self._known_code = known_code

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load a module of a package; ``path`` is that package's."""
        tail = name.rpartition(".")[2]
        for folder in path or ():
            inside = f"{folder}/{tail}"
            if self._is_there(f"{inside}/__init__.py"):
                return self._spec(name, f"{inside}/__init__.py", [inside])
            if self._is_there(f"{inside}.py"):
                return self._spec(name, f"{inside}.py", None)
        return None

    def _is_there(self, path: str) -> bool:
        return path in self._paths and os.path.isfile(path)

    def _spec(self, name: str, path: str, folders: list[str] | None) -> importlib.machinery.ModuleSpec | None:
        loader = _SourceLoader(name, path, self._folder, self._known_code)
        return importlib.util.spec_from_file_location(name, path, loader=loader, submodule_search_locations=folders)


class _SourceLoader(importlib.machinery.SourceFileLoader):
    """Loads a file below ``folder`` as it is now."""

    def __init__(self, name: str, path: str, folder: str, known_code: KnownCode) -> None:
        super().__init__(name, path)
        self._folder = folder
        self._known_code = known_code

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        known = self._known_code(path.removeprefix(f"{self._folder}/"), source)
        # A started program has another name in tracebacks than the module of its file.
        code: CodeType = known if known and known.co_filename == path else self.source_to_code(source, path)
        return code


def load_known(folder: str, known: Container[str], known_code: KnownCode) -> None:
    """Let Python find modules below ``folder`` as ever, and not compile those of the ``known`` files."""

    def load(name: str, path: str) -> importlib.machinery.SourceFileLoader:
        if path.removeprefix(f"{folder}/") in known:
            return _SourceLoader(name, path, folder, known_code)
        return importlib.machinery.SourceFileLoader(name, path)

    of_files = importlib.machinery.FileFinder.path_hook(
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (load, importlib.machinery.SOURCE_SUFFIXES),  # type: ignore[arg-type]  # called, as a class would be
        (importlib.machinery.SourcelessFileLoader, importlib.machinery.BYTECODE_SUFFIXES),
    )

    def below(path: str) -> Any:
        if path != folder and not path.startswith(f"{folder}/"):
            raise ImportError
        return of_files(path)

    sys.path_hooks.insert(0, below)
    sys.path_importer_cache.pop(folder, None)


class BareNameFinder:
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
