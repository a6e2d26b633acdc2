"""The folders of an installation keep each process out of what is not its own."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from widget_all_in_one import reach
from widget_all_in_one.folders import Folders, make_folders, remove_runtime, why_not
from widget_all_in_one.identities import RUN_GID, Identities, identities

root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: switches users")


def as_uid(uid: int, code: str, *groups: int) -> str:
    """Run Python code as a user; return what it printed, or the name of the exception it died of."""
    done = subprocess.run(
        ["/usr/bin/python3", "-c", code],
        user=uid,
        group=uid,
        extra_groups=list(groups),
        capture_output=True,
        text=True,
        cwd="/",
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1].partition(":")[0]


@pytest.fixture
def who() -> Identities:
    return identities()


@pytest.fixture
def folders(short_folder: Path, who: Identities) -> Folders:
    return make_folders(short_folder / "data", who)


def test_what_the_site_keeps_is_for_the_site_alone(folders: Folders, who: Identities) -> None:
    found = folders.site.stat()

    assert stat.S_IMODE(found.st_mode) == 0o700
    assert found.st_uid == who.site.uid


@root
@pytest.mark.root
@pytest.mark.parametrize("role", ["runner", "egress", "redis", "sandbox"])
def test_other_processes_read_neither_database_nor_log(folders: Folders, who: Identities, role: str) -> None:
    secret = folders.site / "widgetry.sqlite"
    secret.write_text("secret")
    secret.chmod(0o666)
    (folders.logs / "site.log").write_text("secret")
    identity = getattr(who, role)

    database = as_uid(identity.uid, f"print(open({str(secret)!r}).read())", *identity.groups)
    log = as_uid(identity.uid, f"print(open({str(folders.logs / 'site.log')!r}).read())", *identity.groups)

    assert as_uid(who.site.uid, f"print(open({str(secret)!r}).read())") == "secret"
    assert (database, log) == ("PermissionError", "PermissionError")


@root
@pytest.mark.root
def test_a_process_can_make_its_socket_but_not_replace_anothers(folders: Folders, who: Identities) -> None:
    path = str(folders.runtime / "launcher.sock")
    bind = f"import socket; socket.socket(socket.AF_UNIX).bind({path!r}); print('bound')"

    made = as_uid(who.sandbox.uid, bind, RUN_GID)
    removed = as_uid(who.egress.uid, f"import os; os.unlink({path!r})", RUN_GID)
    by_the_site = as_uid(who.site.uid, bind.replace("launcher", "other"))

    assert (made, removed, by_the_site) == ("bound", "PermissionError", "PermissionError")
    assert os.stat(path).st_gid == RUN_GID


def test_a_data_folder_too_deep_for_sockets_gets_a_short_one(tmp_path: Path, who: Identities) -> None:
    folders = make_folders(tmp_path / ("long" * 30) / "data", who)

    assert len(str(folders.runtime)) < 60
    remove_runtime(folders)
    assert not folders.runtime.exists()


def test_a_second_start_finds_no_stale_socket_and_loses_nothing(folders: Folders, who: Identities) -> None:
    (folders.runtime / "redis.sock").touch()
    (folders.site / "widgetry.sqlite").write_text("kept")

    again = make_folders(folders.data, who)

    assert list(again.runtime.iterdir()) == []
    assert (again.site / "widgetry.sqlite").read_text() == "kept"


IN_A_NAMESPACE = """
import os, subprocess, sys
from pathlib import Path
from widget_all_in_one import reach
places = [Path(place) for place in sys.argv[1:]]
print(*reach.open_the_way(places))
for place in places:
    command = ["/bin/cat", place / "file"]
    done = subprocess.run(command, user=91602, group=91602, extra_groups=[], capture_output=True, text=True, cwd="/")
    print(done.stdout or "refused")
print(*sorted(os.listdir(places[0].parent)))
print(Path.cwd())
"""


@root
@pytest.mark.root
def test_a_checkout_in_a_closed_home_is_reached_and_its_neighbours_are_hidden(short_folder: Path) -> None:
    home = short_folder / "home"
    for name in ("checkout", "private"):
        (home / name).mkdir(parents=True)
        (home / name / "file").write_text(name)
    home.chmod(0o700)
    as_runner = f"print(open({str(home / 'checkout/file')!r}).read())"
    before = as_uid(91602, as_runner)

    done = subprocess.run(
        [sys.executable, "-c", IN_A_NAMESPACE, home / "checkout"], capture_output=True, text=True, cwd=home / "checkout"
    )

    assert done.stdout.splitlines() == [str(home), "checkout", "checkout", str(home / "checkout")], done.stderr
    assert before == "PermissionError"
    assert as_uid(91602, as_runner) == "PermissionError"
    assert sorted(os.listdir(home)) == ["checkout", "private"]


@root
@pytest.mark.root
def test_an_open_folder_needs_no_namespace(short_folder: Path) -> None:
    (short_folder / "checkout").mkdir()

    assert reach.open_the_way([short_folder / "checkout"]) == []


def test_a_file_that_others_may_not_read_is_named(short_folder: Path) -> None:
    (short_folder / "site").mkdir()
    code = short_folder / "site" / "code.py"
    code.touch()
    code.chmod(0o644)
    assert reach.unreadable(short_folder) is None

    code.chmod(0o600)

    assert reach.unreadable(short_folder) == code


@pytest.fixture
def home(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = short_folder / "home"
    made.mkdir()
    monkeypatch.setenv("HOME", str(made))
    return made


def test_a_folder_that_is_new_empty_or_ours_can_be_the_data_folder(folders: Folders, short_folder: Path) -> None:
    (folders.data / "lock").touch()
    (folders.data / "notes of the operator").touch()
    begun, disk, empty = (short_folder / name for name in ("begun", "disk", "empty"))
    for one in (begun / "logs", disk / "lost+found", empty):
        one.mkdir(parents=True)

    assert [why_not(one) for one in (folders.data, begun, disk, empty, short_folder / "new" / "one")] == [""] * 5


def test_a_folder_of_others_can_not(short_folder: Path, home: Path) -> None:
    theirs, shared, file = short_folder / "theirs", short_folder / "shared", short_folder / "file"
    (theirs / "photos").mkdir(parents=True)
    (theirs / "site").mkdir()
    (short_folder / "link").symlink_to(theirs)
    shared.mkdir()
    shared.chmod(0o1777)
    file.touch()

    for refused in (theirs, short_folder / "link", shared, file, home, Path("/"), Path("/tmp"), Path("/etc")):
        assert str(refused) in why_not(refused)
    assert "'photos'" in why_not(theirs)


@pytest.mark.parametrize("command", [["up"], ["restore", __file__]])
def test_a_folder_of_others_stays_as_it_is(short_folder: Path, command: list[str]) -> None:
    (short_folder / "photos").mkdir()
    before = short_folder.stat()

    done = subprocess.run(
        [sys.executable, "-m", "widget_all_in_one", *command, "--data", short_folder], capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "holds what is not ours ('photos')" in done.stdout + done.stderr
    assert (short_folder.stat().st_mode, short_folder.stat().st_uid) == (before.st_mode, before.st_uid)
    assert [entry.name for entry in short_folder.iterdir()] == ["photos"]
