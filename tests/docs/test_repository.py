"""The repository is laid out as decided, and its documents say true things."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from widget_model.outcomes import Outcome

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"site", "runner", "widgets", "sandbox_images", "tests", "ops"}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "site/widget_site/docs").rglob("*.md")])


def tracked() -> list[str]:
    """The files of the repository."""
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")


def test_the_top_level_folders_are_exactly_the_decided_ones() -> None:
    found = {path.split("/")[0] for path in tracked() if "/" in path and not path.startswith(".")}

    assert found == FOLDERS


def test_site_is_no_package() -> None:
    # CPython 3.10 with this folder on its path would import it instead of its own `site` and lose site-packages.
    assert not (ROOT / "site" / "__init__.py").exists()


@pytest.mark.parametrize(
    "name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "NOTICE"]
)
def test_the_usual_files_are_there_and_say_something(name: str) -> None:
    assert len((ROOT / name).read_text()) > 400


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    files = [link for link in links if "://" not in link and not link.startswith(("/", "mailto:"))]

    missing = [link for link in files if not (document.parent / link).exists()]

    assert missing == []


def test_every_folder_of_code_has_its_paragraph_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    packages = {path.parent.name for folder in FOLDERS - {"tests"} for path in (ROOT / folder).glob("*/__init__.py")}

    assert {name for name in packages if f"{name}/" not in text} == set()


def test_the_changelog_has_the_current_version() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)

    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_outcome_is_in_the_glossary() -> None:
    text = (ROOT / "site/widget_site/docs/glossary.md").read_text()

    assert [outcome.value for outcome in Outcome if outcome.value not in text] == []


def test_no_built_file_is_in_the_repository() -> None:
    built = [
        path for path in tracked() if "/static/browser/" in path or "/node_modules/" in path or path.endswith(".pyc")
    ]

    assert built == []


def test_no_file_of_python_is_too_long_to_read() -> None:
    sizes = {path: len((ROOT / path).read_text().splitlines()) for path in tracked() if path.endswith(".py")}

    assert {path: lines for path, lines in sizes.items() if lines > 500} == {}


def test_the_commands_can_be_run() -> None:
    for name in ("ops/up", "ops/test", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111, name


def test_every_service_is_held_apart_from_the_others() -> None:
    folder = ROOT / "site/widget_site/services"
    services = {path.parent.name for path in folder.glob("*/__init__.py")}
    [contract] = [
        one
        for one in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
        if one["type"] == "independence"
    ]

    assert {f"widget_site.services.{name}" for name in services} <= set(contract["modules"])
