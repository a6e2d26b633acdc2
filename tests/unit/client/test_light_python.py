"""Which client code the Light engine can't run, and how the rest is put for it (widget_model.client_code.light)."""

import ast

import pytest

from widget_model.client_code.light import rewritten, unsupported


@pytest.mark.parametrize(
    ("source", "line", "named"),
    [
        ("x = 1\nif (y := x):\n    pass\n", 2, ":="),
        ("def f():\n    a = 1\n    def g():\n        nonlocal a\n", 4, "nonlocal"),
        ("match 1:\n    case 1: pass\n", 1, "match"),
        ("async def f():\n    pass\n", 1, "async"),
        ("def f(a, /, b):\n    pass\n", 1, "positional-only"),
        ("class A(metaclass=type):\n    pass\n", 1, "metaclass="),
        ("def f():\n    yield 1\n    return 2\n", 3, "generator"),
        ("print(f'{1=}')\n", 1, "{x=}"),
        ("def f(a):\n    return *a, 3\n", 2, "*"),
        ("def f(:\n", 1, "not Python"),
    ],
)
def test_w_27_what_the_light_engine_lacks_is_named_with_its_line(source: str, line: int, named: str) -> None:
    found = unsupported(source)

    assert [one.line for one in found] == [line]
    assert named in found[0].text


def test_what_it_has_is_not_named() -> None:
    source = "def f(a, *, b=1, **c):\n    def g():\n        return 1\n    yield g()\n    return\n\nx = f'{2:=^5}'\n"

    assert unsupported(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x: int\ny = 1\n", "pass\ny = 1\n"),
        ("x: int = 3\n", "x: int = 3\n"),
        (
            "class A:\n    x: int\n    y: list[\n        int] = (1 +\n        2)\n    z = 1\n",
            "class A:\n    __annotations__ = {}; __annotations__['x'] = 'int'\n"
            "    __annotations__['y'] = 'list[ int]'; y = (\\\n1 +\n        2)\n    z = 1\n",
        ),
        ("raise (A) from b\n", "raise (A)\n"),
        ("raise A('é') \\\n  from (b)\nc = 1\n", "raise A('é')\n\nc = 1\n"),
        ("def f(:\n", "def f(:\n"),
        ("x = {**a}\n", "x = _merged_([a])\n"),
        ("x = {'k': 1, **(a), **{**b, (1): (2)}, }\n", "x = _merged_([{'k': 1}, (a), _merged_([b,{ (1): (2)}]), ])\n"),
        (
            "x = {\n  **a,  # {, **\n  'b': {**c, 'd': 1},  # 1,\n  'e': 2\n}\n",
            "x = _merged_([\n  a,{  # {, **\n  'b': _merged_([c,{ 'd': 1}]),  # 1,\n  'e': 2\n}])\n",
        ),
    ],
)
def test_it_is_put_as_the_engine_understands_it_line_by_line(source: str, expected: str) -> None:
    made = rewritten(source)

    assert made == expected
    assert made.count("\n") == source.count("\n")


def test_a_class_that_was_rewritten_has_its_annotations() -> None:
    names: dict[str, object] = {}

    exec(compile(ast.parse(rewritten("class A:\n    x: int\n    y: str = 'q'\n")), "a", "exec"), names)

    made = names["A"]
    assert (made.__annotations__, made.y) == ({"x": "int", "y": "str"}, "q")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "source", ["x = " + "-" * 100_000 + "1", "def f():\n    return " + "1 + " * 3000 + "1", "\ud800", "\0"]
)
def test_no_source_is_too_much_for_it(source: str) -> None:
    assert isinstance(rewritten(source), str)
    assert isinstance(unsupported(source), list)


def test_lines_may_end_in_any_way() -> None:
    assert rewritten("a = 1\rx: int\r\nb = 2") == "a = 1\npass\nb = 2"
