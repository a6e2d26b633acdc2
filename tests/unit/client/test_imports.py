"""Imports that client code can't make, and what makes server functions of what needs them."""

import ast

import pytest

from widget_model.client_code.checking import Checked, check
from widget_site.client_python import client_python

FORM = "client_code/Form1/__init__.py"
SERVER = "server_code/ServerModule1.py"
HEAD = "from ._anvil_designer import Form1Template\nfrom anvil import *\nimport pandas as pd\n\n# A comment.\n\n\n"
GREET = "import anvil.server\n\n\n@anvil.server.callable\ndef greet(name):\n    return name\n"


def checked(source: str, engine: str = "full", **more: str) -> Checked:
    files = {FORM: source, SERVER: GREET, "client_code/Form1/form_template.yaml": "container: {type: ColumnPanel}"}
    files["anvil.yaml"] = "package_name: shop\ndependencies:\n- {resolution_hints: {package_name: kit}}\n"
    return check({**files, **more}, FORM, engine, client_python())


def said(source: str, engine: str = "full") -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in checked(source, engine).marks]


@pytest.mark.parametrize(
    ("source", "engine", "line", "words"),
    [
        ("import json\nimport numpy\n", "full", 2, "'numpy' is not available in client code"),
        ("from pandas.io import excel\n", "full", 1, "Use it in a server function"),
        ("import csv\n", "light", 1, "Choose the Full engine"),
        ("import sqlite3\n", "full", 1, "'sqlite3' is not available in client code"),
        ("import anvil.pdf\n", "full", 1, "'anvil.pdf' is not available in client code"),
        ("def f():\n    import requests\n", "light", 2, "'requests' is not available in client code"),
        ("import ServerModule1\n", "full", 1, "is server code"),
        ("import Form1\n", "full", 1, "write it with a dot"),
        ("from .Gone import x\n", "full", 1, "There is no module Form1.Gone"),
        ("from shop.Gone import x\n", "full", 1, "There is no module Gone"),
        ("from ...above import x\n", "full", 1, "outside"),
        ("x = (y := 1)\n", "light", 1, ":="),
    ],
)
def test_w_25_an_import_that_cannot_work_is_marked_with_the_remedy(
    source: str, engine: str, line: int, words: str
) -> None:
    found = said(source, engine)

    assert [one for one, _ in found] == [line]
    assert words in found[0][1]


@pytest.mark.parametrize("engine", ["full", "light"])
def test_imports_that_work_are_left_alone(engine: str) -> None:
    source = (
        "from __future__ import annotations\nimport json, datetime, random, re\nimport anvil.server, anvil.users\n"
        "from anvil.tables import app_tables\nimport anvil.tables.query as q\nfrom anvil.js.window import document\n"
        "from ._anvil_designer import Form1Template\nfrom . import Form1\nfrom .. import Form1\nfrom ..Form1 import x\n"
        "import plotly.graph_objects as go\nimport kit.parts\nfrom shop.Form1 import Form1\n"
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n"
        "if anvil.is_server_side():\n    import pandas\n"
    )

    assert said(source, engine) == []


def test_x_05_a_function_moves_to_server_code_with_one_fix() -> None:
    source = (
        "import json\n" + HEAD + "# What it is.\ndef load(file, *, sep=','):\n    '''Read\n  it.'''\n"
        "    return json.loads(pd.read_csv(file, sep=sep).to_json())  # done\n\n\nclass Form1(Form1Template):\n"
        "    def go(self):\n        x = load ()  # é\n        self.é.text = load(self.box.file, sep=';')\n"
    )

    (fix,) = checked(source).marks[0].fixes

    assert fix.title == "Move load to server code"
    assert fix.files[FORM] == (
        "import json\nfrom ._anvil_designer import Form1Template\nfrom anvil import *\nimport anvil.server\n\n"
        "# A comment.\n\n\nclass Form1(Form1Template):\n    def go(self):\n"
        '        x = anvil.server.call ("load")  # é\n'
        "        self.é.text = anvil.server.call(\"load\", self.box.file, sep=';')\n"
    )
    assert fix.files[SERVER] == (
        "import anvil.server\nimport json\nimport pandas as pd\n" + GREET.removeprefix("import anvil.server\n") + "\n\n"
        "@anvil.server.callable\n# What it is.\ndef load(file, *, sep=','):\n    '''Read\n  it.'''\n"
        "    return json.loads(pd.read_csv(file, sep=sep).to_json())  # done\n"
    )


