"""What the language server is told of client code (widget_model.client_code.stubs): Python, with classes of forms."""

import ast

from widget_model.client_code import stubs
from widget_site.client_python import client_python

FILES = {
    "anvil.yaml": "package_name: shop",
    "client_code/Row/form_template.yaml": (
        "properties: [{name: shade}, {name: no name}]\ncontainer: {type: LinearPanel}"
    ),
    "client_code/Row/__init__.py": "",
    "client_code/Form1/form_template.yaml": (
        "components:\n- {name: box, type: TextBox}\n- {name: row, type: form:Row}\n- {name: odd, type: Unknown}\n"
        "- name: panel\n  type: LinearPanel\n  components: [{name: inner, type: Label}, {name: 1a, type: Label}]\n"
        "- {name: box, type: Label}\n"
    ),
    "client_code/flat/Page.py": "",
    "client_code/flat/Page.yaml": "container: {type: 'form:dep:Base'}",
}


def test_a_form_has_its_components_with_their_types() -> None:
    made = stubs.of_app(FILES, client_python())

    assert made["client_code/Form1/_anvil_designer.py"] == (
        "from typing import Any\nfrom anvil import *\nfrom Row import Row as _form_Row\n"
        "class Form1Template(ColumnPanel):\n    item: Any\n"
        "    def init_components(self, **properties: Any) -> None: ...\n"
        "    box: TextBox\n    row: _form_Row\n    odd: Any\n    panel: LinearPanel\n    inner: Label\n"
    )
    assert "class RowTemplate(LinearPanel):\n" in made["client_code/Row/_anvil_designer.py"]
    assert "    shade: Any\n" in made["client_code/Row/_anvil_designer.py"]
    assert "class PageTemplate(Component):\n" in made["client_code/flat/_anvil_designer.py"]
    assert made[".client/shop/Row/__init__.py"] == "from Row import *\n"


def test_all_of_it_is_python_and_every_component_has_its_properties() -> None:
    python = client_python()
    made = {**stubs.library(python), **stubs.of_app(FILES, python)}
    classes = {
        node.name: {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
        for node in ast.parse(made[".client/anvil/__init__.py"]).body
        if isinstance(node, ast.ClassDef)
    }

    for source in made.values():
        ast.parse(source)
    assert {name: set(spec["properties"]) - classes[name] for name, spec in python.components.items()} == {
        name: set() for name in python.components
    }


def test_names_of_strangers_make_no_code() -> None:
    files = {
        "anvil.yaml": "package_name: 'x; import os'",
        "client_code/a b/form_template.yaml": "components: [{name: 'x: int; y', type: 'Label; import os'}]",
        "client_code/A/form_template.yaml": (
            "components: [{name: class, type: 'form:B; import os'}]\nproperties: [{name: p=1}]"
        ),
    }

    made = stubs.of_app(files, client_python())

    assert not any("import os" in text or "p=1" in text for text in made.values())
    assert all(ast.parse(text) for text in made.values())
