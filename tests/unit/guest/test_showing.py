"""What a run shows besides text: display(), the last expression, the protocol of notebooks, in order with what is
printed.
"""

import json
from typing import Any

import pytest
from tests.unit.guest.harness import KEEP, Children, Ended, start

PNG = b"\x89PNG\r\n\x1a\n and so on"


def shown(ended: Ended) -> list[dict[str, Any]]:
    """What was shown, media put in place."""
    found, media = [], iter(ended.media)
    for message in ended.messages:
        if message.get("type") != "DISPLAY":
            continue
        data = dict(message["data"])
        for kind, size in message["media"]:
            content = b""
            while len(content) < size:
                content += next(media)
            data[kind] = content
        found.append(data)
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 1", ["2"]),
        ("x = [1, 2]\nx", ["[1, 2]"]),
        ("'text'\n'words'", ["'words'"]),
        ("def f():\n    return 5\n\nf()  # five\n", ["5"]),
        ("None", []),
        ("x = 5", []),
        ("'''Only a docstring.'''", []),
        ("6;", []),
        ("é = 6; é ;  # not shown", []),
        ("if __name__ == '__main__':\n    5", []),
        ("import sys\nsys.stdout.write('abc')", []),
        ("print('x')", []),
        ("# nothing", []),
        ("", []),
        ("(1 +\n 2\n)", ["3"]),
        ("x = 1; x", ["1"]),
    ],
)
def test_the_last_expression_of_a_script_is_shown_unless_it_is_none(
    children: Children, source: str, expected: list[str]
) -> None:
    ended = children.script(source)

    assert [one["text/plain"] for one in shown(ended)] == expected
    assert ended.answer == {"type": "END", "error": None, "exit_code": 0}


def test_a_last_expression_that_fails_names_its_line(children: Children) -> None:
    ended = children.script("def f(x):\n    return 1 / x\n\n\nf(\n    0)\n")

    assert ended.error["trace"] == [["main.py", 2], ["main.py", 5]]
    assert ended.error["traceback"] == (
        "Traceback (most recent call last):\n"
        '  File "main.py", line 5, in <module>\n    f(\n'
        '  File "main.py", line 2, in f\n    return 1 / x\n'
        "ZeroDivisionError: division by zero\n"
    )


def test_a_future_of_the_program_holds_for_its_last_line_and_the_docstring_stays(children: Children) -> None:
    ended = children.script(
        "'''Words.'''\nfrom __future__ import annotations\nimport sys\n"
        "def f(x: Undefined): return __doc__\n(f(0), (lambda x: x)(1), [y for y in f.__annotations__.values()])"
    )

    assert [one["text/plain"] for one in shown(ended)] == ["('Words.', 1, ['Undefined'])"]


def test_a_syntax_error_in_the_last_line_is_told_as_before(children: Children) -> None:
    ended = children.script("x = 1\nx +\n")

    assert ended.error["type"] == "SyntaxError"
    assert ended.error["trace"] == [["main.py", 2]]


def test_routes_show_no_last_expression(children: Children) -> None:
    ended = children.route("import anvil.server\n@anvil.server.route('/')\ndef f():\n    return 'hi'\nf")

    assert shown(ended) == []
    assert ended.http["status"] == 200


def test_display_is_a_builtin_also_in_routes(children: Children) -> None:
    ended = children.route("import anvil.server\n@anvil.server.route('/')\ndef f():\n    display(3)\n    return 'hi'")

    assert [one["text/plain"] for one in shown(ended)] == ["3"]


def test_what_is_shown_keeps_its_place_among_what_is_printed(children: Children) -> None:
    # The runner reads data and pipes in turn, so the order in which they were written is what counts.
    ended = children.script(
        "import sys\nfor n in range(20):\n    print('out', n)\n    display(n)\n    print('err', n, file=sys.stderr)\n"
    )

    assert [kind for kind, _ in ended.arrivals if kind != "STARTED"][:-1] == ["stdout", "DISPLAY", "stderr"] * 20


def test_every_method_of_the_protocol_is_asked(children: Children) -> None:
    ended = children.script(
        f"class Rich:\n"
        f"    def _repr_html_(self): return '<b>hi</b>'\n"
        f"    def _repr_markdown_(self): return '*hi*'\n"
        f"    def _repr_svg_(self): return '<svg/>'\n"
        f"    def _repr_png_(self): return {PNG!r}, {{'width': 3}}\n"
        f"    def _repr_json_(self): return {{'a': [1, None]}}\n"
        f"    def __repr__(self): return 'Rich()'\n"
        f"display(Rich())"
    )

    assert shown(ended) == [
        {
            "text/html": "<b>hi</b>",
            "text/markdown": "*hi*",
            "image/svg+xml": "<svg/>",
            "image/png": PNG,
            "application/json": {"a": [1, None]},
            "text/plain": "Rich()",
        }
    ]


