"""How Python finds the modules of a widget whose files are known: no folder is listed, no bytecode looked for."""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from types import CodeType, ModuleType


class OwnFilesFinder:
    """Finds modules of packages among the widget's own files, by the rules of Python's own finder of files.

    That one makes a finder for each folder, lists it and looks for bytecode, in every run again. What it would find and
    this does not, such as a file that the run itself wrote, it is asked for next.
    """

    def __init__(self, paths: Iterable[str], known_code: Callable[[str, bytes], CodeType | None]) -> None:
        """Find among ``paths``; ``known_code`` returns what a file of this content compiles to, if it knows."""
        self._paths = frozenset(paths)
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
        loader = _SourceLoader(name, path, self._known_code)
        return importlib.util.spec_from_file_location(name, path, loader=loader, submodule_search_locations=folders)


class _SourceLoader(importlib.machinery.SourceFileLoader):
    """Loads the file as it is now."""

    def __init__(self, name: str, path: str, known_code: Callable[[str, bytes], CodeType | None]) -> None:
        super().__init__(name, path)
        self._known_code = known_code

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        code: CodeType = self._known_code(path, source) or self.source_to_code(source, path)
        return code


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
