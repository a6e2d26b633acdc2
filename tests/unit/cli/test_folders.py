"""The client trusts no site and no folder of somebody else's with anything but the files of a widget."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_cli import changes, chosen, tree
from widget_cli.errors import CliError
from widget_cli.folder import Folder, find
from widget_cli.sign_ins import SignIn, SignIns, normalise
from widget_model.files import FileError, check_path


def widget(files: dict[str, Any]) -> dict[str, Any]:
    return {"slug": "a-nice-widget", "kind": "script", "revision": 3, "files": files}


@pytest.mark.parametrize(
    "path", ["../x.py", "/etc/cron.d/x", ".git/hooks/post-checkout", "a/../../x", "a\\..\\x", ".bashrc", "a/.ssh/x", ""]
)
def test_a_site_can_not_write_outside_or_into_hidden_files(tmp_path: Path, path: str) -> None:
    root = tmp_path / "folder"

    with pytest.raises(CliError):
        Folder.make(root, "http://localhost:8000", widget({"main.py": "1", path: "evil"}))

    assert list(tmp_path.rglob("*")) == []


def test_a_link_that_leads_out_is_not_written_through(tmp_path: Path) -> None:
    root, outside = tmp_path / "folder", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "lib").symlink_to(outside)
    (root / "main.py").symlink_to(outside / "main.py")

    for path in ("lib/x.py", "main.py"):
        with pytest.raises(CliError, match="link"):
            tree.write(root, path, b"evil")

    assert list(outside.iterdir()) == []


@given(st.text(st.sampled_from("ab_.-/ \\:\0é~")) | st.text())
def test_client_and_site_agree_on_names(path: str) -> None:
    def taken(check: Any, error: type[Exception]) -> bool:
        try:
            check(path)
        except error:
            return False
        return True

    assert taken(tree.check, CliError) == taken(check_path, FileError)


def test_the_token_of_the_environment_goes_to_no_site_that_only_a_folder_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("WIDGETRY_TOKEN", "secret")
    SignIns().add(SignIn("https://good.example", "ada", "kept"))

    def token(site: str | None, folder_site: str) -> str:
        return chosen.site(Namespace(site=site), folder_site)._token

    assert token(None, "https://evil.example") == ""
    assert token(None, "https://good.example") == "kept"
    assert token("https://ci.example", "") == "secret"
    assert token(None, "") == "secret"


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("widgets.example.com", "https://widgets.example.com"),
        ("http://LOCALHOST:8000/w/x", "http://localhost:8000"),
        ("ftp://x", None),
        ("https://user:pass@x", None),
        ("", None),
        ("http://x:99999", None),
    ],
)
def test_a_site_is_its_origin(text: str, origin: str | None) -> None:
    if origin is None:
        with pytest.raises(CliError):
            normalise(text)
    else:
        assert normalise(text) == origin


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "take", "conflicts"),
    [
        ("a", "a", "a", False, False),
        ("a", "a", "b", True, False),
        ("a", "b", "a", False, False),
        ("a", "b", "b", False, False),
        ("a", "b", "c", False, True),
        ("a", "a", None, True, False),
        ("a", "b", None, False, True),
        ("a", None, "b", False, True),
        ("a", None, "a", False, False),
        (None, None, "a", True, False),
        (None, "a", "b", False, True),
    ],
)
def test_what_only_one_side_changed_is_never_a_conflict(
    base: str | None, ours: str | None, theirs: str | None, take: bool, conflicts: bool
) -> None:
    def held(content: str | None) -> dict[str, str]:
        return {} if content is None else {"x": content}

    plan = changes.merge(held(base), held(ours), held(theirs))

    assert (plan.take == ("x",), plan.conflicts == ("x",)) == (take, conflicts)


def test_the_folder_is_found_from_within(tmp_path: Path) -> None:
    made = Folder.make(tmp_path / "folder", "http://localhost:8000", widget({"lib/x.py": "1"}))

    found = find(tmp_path / "folder" / "lib")

    assert found is not None
    assert found.link == made.link
    assert find(tmp_path) is None
