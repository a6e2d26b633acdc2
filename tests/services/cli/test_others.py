"""open, export, import, list; the client by itself; the examples of its page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.services.cli.conftest import Terminal

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "site/widget_site/docs/cli.md").read_text()


def test_d_33_a_widget_goes_out_and_comes_back(terminal: Terminal) -> None:
    slug = terminal.make("print('take me along')\n")

    exported = terminal("export", "--json")
    again = terminal("export")
    imported = terminal("import", f"{slug}.zip", "--visibility", "unlisted", "--json")
    into = terminal("import", f"{slug}.zip", "--into", slug)
    broken = terminal("import", "main.py")
    missing = terminal("import", "no-such.zip")

    assert exported.status == 0
    assert "there already" in again.err
    assert imported.json["files"] == {"main.py": "print('take me along')\n"}
    assert imported.json["visibility"] == "unlisted"
    assert (into.status, f"/w/{slug}/edit" in into.out) == (0, True)
    assert (broken.status, missing.status) == (1, 1)
    assert "no zip file" in broken.err


def test_a_draft_with_unsaved_text_is_replaced_only_when_told(terminal: Terminal) -> None:
    slug = terminal.make()
    terminal("export", "-o", "first.zip")
    draft = {"files": {"main.py": "half typed"}, "base_revision": 1}
    terminal.person.call("PUT", f"/widgets/{slug}/draft", draft)

    asked = terminal("import", "first.zip", "--into", slug)
    told = terminal("import", "first.zip", "--into", slug, "--replace-draft")

    assert (asked.status, told.status) == (1, 0)
    assert "--replace-draft" in asked.err


def test_widgets_are_listed_and_opened(terminal: Terminal) -> None:
    slug = terminal.make()

    listed = terminal("list")
    found = terminal("list", "--json", "-q", slug)
    opened = terminal("open", "--edit", "--print")

    assert slug in listed.out
    assert [one["slug"] for one in found.json] == [slug]
    assert opened.out == f"{terminal.person.stack.url}/w/{slug}/edit\n"


def test_the_client_needs_nothing_but_python() -> None:
    # -I -S: no installed package is found, and of ours only what is named.
    code = (
        "import sys, pkgutil, importlib\n"
        f"sys.path.insert(0, {str(ROOT / 'site')!r})\n"
        "import widget_cli\n"
        "for found in pkgutil.iter_modules(widget_cli.__path__):\n"
        "    if found.name != '__main__': importlib.import_module('widget_cli.' + found.name)\n"
        "from widget_cli.__main__ import main\n"
        "main(['--help'])\n"
    )

    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "push" in done.stdout


def test_help_imports_nothing_that_is_slow() -> None:
    code = "import sys\nfrom widget_cli.commands import add\nprint(sorted(sys.modules))"

    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)

    assert not [name for name in ("urllib.request", "http.client", "ssl", "widget_site") if repr(name) in done.stdout]


def test_the_whole_product_has_the_clients_commands(terminal: Terminal) -> None:
    command = [sys.executable, "-m", "widget_all_in_one"]

    listed = subprocess.run([*command, "list", "--json"], env=terminal.env, capture_output=True, text=True)
    offered = subprocess.run([*command, "--help"], capture_output=True, text=True)

    assert (listed.returncode, listed.stdout) == (0, "[]\n")
    assert {"up", "doctor", "login", "push"} <= set(offered.stdout.split())


@pytest.mark.timeout(120)
def test_the_examples_of_the_page_work_as_they_stand(terminal: Terminal) -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.S)
    commands = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    script = "\n".join(["set -e", *commands]).replace("http://localhost:8000", terminal.person.stack.url)
    bin_folder = terminal.home / "bin"
    bin_folder.mkdir()
    (bin_folder / "widgetry").write_text(f'#!/bin/sh\nexec {sys.executable} -m widget_cli "$@"\n')
    (bin_folder / "widgetry").chmod(0o755)
    env = {**terminal.env, "PATH": f"{bin_folder}:{terminal.env['PATH']}"}

    given = f"{terminal.person.token}\n"
    shell = ["bash", "-c", script]
    done = subprocess.run(shell, cwd=terminal.cwd, env=env, input=given, capture_output=True, text=True)

    assert len(commands) > 10
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hello, Ada" in done.stdout