def test_x_05_lines_of_a_handler_move_with_what_they_take_of_the_form() -> None:
    source = HEAD + (
        "class Form1(Form1Template):\n    def go_click(self, **event_args):\n        # Why.\n        least = 3\n"
        "        if self.loader.file:\n            self.busy.visible = True\n"
        "            frame = pd.read_csv(self.loader.file)  # the file\n"
        "            total = frame[frame.n > least].n.sum()\n"
        "            self.label.text = f'Total {total}'\n            alert('Done')\n"
    )

    (fix,) = checked(source).marks[0].fixes

    assert fix.title == "Move this function to server code"
    assert fix.files[FORM] == (
        "from ._anvil_designer import Form1Template\nfrom anvil import *\nimport anvil.server\n\n# A comment.\n\n\n"
        "class Form1(Form1Template):\n    def go_click(self, **event_args):\n        # Why.\n        least = 3\n"
        "        if self.loader.file:\n            self.busy.visible = True\n"
        '            self.label.text = anvil.server.call("go_click_on_server", self.loader.file, least)\n'
        "            alert('Done')\n"
    )
    assert fix.files[SERVER].endswith(
        "@anvil.server.callable\ndef go_click_on_server(file, least):\n    frame = pd.read_csv(file)  # the file\n"
        "    total = frame[frame.n > least].n.sum()\n    return f'Total {total}'\n"
    )


def test_several_results_come_back_together_and_a_server_module_is_made() -> None:
    source = HEAD + (
        "class Form1(Form1Template):\n    def go(self):\n        rows = pd.DataFrame(self.item)\n        n = 7\n"
        "        top = rows.head(n)\n        self.a.text = top.x\n        print(n)\n        self.b.items = top.y\n"
    )

    found = check({FORM: source}, FORM, "full", client_python()).marks[0].fixes[0].files

    assert '        value_1, value_2, n = anvil.server.call("go_on_server", self.item)\n' in found[FORM]
    assert "        self.a.text = value_1\n        print(n)\n        self.b.items = value_2\n" in found[FORM]
    assert found[SERVER].startswith("import anvil.server\nimport pandas as pd\n\n\n@anvil.server.callable\ndef go_on")
    assert found[SERVER].endswith("    return top.x, top.y, n\n")


def test_a_list_that_is_filled_on_the_server_comes_back() -> None:
    source = HEAD + (
        "class Form1(Form1Template):\n    def go(self):\n        rows = []\n"
        "        for at, row in pd.load(self.item.get('x')).iterrows():\n"
        "            rows.append({'at': at, 'n': row.n})\n        self.panel.items = rows\n"
    )

    made = checked(source).marks[0].fixes[0].files

    assert made[FORM].endswith(
        '        rows = []\n        rows = anvil.server.call("go_on_server", self.item, rows)\n'
        "        self.panel.items = rows\n"
    )
    assert made[SERVER].endswith("        rows.append({'at': at, 'n': row.n})\n    return rows\n")


def test_a_value_is_computed_once_before_a_loop_and_what_is_needed_later_comes_back() -> None:
    source = HEAD + (
        "class Form1(Form1Template):\n    def go(self):\n        if self.on.checked:\n            frame = pd.load()\n"
        "            n = 7\n            frame = frame.head(n)\n            for one in self.rows.get_components():\n"
        "                one.text = frame.x\n            self.told.text = n\n        print(n)\n"
    )

    made = checked(source).marks[0].fixes[0].files[FORM]

    assert made.endswith(
        '            value_1, n = anvil.server.call("go_on_server")\n'
        "            for one in self.rows.get_components():\n"
        "                one.text = value_1\n            self.told.text = n\n        print(n)\n"
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("pd.read_csv(self.which())", "uses self as a whole"),
        ("pd.read_csv(self.rows.get_components())", "uses self as a whole, or calls a method of it"),
        ("frame = pd.DataFrame(self)\nself.a.text = frame.x", "uses self as a whole"),
        ("for row in pd.read_csv('x'):\n    self.panel.add_component(Label(text=row))", "in each turn"),
        ("frame = pd.DataFrame()\nself.a.b = 1\nframe = frame.head()\nself.c.d = frame", "mixed with lines"),
        ("use(pd)", "hands the module on"),
        ("x = pd.concat(OTHERS)\nself.a.text = x", "OTHERS"),
        ("x = '''a\nb'''\nx = pd.read_csv(x)\nx = '''\n''' + x\nself.a.text = x", "text of several lines"),
        ("x = pd.read_csv(sender)\nself.a.text = x", "sender"),
        ("yield pd.read_csv('x')", "one by one"),
        ("frame = pd.x()\nn = self.count()\nself.a.text = frame.head(n)", "mixed with lines"),
        ("frame = pd.x()\nself.b.text = 'busy'\nself.a.text = frame.head(self.b.text)", "between changes"),
    ],
)
def test_code_that_cannot_move_stays_and_is_said_why(body: str, why: str) -> None:
    lines = "".join(
        f"        {line}\n" if not line.startswith(("b'", "'''")) else f"{line}\n" for line in body.split("\n")
    )
    source = f"{HEAD}OTHERS = []\n\n\nclass Form1(Form1Template):\n    def go(self, sender):\n{lines}"

    mark = checked(source).marks[0]

    assert mark.fixes == ()
    assert why in mark.text
    assert "go can't be moved as it stands" in mark.text


