"""``widgetry doctor`` tells what this machine can do, what is weaker and how to mend it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def doctor(data: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WIDGETRY_")}
    return subprocess.run(
        [sys.executable, "-m", "widget_all_in_one", "doctor", "--data", str(data), *arguments],
        env={**kept, **env},
        capture_output=True,
        text=True,
        timeout=100,
    )


def findings(said: str) -> dict[str, str]:
    """The level of each thing that was looked at."""
    lines = [line for line in said.splitlines() if line[:2] in ("ok", "we", "no")]
    return {line[6:].partition(":")[0]: line[:5].strip() for line in lines}


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: switches users")
def test_as_root_it_finds_that_widgets_run_isolated(short_folder: Path, rootfs: Path) -> None:
    done = doctor(short_folder / "data", "--engine", "local", WIDGETRY_ROOTFS=str(rootfs))
    found = findings(done.stdout)

    assert done.returncode == 0, done.stdout
    assert {found[name] for name in ("Python", "users", "image", "engine local", "Redis", "user namespaces")} == {"ok"}
    assert "Widgets run isolated on this machine, by the local engine." in done.stdout
    assert sorted(path.name for path in short_folder.iterdir()) == []


def test_without_an_image_it_says_that_nothing_can_run_and_what_to_do(short_folder: Path) -> None:
    done = doctor(short_folder / "data")

    assert done.returncode == 1
    assert findings(done.stdout)["image"] == "no"
    assert "mend: ops/up builds it at its first start" in done.stdout


def test_an_engine_that_is_wanted_and_missing_fails_it(short_folder: Path, rootfs: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{short_folder}/none.sock", "WIDGETRY_ROOTFS": str(rootfs)}

    done = doctor(short_folder / "data", "--engine", "docker", **nowhere)

    assert done.returncode == 1
    assert findings(done.stdout)["engine docker"] == "no"


def test_a_redis_that_does_not_answer_is_named(short_folder: Path) -> None:
    done = doctor(short_folder / "data", WIDGETRY_REDIS_URL=f"unix://{short_folder}/none.sock")

    assert findings(done.stdout)["Redis"] == "no"
    assert "WIDGETRY_REDIS_URL does not answer" in done.stdout


AS_NOBODY = """
import os, sys
import widget_all_in_one.doctor, widget_all_in_one.engine_reports, widget_all_in_one.options as options
from pathlib import Path
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(widget_all_in_one.doctor.doctor(options.UpOptions(data=Path(sys.argv[1]))))
"""


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: switches users")
def test_an_ordinary_user_is_told_which_boundaries_are_missing(short_folder: Path) -> None:
    command = [sys.executable, "-c", AS_NOBODY, str(short_folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    found = findings(done.stdout)

    assert found["users"] == "weak", done.stderr
    assert "run as one user" in done.stdout
    assert "sudo ops/up" in done.stdout
