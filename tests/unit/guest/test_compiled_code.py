"""What a widget's files compile to: made by one child, brought to others."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.guest.harness import Children, call, start
from tests.unit.guest.sandboxes import Supervisor, start_sandbox

from widget_wire.start import COMPILED_BYTES

HEAD = "import anvil.server\n"
ROUTE = HEAD + "@anvil.server.route('/')\ndef home():\n    return 'as written'\n"
DESK = HEAD + "from .box import inner\n@anvil.server.callable\ndef ask():\n    return [inner.WHAT, 'as written']\n"
APP = {
    "anvil.yaml": "package_name: shop\n",
    "server_code/desk.py": DESK,
    "server_code/box/__init__.py": "from . import inner\n",
    "server_code/box/inner.py": "WHAT = 'inner'\n",
    "server_code/notes.txt": "no code",
    "client_code/Form1/__init__.py": "WHAT = 2\n",
    "libraries/order.txt": "tools\n",
    "libraries/tools/server_code/saw.py": "WHAT = 3\n",
    "libraries/tools/client_code/Form2.py": "WHAT = 4\n",
}
BESIDE = """import importlib.machinery, json, sys, traceback
import anvil.server
import helper
from tools.saw import cut

@anvil.server.route("/")
def home():
    try:
        cut()
    except ZeroDivisionError:
        told = [traceback.format_exc()]
    try:
        import bad
    except SyntaxError:
        told.append(traceback.format_exc())
    found = [sys.modules[name] for name in ("helper", "tools", "tools.saw")]
    names = [[one.__name__, one.__file__, one.__cached__, one.__package__, one.__spec__.parent] for one in found]
    own = importlib.machinery.PathFinder.find_spec("main").loader.get_code("main").co_filename
    return [names, told, cut.__code__.co_filename, own, helper.WHAT]
