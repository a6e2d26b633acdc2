"""What the image is built of: the CPython that is found, the mirror that apt uses, the pin of the library."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from tests.unit.guest.harness import REPOSITORY, find_python

RECIPE = REPOSITORY / "sandbox_images/python310"


def test_a_command_that_does_not_execute_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python3.10"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("WIDGETRY_PYTHON310", str(shim))

    assert find_python() != str(shim)


def test_another_python_than_3_10_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDGETRY_PYTHON310", sys.executable)

    assert os.path.realpath(find_python()) != os.path.realpath(sys.executable)


def test_the_chosen_python_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_python()
    monkeypatch.setenv("WIDGETRY_PYTHON310", found)
    monkeypatch.setenv("PATH", "/nowhere")

    assert find_python() == found


def test_the_library_is_pinned_by_version_and_hash() -> None:
    lines = [line for line in (RECIPE / "requirements.txt").read_text().splitlines() if not line.startswith("#")]

    assert len(lines) == 1
    assert re.fullmatch(r"anvil-uplink==0\.7\.0 --hash=sha256:[0-9a-f]{64}", lines[0])


def test_every_package_of_the_image_has_a_reason() -> None:
    recipe = json.loads((RECIPE / "recipe.json").read_text())

    assert all(line["names"] and len(line["reason"]) > 10 for line in recipe["packages"])
    assert all(len(recipe[name]["reason"]) > 10 for name in ("trim", "python_trim"))


def test_only_the_two_folders_of_the_library_go_into_the_image() -> None:
    assert json.loads((RECIPE / "recipe.json").read_text())["anvil_folders"] == ["anvil", "anvil_downlink_util"]
