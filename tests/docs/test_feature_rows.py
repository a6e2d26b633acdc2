"""Every row of the feature list that was promised has a test, and the page that says so is true."""

import pytest
from tests.docs.feature_rows import ROWS, Test, listed, shown_by

FOUND = shown_by()


@pytest.mark.parametrize("row", ROWS)
def test_every_promised_row_is_named_by_a_test(row: str) -> None:
    assert FOUND.get(row), f"no test has {row.lower().replace('-', '_')} in its name"


def test_the_page_lists_every_row_and_only_tests_that_are_there_and_name_it() -> None:
    shown = listed()

    assert list(shown) == list(ROWS), "python -m tests.docs.feature_rows writes the page anew"
    stale = {row: [text for text in tests if text not in _names(FOUND.get(row, []))] for row, tests in shown.items()}
    assert {row: tests for row, tests in stale.items() if tests} == {}
    assert [row for row, tests in shown.items() if not tests] == []


def _names(tests: list[Test]) -> set[str]:
    return {test.shown().strip("`") for test in tests}
