"""The Python of pages as the browser's build found it: modules of each engine, components, the library's sources."""

import functools
import json
from pathlib import Path

from widget_model.client_code.engines import ClientPython
from widget_site.assets import ADDRESS, FOLDER, asset


def client_python() -> ClientPython:
    """Return what client code has; AssetError when the browser's files were not built."""
    return _read(FOLDER / asset("engines/client_python.json").removeprefix(ADDRESS))


@functools.lru_cache(maxsize=1)
def _read(file: Path) -> ClientPython:
    return ClientPython.from_json(json.loads(file.read_text()))
