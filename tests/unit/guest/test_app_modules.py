"""The modules of a GUI's server code are found as Python itself would find them in the files, only sooner."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.guest.harness import call, start
from tests.unit.guest.sandboxes import Supervisor, start_sandbox

FILES = {
    "anvil.yaml": "package_name: shop\n",
    "server_code/plain.py": "WHAT = 'plain of the server'\n",
    "server_code/both.py": "WHAT = 'both of the server'\n",
    "client_code/both.py": "WHAT = 'both of the client'\n",
    "client_code/Form1/__init__.py": "WHAT = 'a form'\n",
    "server_code/box/__init__.py": "from .inner import WHAT\n",
    "server_code/box/inner.py": "from .. import plain\nfrom . import deep\nWHAT = plain.WHAT + ', ' + deep.__name__\n",
    "server_code/box/deep/__init__.py": "",
    "client_code/box/hidden.py": "WHAT = 'behind a package of the same name'\n",
    "server_code/folder/inside.py": "WHAT = 'in a folder that is no package'\n",
    "server_code/broken.py": "one = 1\ntwo = = 2\n",
    "server_code/twice/__init__.py": "WHAT = 'a folder'\n",
    "server_code/twice.py": "WHAT = 'a file'\n",
}
HEAD = "import importlib, inspect, os, pkgutil, sys\nimport anvil.server\n"
LOOK = (
    HEAD
    + """
NAMES = ["plain", "both", "Form1", "box", "box.inner", "box.deep", "box.hidden", "folder", "folder.inside", "broken",
         "twice", "nothing", "box.nothing", "plain.nothing"]

KEYS = ["WHAT", "__name__", "__file__", "__package__", "__cached__", "__path__", "__doc__"]

def facts(name):
    try:
        module = importlib.import_module(name)
    except BaseException as failure:
        return [type(failure).__name__, str(failure)]
    spec = module.__spec__
    held = vars(module)
    return [
        {key: str(held.get(key)) for key in KEYS},
        [str(one) for one in (spec.name, spec.origin, spec.submodule_search_locations, spec.has_location, spec.parent)],
        inspect.getsource(module) if held.get("__file__") and os.path.getsize(module.__file__) else "",
        isinstance(module.__loader__, importlib.machinery.SourceFileLoader),
        importlib.reload(module) is module,
    ]

@anvil.server.callable
def look(x):
    seen = []
    for finders in ([], [one for one in sys.meta_path if type(one).__name__ == "OwnFilesFinder"]):
        for one in finders:
            sys.meta_path.remove(one)
        for name in [name for name in sys.modules if name.startswith("shop.") and name != __name__]:
            del sys.modules[name]
        seen.append([facts("shop." + name) for name in NAMES])
    seen.append(len(finders))
    return seen
"""
)


@pytest.fixture
def supervisor(rootfs: Path, checkout: Path) -> Iterator[Supervisor]:
    with start_sandbox(rootfs, checkout) as started:
        yield started


def _asked(supervisor: Supervisor, files: dict[str, Any], *arguments: Any) -> Any:
    (request,) = call("/")
    assert isinstance(request, dict)
    asked = {**request, "command": "look", "args": [*arguments], "kwargs": {}}
    return supervisor.run([start("gui", files), asked], app=True).answer["response"]


def test_what_is_found_is_what_python_finds(supervisor: Supervisor) -> None:
    ours, pythons, taken_out = _asked(supervisor, {**FILES, "server_code/main.py": LOOK}, "x")

    assert taken_out == 1
    assert ours == pythons
    whats = [found[0]["WHAT"] if isinstance(found[0], dict) else found[0] for found in ours]
    assert whats[:6] == [
        "plain of the server",
        "both of the server",
        "a form",
        *["plain of the server, shop.box.deep"] * 2,
        "None",
    ]
    assert whats[6:] == [
        "ModuleNotFoundError",
        "None",
        "in a folder that is no package",
        "SyntaxError",
        "a folder",
        *["ModuleNotFoundError"] * 3,
    ]


def test_files_count_as_they_are_when_they_are_imported(supervisor: Supervisor) -> None:
    code = (
        HEAD
        + """
@anvil.server.callable
def look(x):
    with open("/work/client_code/late.py", "w") as file:
        file.write("WHAT = 'written by the run'")
    with open("/work/client_code/Form1/__init__.py", "w") as file:
        file.write("WHAT = 'replaced'")
    from . import Form1, late, plain
    found = [late.WHAT, Form1.WHAT, plain.WHAT]
    with open("/work/server_code/plain.py", "w") as file:
        file.write("WHAT = 'edited'")
    os.remove("/work/client_code/both.py")
    os.remove("/work/server_code/both.py")
    del sys.modules["shop.both"], sys.modules["shop"].both
    try:
        from . import both
        found.append(both.WHAT)
    except ImportError as failure:
        found.append(type(failure).__name__)
    return [*found, importlib.reload(plain).WHAT, pkgutil.get_data("shop.box", "inner.py").decode()[:12]]
"""
    )

    found = _asked(supervisor, {**FILES, "server_code/main.py": code}, "x")

    assert found == ["written by the run", "replaced", "plain of the server", "ImportError", "edited", "from .. impo"]
