"""Forms of scripts, read from code that is never run (X-23)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widget_model.forms import MAX_SOURCE_CHARS, form_of
from widget_model.forms.call import ValueProblem, call_of
from widget_model.forms.fields import Field, Form


def fields(source: str) -> dict[str, Field]:
    form = form_of(source)
    assert form is not None
    return {field.name: field for field in form.fields}


def arguments(*lines: str) -> dict[str, Field]:
    adding = "\n".join(f"parser.add_argument({line})" for line in lines)
    return fields(f"import argparse\nparser = argparse.ArgumentParser()\n{adding}\nparser.parse_args()")


def main(parameters: str, before: str = "") -> dict[str, Field]:
    return fields(f"{before}\ndef main({parameters}):\n    pass\n")


def test_x_23_a_parser_has_a_field_for_each_argument() -> None:
    source = (
        '"""Greets."""\n'
        "import argparse\n"
        "COLOURS = ['red', 'green']\n"
        "def run():\n"
        "    parser = argparse.ArgumentParser(description=__doc__)\n"
        "    parser.add_argument('name', help='who is greeted')\n"
        "    parser.add_argument('-t', '--times', type=int, default=2, help='often (default: %(default)s, 100%%)')\n"
        "    parser.add_argument('--colour', choices=COLOURS, required=True)\n"
        "    parser.add_argument('--loud', action='store_true')\n"
        "    args = parser.parse_args()\n"
        "run()\n"
    )
    form = form_of(source)

    assert form == Form(
        "argparse",
        (
            Field("name", help="who is greeted", required=True, least=1, most=1),
            Field("times", "integer", "often (default: 2, 100%)", default="2", least=1, most=1, flag="--times"),
            Field("colour", "choice", required=True, choices=("red", "green"), least=1, most=1, flag="--colour"),
            Field("loud", "flag", least=1, most=1, flag="--loud", action="given"),
        ),
        "Greets.",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("'x', type=float", {"type": "number", "required": True}),
        ("'x', nargs='?', default=3", {"required": False, "default": "3", "many": False}),
        ("'x', nargs='*'", {"required": False, "many": True, "least": 0, "most": None}),
        ("'x', nargs='+'", {"required": True, "many": True, "least": 1, "most": None}),
        ("'x', nargs=2", {"required": True, "many": True, "least": 2, "most": 2}),
        ("'x', nargs=argparse.REMAINDER", {"required": False, "many": True}),
        ("'--x', nargs='+', default=['a', 'b']", {"required": False, "many": True, "default": "a b"}),
        ("'--x', action='append'", {"many": True, "action": "append", "flag": "--x"}),
        ("'--x', action='extend', nargs='+'", {"many": True, "action": "append"}),
        ("'-v', '--x', action='count', default=0", {"type": "integer", "action": "count", "flag": "--x"}),
        ("'-x', action='store_false'", {"type": "flag", "action": "given", "flag": "-x"}),
        ("'-x', action='store_const', const=3", {"type": "flag", "action": "given"}),
        (
            "'--x', action=argparse.BooleanOptionalAction, default=True",
            {"type": "choice", "choices": ("yes", "no"), "action": "boolean", "default": "yes"},
        ),
        ("'--x', type=int, choices=range(1, 4)", {"type": "choice", "choices": ("1", "2", "3")}),
        ("'--x', choices={'b', 'a'}", {"choices": ("a", "b")}),
        ("'--x', choices='ab'", {"choices": ("a", "b")}),
        ("'--x', type=pathlib.Path", {"type": "text"}),
        ("'--x', type=lambda text: text", {"type": "text"}),
        ("'--y', dest='x', default=None", {"flag": "--y", "default": ""}),
        ("'--x', default=os.environ['HOME']", {"required": False, "default": ""}),
        ("'--x', help=argparse.SUPPRESS", {"help": ""}),
    ],
)
def test_x_23_what_argparse_can_say(line: str, expected: dict[str, Any]) -> None:
    (field,) = arguments(line).values()

    assert field.name == "x"
    assert {name: getattr(field, name) for name in expected} == expected


def test_arguments_of_groups_count_and_what_computes_its_names_is_said_to_be_missing() -> None:
    source = (
        "from argparse import ArgumentParser\np = ArgumentParser('x')\ng = p.add_argument_group('g')\n"
        "m = g.add_mutually_exclusive_group()\nm.add_argument('--a')\np.add_argument('--version', action='version')\n"
        "for name in names: p.add_argument(name)\n"
    )
    form = form_of(source)

    assert form is not None
    assert [field.name for field in form.fields] == ["a"]
    assert not form.complete


@pytest.mark.parametrize(
    "source",
    [
        "",
        "print(input())",
        "import argparse\np = argparse.ArgumentParser()\np.parse_args()",
        "import argparse\np = argparse.ArgumentParser()\nsub = p.add_subparsers()\np.add_argument('x')",
        "import argparse\np = argparse.ArgumentParser(prefix_chars='+')\np.add_argument('x')",
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.add_argument('x')",
        "import argparse\na = argparse.ArgumentParser()\nb = argparse.ArgumentParser()\na.add_argument('x')",
        "def main(): pass",
        "def main(*args, **more): pass",
        "def main(x, /): pass",
        "def main(x): pass\nmain(1)",
        "def main(x): pass\nif __name__ == '__main__':\n    import asyncio\n    asyncio.run(main(1))",
        "def main(x): pass\nfire.Fire(main)",
        "@command\ndef main(x): pass",
        "def main(x): pass\ndef main(y): pass",
        "class A:\n    def main(x): pass",
        "def main(x: 'not ('): pass",
        "def main(",
        "x = '\0'",
        "(" * 5000,
        "-" * 50_000 + "1",
        "def main(x: " + "List[" * 300 + "int" + "]" * 300 + "): pass",
        "x = 1\n" * MAX_SOURCE_CHARS,
    ],
)
def test_other_scripts_have_no_form(source: str) -> None:
    assert form_of(source) is None


def test_x_23_a_main_function_has_a_field_for_each_parameter() -> None:
    source = (
        "from enum import Enum\nclass Colour(Enum):\n    RED = 1\n    GREEN = 2\n    _ignore_ = []\n"
        "def main(name: str, times: int = 3, *, colour: Colour = Colour.RED, loud=False):\n"
        '    """Greet somebody.\n\n    Often, if need be.\n\n    Args:\n        name: who is greeted\n'
        '        times: how often\n    """\n'
    )
    form = form_of(source)

    assert form == Form(
        "signature",
        (
            Field("name", help="who is greeted", required=True, has_default=False),
            Field("times", "integer", "how often", default="3"),
            Field(
                "colour", "choice", default="RED", choices=("RED", "GREEN"), members=("RED", "GREEN"),
                enumeration="Colour",
            ),
            Field("loud", "flag"),
        ),
        "Greet somebody.\n\nOften, if need be.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("x", {"type": "text", "required": True}),
        ("x=1.5", {"type": "number", "default": "1.5"}),
        ("x=True", {"type": "flag", "is_on": True}),
        ("x=('a')", {"type": "text", "default": "a"}),
        ("x=['a', 'b']", {"many": True, "default": "a b"}),
        ("x=now()", {"type": "text", "required": False, "default": ""}),
        ("x: bool", {"type": "flag", "required": False, "is_on": False}),
        ("x: 'int'", {"type": "integer"}),
        ("x: datetime.date", {"type": "date"}),
        ("x: datetime", {"type": "datetime"}),
        ("x: int | None", {"type": "integer", "required": False, "has_default": False}),
        ("x: Optional[int] = None", {"type": "integer", "required": False, "has_default": True}),
        ("x: Union[int, str]", {"type": "integer", "required": True}),
        ("x: list[int]", {"type": "integer", "many": True, "least": 1}),
        ("x: list", {"type": "text", "many": True}),
        ("x: Sequence[str] = ()", {"many": True, "least": 0}),
        ("x: Literal['a', 2]", {"type": "choice", "choices": ("a", "2"), "members": ("a", 2)}),
        ("x: typing.Literal['a', None]", {"choices": ("a",), "required": False}),
        ("x: Annotated[int, 'how many']", {"type": "integer", "help": "how many"}),
        ("x: dict[str, int]", {"type": "text", "required": True}),
        ("x: Thing", {"type": "text"}),
        ("x: tuple[int, ...]", {"type": "text", "many": False}),
    ],
)
def test_x_23_what_a_signature_can_say(parameter: str, expected: dict[str, Any]) -> None:
    (field,) = main(parameter).values()

    assert {name: getattr(field, name) for name in expected} == expected


