"""Cutting at slashes finds exactly what the regular expression finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_guest.route_patterns import match, sub

REST = r"([\s\S]*)"
PIECE = st.sampled_from(["/", REST, f"/{REST}", "a", "/b", "b/", "([^/]*)", "/([^/]*)", "([^/]*)/", ".", "é", "//"])
TEXT = st.text(alphabet="/abxé.\n", max_size=12)


@given(st.lists(PIECE, max_size=6).map("".join), TEXT)
def test_it_finds_what_re_finds(pattern: str, text: str) -> None:
    expected, found = re.match(pattern, text), match(pattern, text)

    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.group(0) == expected.group(0)
        assert found.groups() == expected.groups()


@pytest.mark.parametrize("pattern", ["/a", "/add/([^/]*)/([^/]*)", "route:/x/([^/]*)/y", f"/f/([^/]*)/{REST}"])
def test_plain_patterns_compile_no_expression(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(re, "match")

    assert match(pattern, pattern.replace("([^/]*)", "v").replace(r"([\s\S]*)", "v/w")) is not None


@pytest.mark.parametrize(
    ("path", "names", "pattern"),
    [
        ("/add/:a/:b", ["a", "b"], "/add/([^/]*)/([^/]*)"),
        ("/files/:path*", ["path"], r"/files/([\s\S]*)"),
        ("/:a/:rest*", ["a", "rest"], r"/([^/]*)/([\s\S]*)"),
        ("/x/:*", ["*"], "/x/([^/]*)"),
    ],
)
def test_x_22_a_star_behind_a_parameter_takes_the_rest(path: str, names: list[str], pattern: str) -> None:
    found: list[str] = []

    def register(one: "re.Match[str]") -> str:
        found.append(one.group(1))
        return "([^/]*)"

    assert sub(":([^/]*)", register, path) == pattern
    assert found == names


@pytest.mark.parametrize("rest", ["", "a", "a/b", "a//b/", "\n"])
def test_x_22_the_rest_may_be_anything(rest: str) -> None:
    found = match(r"route:/files/([\s\S]*)", f"route:/files/{rest}")

    assert found is not None
    assert (found.group(0), found.groups()) == (f"route:/files/{rest}", (rest,))
    assert match(r"route:/files/([\s\S]*)", "route:/files") is None
