"""The page of features of GUIs is true: each that it promises has a browser test on that engine."""

import pytest
from tests.docs.gui_features import ENGINES, FEATURES, PAGE, counts, engines_of, page, shown_by, shown_on

#: What there is not yet.
MISSING = {55}


@pytest.mark.parametrize("number", FEATURES)
def test_the_tests_of_a_feature_are_there_and_run_on_both_engines(number: int) -> None:
    for test in shown_by(number):
        assert engines_of(test) == frozenset(ENGINES), f"{test} is not run on both engines"
    for engine in ENGINES:
        assert bool(shown_on(number, engine)) is (number not in MISSING), f"{number} on {engine}"


def test_as_many_features_work_as_were_promised() -> None:
    found = counts()

    assert (len(FEATURES), found["full"] >= 55, found["light"] >= 48) == (62, True, True)


def test_the_page_is_what_the_tests_show() -> None:
    assert PAGE.read_text() == page(), "python -m tests.docs.gui_features writes the page anew"
