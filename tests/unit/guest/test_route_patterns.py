"""Cutting at slashes finds exactly what the regular expression finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_guest.route_patterns import match

PIECE = st.sampled_from(["/", "a", "/b", "b/", "([^/]*)", "/([^/]*)", "([^/]*)/", ".", "é", "//"])
TEXT = st.text(alphabet="/abxé.\n", max_size=12)


@given(st.lists(PIECE, max_size=6).map("".join), TEXT)
def test_it_finds_what_re_finds(pattern: str, text: str) -> None:
    expected, found = re.match(pattern, text), match(pattern, text)

    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.group(0) == expected.group(0)
        assert found.groups() == expected.groups()


@pytest.mark.parametrize("pattern", ["/a", "/add/([^/]*)/([^/]*)", "route:/x/([^/]*)/y"])
def test_plain_patterns_compile_no_expression(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(re, "match")

    assert match(pattern, pattern.replace("([^/]*)", "v")) is not None