@pytest.mark.parametrize(
    ("function", "use", "why"),
    [
        ("def load(x):\n    alert(pd.x)\n", "load(1)", "alert, which only client code has"),
        ("def load(x):\n    return pd.x + HERE\n", "load(1)", "defined in this file"),
        ("def load(x=HERE):\n    return pd.x\n", "load(1)", "defined in this file"),
        ("def load(x) -> 'y' or Label:\n    return pd.x\n", "load(1)", "Label, which only client code has"),
        ("def load(x):\n    return pd.x\n", "map(load, [1])", "without being called"),
        ("def load(x):\n    return pd.x\n", "load(self)", "given self"),
        ("@cached\ndef load(x):\n    return pd.x\n", "load(1)", "decorators"),
        ("def greet(x):\n    return pd.x\n", "greet(1)", "has a greet already"),
    ],
)
def test_functions_that_cannot_move_are_said_why(function: str, use: str, why: str) -> None:
    source = f"{HEAD}HERE = 1\n\n\n{function}\n\nclass Form1(Form1Template):\n    def go(self):\n        {use}\n"

    mark = checked(source).marks[0]

    assert mark.fixes == ()
    assert why in mark.text


def test_a_function_that_another_module_uses_stays() -> None:
    source = HEAD + "def load(x):\n    return pd.read_csv(x)\n"

    mark = checked(source, **{"client_code/Other.py": "from .Form1 import load\n"}).marks[0]

    assert "client_code/Other.py uses it, too" in mark.text


def test_an_import_that_nobody_needs_goes() -> None:
    mark = checked("import json, numpy as np\nprint(json)\n").marks[0]

    assert [(one.title, one.files) for one in mark.fixes] == [
        ("Remove this import", {FORM: "import json\nprint(json)\n"})
    ]


def test_server_functions_are_known_and_a_call_of_none_is_a_warning() -> None:
    files = {FORM: "anvil.server.call('greet', 1)\nanvil.server.call('great')\n", SERVER: GREET}

    found = check(files, FORM, "full", client_python())

    assert [(one.name, one.path, one.line) for one in found.functions] == [("greet", SERVER, 5)]
    assert [(one.line, one.column, one.end_column, one.severity) for one in found.marks] == [(2, 19, 26, "warning")]
    assert "'great'" in found.marks[0].text
    assert check({**files, SERVER: "def ("}, FORM, "full", client_python()).marks == ()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        "\x00",
        "import " * 9,
        "x" + ".a" * 50_000,
        "import numpy\nx" + ".a" * 900 + "()\ntry:\n    pass\nexcept x" + ".b" * 900 + ":\n    pass\n",
        "import numpy\ndef f(x):\n    return numpy" + " + 1" * 3000,
        "import numpy\rx = 1\rnumpy()\r",
        "import numpy\n" * 500,
    ],
)
def test_hostile_code_ends_in_an_answer(text: str) -> None:
    assert isinstance(check({FORM: text}, FORM, "light", client_python()), Checked)


def test_what_a_fix_makes_is_python() -> None:
    source = HEAD + "class Form1(Form1Template):\n    def go(self): self.a.text = pd.read_csv(self.f.file).x\n"

    for text in checked(source).marks[0].fixes[0].files.values():
        ast.parse(text)
