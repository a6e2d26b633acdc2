"""What differs between two sets of files."""

from widget_model.changes import SUMMARY_MAX, FileChange, Summary, file_changes, summary

TEXT = "".join(f"line {number}\n" for number in range(10))


def test_files_are_added_removed_and_changed_with_their_lines() -> None:
    found = file_changes({"a.py": "1\n2\n", "gone.py": "x\n"}, {"a.py": "1\n3\n4\n", "new.py": "y\nz\n"})

    assert [(one.path, one.change, one.added, one.removed) for one in found] == [
        ("a.py", "changed", 2, 1),
        ("gone.py", "removed", 0, 1),
        ("new.py", "added", 2, 0),
    ]


def test_a_file_that_kept_most_of_its_lines_is_renamed() -> None:
    found = file_changes({"old.py": TEXT, "same.bin": {"base64": "AAA="}}, {"new.py": TEXT + "one more\n"})

    assert [(one.path, one.change, one.old_path, one.added) for one in found] == [
        ("new.py", "renamed", "old.py", 1),
        ("same.bin", "removed", None, 0),
    ]


def test_what_is_no_text_moves_only_when_it_is_equal_and_shows_its_sizes() -> None:
    found = file_changes({"a.bin": {"base64": "AAAA"}, "b.bin": {"base64": "AA=="}}, {"c.bin": {"base64": "AAAA"}})

    assert found == [
        FileChange("b.bin", "removed", None, False, 0, 0, 1, None),
        FileChange("c.bin", "renamed", "a.bin", False, 0, 0, 3, 3),
    ]


def test_a_summary_names_some_files_counts_the_others_and_survives_json() -> None:
    made = summary({}, {f"{number:02}.txt": str(number) for number in range(SUMMARY_MAX + 3)})

    assert (len(made.files), made.more) == (SUMMARY_MAX, 3)
    assert Summary.from_dict(made.as_dict()) == made