def test_a_mime_bundle_wins_and_display_of_its_own_is_called(children: Children) -> None:
    ended = children.script(
        "class Bundle:\n"
        "    def _repr_mimebundle_(self, include=None, **more): return {'text/html': 'a', 'text/plain': 'b'}, {}\n"
        "    def _repr_html_(self): raise RuntimeError('not asked')\n"
        "class Own:\n"
        "    def _ipython_display_(self): display(1, 2)\n"
        "display(Bundle(), Own(), {'text/html': 'raw'}, raw=False)\ndisplay({'text/markdown': '# x'}, raw=True)"
    )

    assert shown(ended)[:3] == [{"text/html": "a", "text/plain": "b"}, {"text/plain": "1"}, {"text/plain": "2"}]
    assert shown(ended)[3:] == [{"text/plain": "{'text/html': 'raw'}"}, {"text/markdown": "# x"}]


def test_a_method_that_fails_is_told_and_the_text_is_shown(children: Children) -> None:
    ended = children.script(
        "class Bad:\n"
        "    def _repr_html_(self): raise ValueError('no')\n"
        "    def __repr__(self): raise KeyError('r')\n"
        "Bad()"
    )

    assert shown(ended) == [{"text/plain": "<Bad: its __repr__ failed: 'r'>"}]
    assert ended.output("stderr") == "_repr_html_ failed: ValueError: no\n"
    assert ended.answer["error"] is None


def test_an_object_that_has_every_name_is_shown_as_text(children: Children) -> None:
    ended = children.script("from unittest.mock import MagicMock\nx = MagicMock(name='m')\ndisplay(x, type(x))")

    assert [sorted(one) for one in shown(ended)] == [["text/plain"], ["text/plain"]]


def test_bytes_that_are_a_picture_are_one_and_others_are_text(children: Children) -> None:
    ended = children.script(f"display({PNG!r}, b'abc', bytearray(b'GIF89a...'))")

    assert [{kind for kind in one if kind != "text/plain"} for one in shown(ended)] == [
        {"image/png"},
        set(),
        {"image/gif"},
    ]


def test_media_of_anvil_that_is_a_picture_is_shown(children: Children) -> None:
    ended = children.script(f"import anvil\ndisplay(anvil.BlobMedia('image/png', {PNG!r}, name='a.png'))")

    assert shown(ended)[0]["image/png"] == PNG


def test_a_picture_that_is_too_large_is_told_in_words(children: Children) -> None:
    ended = children.script(f"display({PNG!r} + bytes(200_000_000))")

    assert shown(ended)[0].keys() == {"text/plain"}
    assert "[image/png of 200.0 MB: at most 1.0 MB can be shown]" in shown(ended)[0]["text/plain"]
    assert ended.media == []


def test_pictures_without_end_are_told_of_in_words_at_last(children: Children) -> None:
    ended = children.script(f"for n in range(10): display({PNG!r} + bytes(150_000))")

    # 800,000 bytes in all.
    assert [("image/png" in one) for one in shown(ended)] == [True] * 5 + [False] * 5
    assert "as many pictures and tables as are kept" in shown(ended)[-1]["text/plain"]


def test_a_long_text_travels_in_chunks_as_media(children: Children) -> None:
    ended = children.script("class H:\n    def _repr_html_(self): return 'é' * 200_000\nH()")

    assert shown(ended)[0]["text/html"] == ("é" * 200_000).encode()
    assert max(len(part) for part in ended.media) == 256 * 1024


def test_long_json_travels_as_its_text(children: Children) -> None:
    ended = children.script("class J:\n    def _repr_json_(self): return list(range(10_000))\nJ()")

    assert json.loads(shown(ended)[0]["application/json"]) == list(range(10_000))


def test_threads_that_show_and_print_do_not_mix_their_frames(children: Children) -> None:
    ended = children.script(
        f"import threading\n"
        f"def work(n):\n    for _ in range(5): display({PNG!r} + bytes([n]) * 300_000)\n"
        f"for n in range(4): threading.Thread(target=work, args=(n,)).start()\n",
        keep={**KEEP, "files_bytes": 10_000_000},
    )

    pictures = [one["image/png"] for one in shown(ended)]
    assert len(pictures) == 20
    assert {len(set(picture[len(PNG) :])) for picture in pictures} == {1}


