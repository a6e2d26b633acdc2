"""The lanes of a test run: what must be alone is alone, and both end in one summary."""

import sys
import threading
from pathlib import Path

import pytest
from tests.fixtures.lanes import ALONE, FIRST, Machine, folder, piece
from tests.fixtures.processes import wait_until
from tests.fixtures.sandbox_image import REPOSITORY

pytest_plugins = ["pytester"]


class Lane(threading.Thread):
    """Uses the machine until it is told to end."""

    def __init__(self, place: Path, alone: bool) -> None:
        super().__init__()
        self._machine, self._alone = Machine(place), alone
        self.began, self.end = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with self._machine.used(self._alone):
            self.began.set()
            self.end.wait(60)
        self._machine.close()

    def leave(self) -> None:
        self.end.set()
        self.join(60)


def waits_at(place: Path) -> bool:
    """Whether somebody stands in the door."""
    inode = f":{(place / 'door').stat().st_ino} "
    return any(inode in line and "->" not in line for line in Path("/proc/locks").read_text().splitlines())


def test_what_must_be_alone_waits_for_others_and_others_for_it(tmp_path: Path) -> None:
    first, second = Lane(tmp_path, alone=False), Lane(tmp_path, alone=False)
    assert first.began.wait(60)
    assert second.began.wait(60)

    alone = Lane(tmp_path, alone=True)
    wait_until(lambda: waits_at(tmp_path), "the one that must be alone")
    late = Lane(tmp_path, alone=False)
    first.leave()

    assert not alone.began.wait(0.2)
    second.leave()
    assert alone.began.wait(60)
    assert not late.began.is_set()
    alone.leave()
    assert late.began.wait(60)
    late.leave()


def test_a_folder_is_one_piece_of_work_and_so_is_all_that_is_alone() -> None:
    assert folder("tests/services/api/test_x.py::test_y[a/b::c]") == "tests/services/api"
    assert piece("tests/services/api/test_x.py::test_y") == "tests/services/api"
    assert {piece(f"{name}test_x.py::test_y") for name in ALONE} == {"alone"}
    assert all((REPOSITORY / name).exists() for name in (*ALONE, *FIRST))


def test_nobody_brings_network_interfaces_beside_a_browser() -> None:
    bring = [path for path in (REPOSITORY / "tests").rglob("test_*.py") if " far_server(" in path.read_text()]

    assert len(bring) > 1
    assert [path for path in bring if not str(path.relative_to(REPOSITORY)).startswith(ALONE + FIRST)] == []


def test_two_lanes_end_in_one_summary_with_the_right_status(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("CI", "true")
    for place, body in {
        "browser": "pass",
        "ops": "assert 0",
        "unit": "import pytest\n    pytest.skip('no cat')",
    }.items():
        path = pytester.path / "tests" / place / f"test_{place}.py"
        path.parent.mkdir(parents=True)
        path.write_text(f"def test_one():\n    pass\n\ndef test_two():\n    {body}\n")

    options = ["-p", "xdist", "-p", "tests.fixtures.lanes", "-p", "tests.fixtures.report", "-n", "2"]
    result = pytester.run(sys.executable, "-m", "pytest", "--import-mode=importlib", *options)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*time per folder*", "*2 tests  tests/browser", "*2 tests  tests/ops", "*2 tests  tests/unit"]
    )
    result.stdout.fnmatch_lines(["*short test summary*", "*unexpected skip: no cat*", "*2 failed, 4 passed in*"])
