"""What libraries are taught right after user code has imported them: that their ``show`` is ours."""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


def _plotly(module: ModuleType) -> None:
    from widget_guest.rich import plotly_renderer

    plotly_renderer.install(module)


def _pillow(module: ModuleType) -> None:
    from widget_guest import showing

    def show(image: Any, title: str | None = None, **_options: Any) -> bool:
        showing.display(image)
        return True

    module.show = show  # type: ignore[attr-defined]  # what Image.show() calls


def _ipython(module: ModuleType) -> None:
    from widget_guest import showing

    module.display = showing.display  # type: ignore[attr-defined]  # without a notebook IPython's own only prints


_LESSONS: dict[str, Callable[[ModuleType], None]] = {
    "plotly.io._renderers": _plotly,
    "PIL.ImageShow": _pillow,
    "IPython.core.display_functions": _ipython,
}


class AfterImport:
    """A finder that finds nothing itself: it wraps the loaders of a few modules."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that others find, when this module is to be taught."""
        if name not in _LESSONS:
            return None
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Teacher(spec.loader, _LESSONS[name])
                return spec  # type: ignore[no-any-return]  # a finder's protocol
        return None


class _Teacher(Loader):
    """Loads a module as its own loader does, then teaches it."""

    def __init__(self, loader: Any, lesson: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._lesson = lesson

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        try:
            self._lesson(module)
        except Exception as error:  # another version of the library: it works as it did
            sys.stderr.write(f"{module.__name__} could not be taught to show here: {error}\n")


def install() -> None:
    """Watch the imports of this process and its forks."""
    sys.meta_path.insert(0, AfterImport())
