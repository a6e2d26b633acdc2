"""Three-way merges: nothing that one side changed is ever lost or doubled."""

from hypothesis import given, settings
from hypothesis import strategies as st

from widget_model.files import FileContent
from widget_model.merging import merge_files, merge_text, settle

BASE = "one\ntwo\nthree\nfour\nfive\n"
TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=12).map("".join)


def test_changes_in_different_places_come_together() -> None:
    merged, is_clean = merge_text(BASE, BASE.replace("one", "ONE"), BASE.replace("five", "FIVE\nsix"))

    assert (merged, is_clean) == ("ONE\ntwo\nthree\nfour\nFIVE\nsix\n", True)


def test_the_same_change_on_both_sides_is_made_once() -> None:
    changed = BASE.replace("three", "3")

    assert merge_text(BASE, changed, changed + "more\n") == (changed + "more\n", True)


def test_changes_that_meet_are_a_conflict_with_both_sides_between_marks() -> None:
    merged, is_clean = merge_text(BASE, BASE.replace("two", "mine"), BASE.replace("two", "theirs"))

    assert not is_clean
    assert merged == "one\n<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\nthree\nfour\nfive\n"


@given(TEXTS, TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_side_that_changed_nothing_gives_way(base: str, changed: str) -> None:
    assert merge_text(base, base, changed) == (changed, True)
    assert merge_text(base, changed, base) == (changed, True)
    assert merge_text(base, changed, changed) == (changed, True)


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_line_that_either_side_added_is_in_what_comes_out(base: str, mine: str, theirs: str) -> None:
    merged, _ = merge_text(base, "NEW MINE\n" + mine, theirs + "NEW THEIRS\n")

    assert merged.count("NEW MINE\n") == 1
    assert merged.count("NEW THEIRS\n") == 1


def test_files_that_only_one_side_touched_are_taken_from_it() -> None:
    base: dict[str, FileContent] = {"main.py": "x\n", "gone.py": "y\n", "picture": {"base64": "AAAA"}}

    merged = merge_files(
        base, {**base, "main.py": "mine\n"}, {"main.py": "x\n", "new.py": "z\n", "picture": {"base64": "AA=="}}
    )

    assert merged.conflicts == ()
    assert merged.files == {"main.py": "mine\n", "new.py": "z\n", "picture": {"base64": "AA=="}}


def test_removed_here_and_changed_there_is_a_conflict_that_is_settled_by_a_choice() -> None:
    merged = merge_files({"a.py": "1\n", "b": {"base64": ""}}, {"b": {"base64": "AA=="}}, {"a.py": "2\n"})

    assert [(one.path, one.mine, one.theirs, one.marked) for one in merged.conflicts] == [
        ("a.py", None, "2\n", None),
        ("b", {"base64": "AA=="}, None, None),
    ]
    assert settle(merged, {"a.py": "2\n", "b": None}) == {"a.py": "2\n"}
