"""What the language server of a GUI's editor knows beside its modules: the client library, and classes of its forms."""

import asyncio
from collections.abc import Mapping

from widget_model.anvil_app import CLIENT, MANIFEST
from widget_model.client_code import stubs
from widget_model.client_code.engines import ClientPython
from widget_model.files import FileContent

#: Texts that are read, and characters of each.
_MAX_TEXTS = 500
_MAX_CHARS = 200_000


class ClientModules:
    """The modules that are made of a GUI's templates, as these are typed."""

    def __init__(self, files: Mapping[str, FileContent], python: ClientPython) -> None:
        texts = {path: text for path, text in sorted(files.items()) if isinstance(text, str) and _is_of_forms(path)}
        self._texts = dict(list(texts.items())[:_MAX_TEXTS])
        self._python = python
        self._made: dict[str, str] | None = None

    async def begin(self) -> dict[str, str]:
        """Return path → source of all of them."""
        self._made = await asyncio.to_thread(stubs.of_app, dict(self._texts), self._python)
        return {**stubs.library(self._python), **self._made}

    async def changed(self, path: str, text: str) -> dict[str, str]:
        """Return those that are others now that a template says this; none before ``begin``."""
        if not _is_of_forms(path) or not path.endswith(".yaml") or len(text) > _MAX_CHARS:
            return {}
        if path in self._texts or len(self._texts) < _MAX_TEXTS:
            self._texts[path] = text
        if self._made is None:
            return {}
        before = self._made
        self._made = await asyncio.to_thread(stubs.of_app, dict(self._texts), self._python)
        return {path: made for path, made in self._made.items() if before.get(path) != made}


def _is_of_forms(path: str) -> bool:
    return path == MANIFEST or (path.startswith(CLIENT) and path.endswith((".py", ".yaml")))
