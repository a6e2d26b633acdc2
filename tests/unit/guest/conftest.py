"""A CPython 3.10 with the pinned anvil library, as in the image."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.guest.harness import REPOSITORY, Children, find_python


@pytest.fixture(scope="session")
def python310() -> str:
    return find_python()


@pytest.fixture(scope="session")
def anvil_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two folders of the wheel that the image has, installed by the same step."""
    folder = tmp_path_factory.mktemp("anvil")
    program = (
        "import sys; sys.path.insert(0, 'sandbox_images'); from pathlib import Path; import build;"
        f"build.install_pinned(Path({str(folder / 'wheel')!r}))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True, capture_output=True, timeout=100)
    for name in ("anvil", "anvil_downlink_util"):
        (folder / "wheel" / name).rename(folder / name)
    return folder


@pytest.fixture
def children(python310: str, anvil_folder: Path, tmp_path: Path) -> Children:
    return Children(python310, anvil_folder, tmp_path)