@pytest.mark.parametrize(
    "doc", [":param x: why", "Parameters\n----------\nx : int\n    why", "Args:\n    x (int): why"]
)
def test_help_is_read_from_the_usual_docstrings(doc: str) -> None:
    (field,) = fields(f"def main(x):\n    '''About.\n\n{doc}\n    '''").values()

    assert field.help == "why"


CALLED = (
    "class Colour(enum.Enum):\n    RED = 1\n"
    "def main(name, n: int = 1, f: float = 0, day: date = None, at: datetime = None, colour: Colour = None, "
    "size: Literal[1, 'big'] = 1, tags: list[str] = (), on: bool = True, maybe: int | None = 3, must: int | None): pass"
).replace("must: int | None)", "*, must: int | None)")


def test_x_23_values_become_a_call_with_their_types() -> None:
    form = form_of(CALLED)
    assert form is not None
    given = {
        "name": "Ada", "n": 2, "f": 1, "day": "2026-11-21", "at": "2026-11-21T15:30", "colour": "RED", "size": "1",
        "tags": ["a", ""], "on": False,
    }  # fmt: skip

    assert call_of(form, given).as_dict() == {
        "function": "main",
        "arguments": [
            ["name", "plain", "Ada"],
            ["n", "plain", 2],
            ["f", "plain", 1.0],
            ["day", "date", "2026-11-21"],
            ["at", "datetime", "2026-11-21T15:30"],
            ["colour", "enum:Colour", "RED"],
            ["size", "plain", 1],
            ["tags", "plain", ["a", ""]],
            ["on", "plain", False],
            ["must", "plain", None],
        ],
    }


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": 3}, "name"),
        ({"name": "x" * 100_001}, "name"),
        ({"name": "x\0"}, "name"),
        ({"name": "x", "n": "3"}, "n"),
        ({"name": "x", "n": True}, "n"),
        ({"name": "x", "n": 1.5}, "n"),
        ({"name": "x", "f": float("inf")}, "f"),
        ({"name": "x", "f": "1"}, "f"),
        ({"name": "x", "day": "20261121"}, "day"),
        ({"name": "x", "day": "2026-13-01"}, "day"),
        ({"name": "x", "at": "2026-11-21"}, "at"),
        ({"name": "x", "colour": "BLUE"}, "colour"),
        ({"name": "x", "size": 1}, "size"),
        ({"name": "x", "tags": "a"}, "tags"),
        ({"name": "x", "tags": [1]}, "tags"),
        ({"name": "x", "tags": ["a"] * 1001}, "tags"),
        ({"name": "x", "on": 1}, "on"),
        ({"name": "x", "__class__": 1}, "__class__"),
    ],
)
def test_values_of_another_type_are_refused_by_name(values: dict[str, Any], field: str) -> None:
    form = form_of(CALLED)
    assert form is not None

    with pytest.raises(ValueProblem) as problem:
        call_of(form, values)
    assert problem.value.field == field


_WORDS = st.sampled_from(
    "import argparse\n|p = argparse.ArgumentParser(|p.add_argument(|'--x'|'x'|, |)|\n|type=int|nargs=|choices=|[1, 2]|"
    "range(9)|default=|def main(|x|: |int|list[|]|Literal[|Enum|class A(|):\n    |pass|=|**more|*|lambda: 1|f'{x}'|"
    '\'\\ud800\'|10**9|-1|None|"""Args:\n x: y"""'.split("|")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=30).map("".join))
def test_no_source_breaks_the_reader_and_every_form_can_be_sent(source: str) -> None:
    form = form_of(source)

    if form is not None:
        json.dumps([vars(field) for field in form.fields]).encode()
        assert form.fields