def test_a_fork_prints_what_it_would_show(children: Children) -> None:
    ended = children.script(
        "import os\nif os.fork() == 0:\n    display('forked')\n    os._exit(0)\nos.wait()\nprint('x')"
    )

    assert ended.output("stdout") == "'forked'\nx\n"


def test_ipython_display_works_where_ipython_is_not_installed(children: Children) -> None:
    ended = children.script(
        f"from IPython.display import display, HTML, Markdown, Image, JSON, SVG, Latex, clear_output\n"
        f"import IPython\nassert IPython.get_ipython() is None\n"
        f"open('x.png', 'wb').write({PNG!r})\n"
        f"display(HTML('<i>i</i>'), Markdown('**b**'), Image('x.png'), JSON('[1]'), SVG('<svg/>'), Latex('$x$'))\n"
        f"clear_output()\nImage({PNG!r})"
    )

    found = shown(ended)
    assert [sorted(set(one) - {"text/plain"}) for one in found] == [
        ["text/html"], ["text/markdown"], ["image/png"], ["application/json"], ["image/svg+xml"], [], ["image/png"],
    ]  # fmt: skip
    assert found[5] == {"text/plain": "$x$"}
    assert found[0]["text/html"] == "<i>i</i>"


def test_an_ipython_of_the_widgets_own_comes_first_and_its_display_is_ours(children: Children) -> None:
    files = {
        "main.py": "from IPython.display import display\ndisplay(7)",
        "IPython/__init__.py": "",
        "IPython/display.py": "from IPython.core.display_functions import display",
        "IPython/core/__init__.py": "",
        "IPython/core/display_functions.py": "def display(*things): print('only printed', things)",
    }

    ended = children.serve([start("script", files)])

    assert [one["text/plain"] for one in shown(ended)] == ["7"]
    assert ended.output("stdout") == ""


#: As much of plotly as its renderers' protocol is.
PLOTLY = {
    "plotly/__init__.py": "",
    "plotly/io/__init__.py": "import json\ndef to_json(fig, validate=True, pretty=False): return json.dumps(fig)",
    "plotly/io/_renderers.py": """
class ExternalRenderer:
    def render(self, fig): raise NotImplementedError
class Renderers(dict):
    default = "browser"
renderers = Renderers()
def show(fig): renderers[renderers.default].render(fig)
""",
}


def test_fig_show_of_plotly_sends_the_figure(children: Children) -> None:
    main = "import plotly.io._renderers as r\nprint('a')\nr.show({'data': [{'type': 'bar', 'y': [1]}]})\nprint('b')"

    ended = children.serve([start("script", {"main.py": main, **PLOTLY})])

    assert shown(ended) == [
        {
            "application/vnd.plotly.v1+json": {"data": [{"type": "bar", "y": [1]}]},
            "text/plain": "<plotly figure: bar>",
        }
    ]
    assert [kind for kind, _ in ended.arrivals if kind not in ("STARTED", "END")] == ["stdout", "DISPLAY", "stdout"]


def test_a_library_that_can_not_be_taught_works_as_it_did(children: Children) -> None:
    files = {"main.py": "import plotly.io._renderers as r\nprint(r.x)", "plotly/__init__.py": ""}
    files |= {"plotly/io/__init__.py": "", "plotly/io/_renderers.py": "x = 1"}

    ended = children.serve([start("script", files)])

    assert ended.output("stdout") == "1\n"
    assert "could not be taught" in ended.output("stderr")


def test_show_of_a_pillow_image_shows_it(children: Children) -> None:
    files = {
        "main.py": "from PIL import Image\nImage.Image().show('title')",
        "PIL/__init__.py": "",
        "PIL/ImageShow.py": "def show(image, title=None, **options): raise SystemExit('a viewer')",
        "PIL/Image.py": f"class Image:\n"
        f"    def _repr_png_(self): return {PNG!r}\n"
        f"    def show(self, title=None):\n"
        f"        from PIL import ImageShow\n"
        f"        ImageShow.show(self, title=title)",
    }

    ended = children.serve([start("script", files)])

    assert shown(ended)[0]["image/png"] == PNG
    assert ended.answer["exit_code"] == 0


def test_nothing_of_it_is_loaded_before_something_is_shown(children: Children) -> None:
    ended = children.script("import sys\nprint([name for name in sys.modules if 'rich.' in name])")

    assert ended.output("stdout") == "['widget_guest.rich.after_import']\n"


def test_limits_of_zero_show_text_only(children: Children) -> None:
    ended = children.script(f"display({PNG!r})", keep={**KEEP, "shown_bytes": 0})

    assert shown(ended)[0].keys() == {"text/plain"}
