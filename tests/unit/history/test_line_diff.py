"""What two texts have in common: right for every text, and within bounds for hostile ones."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from widget_model.diffs import FILE_LINES_MAX, LINES_MAX, file_diffs
from widget_model.line_diff import counts, hunks, lines_of, matches

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "d"]), max_size=30)


@given(LINES, LINES)
@settings(max_examples=300, deadline=None)
def test_matches_are_equal_stretches_in_order(a: list[str], b: list[str]) -> None:
    at_a = at_b = 0
    for match in matches(a, b):
        assert match.size > 0
        assert match.a >= at_a
        assert match.b >= at_b
        assert a[match.a : match.a + match.size] == b[match.b : match.b + match.size]
        at_a, at_b = match.a + match.size, match.b + match.size


@given(LINES, LINES)
@settings(max_examples=300, deadline=None)
def test_hunks_turn_the_old_lines_into_the_new_ones(a: list[str], b: list[str]) -> None:
    made: list[str] = []
    at = 0
    for hunk in hunks(a, b):
        start = hunk.old_start - 1 if hunk.old_count else at if not a else hunk.lines[0].old or at
        made += a[at:start]
        made += [line.text for line in hunk.lines if line.kind != "old"]
        assert a[start : start + hunk.old_count] == [line.text for line in hunk.lines if line.kind != "new"]
        at = start + hunk.old_count

    assert made + a[at:] == b


def test_a_change_in_the_middle_is_one_hunk_with_three_lines_around_it() -> None:
    old = [f"{number}\n" for number in range(20)]
    new = [*old[:10], "changed\n", *old[11:]]

    (found,) = hunks(old, new)

    assert (found.old_start, found.old_count, found.new_start, found.new_count) == (8, 7, 8, 7)
    assert [line.kind for line in found.lines] == ["both"] * 3 + ["old", "new"] + ["both"] * 3
    assert counts(old, new) == (1, 1)


def test_a_last_line_without_its_end_is_a_line_of_its_own() -> None:
    assert lines_of("a\nb") == ["a\n", "b"]
    assert lines_of("a\n") == ["a\n"]
    assert lines_of("") == []


def test_lines_that_repeat_a_hundred_thousand_times_are_compared_within_the_budget() -> None:
    old = ["x", "y"] * 100_000
    new = ["y", "x"] * 100_000

    added, removed = counts(old, new)

    assert added == removed > 0


def test_few_changes_of_a_long_file_are_found_one_by_one() -> None:
    old = [f"line {number}" if number % 3 else "" for number in range(30_000)]
    new = [f"changed {at}" if at % 1000 == 1 else line for at, line in enumerate(old)]

    assert counts(old, new) == (30, 30)


def test_what_is_too_long_to_show_is_left_out_and_said_so() -> None:
    old = {"long.py": "", "short.py": "a\n"}
    new = {"long.py": "x\n" * (FILE_LINES_MAX + 1), "short.py": "b\n"}

    together = file_diffs(old, new)
    (alone,) = file_diffs(old, new, "long.py")

    assert [(one.change.path, bool(one.hunks), one.is_cut) for one in together] == [
        ("long.py", False, True),
        ("short.py", True, False),
    ]
    assert (alone.is_cut, alone.change.added) == (True, FILE_LINES_MAX + 1)
    assert LINES_MAX < FILE_LINES_MAX


def test_a_text_with_one_certain_line_in_each_look_at_it_is_compared_within_the_budget() -> None:
    old, new = [], []
    for number in range(5000):
        old += [f"u{number + 1}\n", f"old {number}\n", f"u{number}\n"]
        new += [f"new {number}\n", f"u{number + 1}\n", f"u{number}\n"]
    many = ["f\n"] * 400
    started = time.process_time()

    added, removed = counts([*old, *many, "old\n"], [*new, *many, "new\n"])

    assert added == removed > 0
    assert time.process_time() - started < 20
