"""What strangers wrote becomes HTML that does nothing."""

import re
import time

import pytest

from widget_model.files import FileContent
from widget_site.pages import code
from widget_site.pages.ansi import plain
from widget_site.pages.code import MAX_HIGHLIGHTED_CHARS, code_file, code_files, linked_traceback
from widget_site.pages.prose import safe_markdown


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        "<img src=x onerror=x>",
        "[a](javascript:x)",
        "[a](JaVaScRiPt:x)",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "![a](https://example.com/a.png)",
        "<svg><style>x</style></svg>",
        "<iframe src=//x></iframe>",
        "<a href=x onclick=x>a</a>",
        '<div style="position:fixed">a</div>',
        "`<script>`\n\n    <script>x</script>\n",
    ],
)
def test_markdown_keeps_no_element_or_address_that_acts(text: str) -> None:
    html = safe_markdown(text).lower()

    for part in ("<script", "<img", "<svg", "<style", "<iframe", "<div", 'href="javascript', 'href="data', 'href="vb'):
        assert part not in html


def test_markdown_keeps_headings_one_level_down_links_and_tables() -> None:
    html = safe_markdown("# One\n\n[a](https://example.com)\n\n| a | b |\n| - | - |\n| 1 | 2 |\n")

    assert "<h2>One</h2>" in html
    assert 'href="https://example.com"' in html
    assert 'rel="nofollow noopener noreferrer ugc"' in html
    assert "<td>1</td>" in html


def test_code_is_escaped_and_keeps_its_lines() -> None:
    file = code_file("main.py", "x = '<b>'  # </code>\n\nprint(x)\n")

    assert len(file.lines) == 3
    assert "<b>" not in file.lines[0]
    assert "&lt;b&gt;" in file.lines[0]
    assert file.lines[1] == ""


def test_a_file_that_is_not_text_has_no_lines() -> None:
    assert code_file("a.bin", {"base64": "AA=="}).is_text is False


def test_a_traceback_links_to_the_widgets_own_lines_only() -> None:
    text = 'File "main.py", line 3, in <module>\n  File "/usr/lib/python3.10/json.py", line 9\n<b>'

    html = linked_traceback(text, ["main.py"], "/w/a/revisions/2")

    assert '<a href="/w/a/revisions/2#main.py-3">File &#34;main.py&#34;, line 3</a>' in html
    assert html.count("<a ") == 1
    assert "<b>" not in html


def test_escape_sequences_and_overwritten_lines_are_gone() -> None:
    assert plain("\x1b[31mred\x1b[0m 10%\r100%\nend\r\n") == "100%\nend\n"


def test_a_file_too_long_for_colours_is_escaped_all_the_same() -> None:
    file = code_file("main.py", "<script>x</script>\n" + "# long\n" * (MAX_HIGHLIGHTED_CHARS // 7 + 1))

    assert file.lines[0] == "&lt;script&gt;x&lt;/script&gt;"
    assert len(file.lines) > MAX_HIGHLIGHTED_CHARS // 7


@pytest.mark.parametrize("text", ["a\rb\rc\r\r\nd\r", "\r", "", "\r\n", "a\r\n\rb", "x\ry\n\n\r\r"])
def test_what_stood_last_in_a_line_is_what_a_terminal_would_have_written_last(text: str) -> None:
    assert plain(text) == re.sub(r"[^\n]*\r(?!\n|$)", "", text).replace("\r", "")


def test_27_a_line_without_end_takes_no_square_of_its_length() -> None:
    started = time.process_time()

    assert plain("a" * 1_000_000) == "a" * 1_000_000
    assert time.process_time() - started < 2


def test_many_files_are_shown_with_colours_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_MAX_PAGE_CHARS", 130)
    one = "x = 1\n" * 10
    files: dict[str, FileContent] = {f"{number}.py": one for number in range(4)}

    shown = code_files(files, sorted(files))

    assert ["<span" in file.lines[0] for file in shown] == [True, True, False, False]
    assert {len(file.lines) for file in shown} == {len(shown[0].lines)}