"""
MODULES = {
    "main.py": BESIDE,
    "helper.py": "WHAT = 'as written'\n",
    "tools/__init__.py": "",
    "tools/saw.py": "def cut():\n    return 1 / 0\n",
    "bad.py": "one = = 2\n",
    "unused.py": "WHAT = 1\n",
    "tools/unused.py": "WHAT = 1\n",
}


def _compiled(children: Children, kind: str, files: dict[str, Any]) -> dict[str, str]:
    ended = children.serve([{"type": "COMPILE", "kind": kind, "main": "main.py", "files": files}])
    assert [message["type"] for message in ended.messages] == ["COMPILED"]
    assert (ended.status, ended.printed, ended.began_at) == (0, [], None)
    code: dict[str, str] = ended.answer["code"]
    return code


def _asked(children: Children, files: dict[str, Any], compiled: dict[str, Any]) -> Any:
    """Call ``ask`` of an app, with the code of other files, in a /work of its own."""
    children = replace(children, folder=Path(tempfile.mkdtemp(dir=children.folder)))
    (request,) = call("/")
    assert isinstance(request, dict)
    asked = {**request, "command": "ask", "kwargs": {}}
    return children.serve([start("gui", files, compiled=_compiled(children, "gui", compiled)), asked]).answer[
        "response"
    ]


def test_nothing_is_executed_where_code_is_compiled(children: Children) -> None:
    files = {"main.py": "print('executed')\nraise SystemExit(3)\n", "other.py": "1\n"}

    assert list(_compiled(children, "api", files)) == ["main.py"]
    assert list(_compiled(children, "api", {**files, "main.py": "import other\n"})) == ["main.py", "other.py"]
    assert _compiled(children, "api", {"other.py": "1\n"}) == {}


def test_of_an_app_it_is_the_modules_that_every_call_loads(children: Children) -> None:
    assert set(_compiled(children, "gui", APP)) == {
        "server_code/desk.py",
        "server_code/box/__init__.py",
        "server_code/box/inner.py",
        "libraries/tools/server_code/saw.py",
    }
    importing = {**APP, "server_code/desk.py": "from .Form1 import WHAT\nimport tools.Form2\n"}
    assert _compiled(children, "gui", importing).keys() - _compiled(children, "gui", APP).keys() == {
        "client_code/Form1/__init__.py",
        "libraries/tools/client_code/Form2.py",
    }


@pytest.mark.parametrize(
    "source",
    ["one = = 2\n", "1 is 1\n", "x = " + "(" * 300 + ")" * 300, "a\0b", "# coding: nothing\n", "x = 1\n" * 50_000],
    ids=["no syntax", "warns", "too deep", "zero", "no encoding", "large"],
)
def test_what_fails_or_warns_is_left_to_each_run(children: Children, source: str) -> None:
    assert _compiled(children, "api", {"main.py": source}) == {}


def test_what_is_imported_by_what_warns_is_compiled(children: Children) -> None:
    files = {"main.py": "1 is 1\nimport other\nimport deep\n", "other.py": "x = '\\d'  # no run tells of it\n"}
    deep = "x = " + "lambda: " * 1100 + "1\n"  # compiles, but has no bytes

    assert set(_compiled(children, "api", {**files, "deep.py": deep})) == {"other.py"}


def test_too_much_is_left_to_each_run(children: Children) -> None:
    large = "".join(f"x{number} = '{number:04}' * 1000\n" for number in range(COMPILED_BYTES // 4000 - 50))
    files = {"server_code/a.py": large, "server_code/b.py": large, "server_code/c.py": "1\n"}

    assert set(_compiled(children, "gui", files)) == {"server_code/a.py", "server_code/c.py"}
    long = {f"server_code/{name}.py": "x = 1\n" * 40_000 for name in "abc"}
    assert set(_compiled(children, "gui", long)) == {"server_code/a.py", "server_code/b.py"}


def test_a_route_is_executed_from_it(children: Children) -> None:
    other = _compiled(children, "api", {"main.py": ROUTE.replace("written", "compiled")})

    ended = children.serve([start("api", {"main.py": ROUTE}, compiled=other), *call("/")])

    assert ended.http["body"] == "as compiled"


def test_a_module_of_an_app_is_executed_from_it_while_its_file_is_what_was_compiled(children: Children) -> None:
    other = {**APP, "server_code/desk.py": DESK.replace("written", "compiled")}
    rewrites = "open(__file__.replace('a_first', 'desk'), 'a').write('x = 1')\n"

    assert _asked(children, APP, APP) == ["inner", "as written"]
    assert _asked(children, APP, other) == ["inner", "as compiled"]
    assert _asked(children, {**APP, "server_code/a_first.py": rewrites}, other) == ["inner", "as written"]


def test_errors_name_the_line_and_show_it(children: Children) -> None:
    source = HEAD + "@anvil.server.route('/')\ndef home():\n    return 1 / 0\n"
    started = start("api", {"main.py": source})

    plain = children.serve([started, *call("/")])
    ended = children.serve([{**started, "compiled": _compiled(children, "api", {"main.py": source})}, *call("/")])

    assert ended.error == plain.error
    assert ended.error["trace"] == [["main.py", 4]]
    assert "return 1 / 0" in ended.error["traceback"]


@pytest.fixture
def supervisor(rootfs: Path, checkout: Path) -> Iterator[Supervisor]:
    with start_sandbox(rootfs, checkout) as started:
        yield started


def test_modules_beside_an_api_are_what_python_makes_of_them(supervisor: Supervisor) -> None:
    asked = {"type": "COMPILE", "kind": "api", "main": "main.py", "files": MODULES}
    compiled = supervisor.run([asked]).answer["code"]
    assert set(compiled) == {"main.py", "helper.py", "tools/__init__.py", "tools/saw.py"}
    other = supervisor.run([{**asked, "files": {**MODULES, "helper.py": "WHAT = 'as compiled'\n"}}]).answer["code"]

    plain, ours, others = (
        supervisor.run([start("api", MODULES, **more), *call("/")]).http["body"]
        for more in ({}, {"compiled": compiled}, {"compiled": other})
    )

    assert ours == plain
    assert [name for name, *_ in plain[0]] == ["helper", "tools", "tools.saw"]
    assert 'File "/work/tools/saw.py", line 2, in cut\n    return 1 / 0' in plain[1][0]
    assert "importlib" not in plain[1][1]
    assert plain[3] == "/work/main.py"
    assert others == [*plain[:4], "as compiled"]
