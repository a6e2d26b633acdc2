"""Terminals of people who use ``widgetry`` with a real site, each with a home of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.stack import Person, Stack

COMMAND = [sys.executable, "-m", "widget_cli"]


def _hear_ctrl_c() -> None:
    """Undo what a shell does to tests that it runs in the background: they are deaf to Ctrl-C, and what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Done:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """A shell of somebody who is signed in."""

    person: Person
    home: Path
    #: The folder that commands are typed in.
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @classmethod
    def open(cls, person: Person, home: Path) -> "Terminal":
        work = home / "work"
        work.mkdir(parents=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith("WIDGETRY_")}
        env |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "BROWSER": "true"}
        return cls(person, home, work, env)

    def __call__(self, *words: str, given: str = "", **env: str) -> Done:
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=self.cwd,
            env={**self.env, **env},
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Type a command that goes on; its output is read by the test."""
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.cwd,
            env={**self.env, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hear_ctrl_c,
        )
        self.started.append(process)
        return process

    def sign_in(self) -> "Terminal":
        done = self("login", "--site", self.person.stack.url, given=f"{self.person.token}\n")
        assert done.status == 0, done.err
        return self

    def make(self, code: str = "print('hello')\n", kind: str = "script") -> str:
        """Make a widget in a folder of its own and go there; return its name."""
        folder = self.cwd / f"made-{len(list(self.cwd.iterdir()))}"
        folder.mkdir()
        (folder / "main.py").write_text(code)
        made = self("new", kind, str(folder), "--json")
        assert made.status == 0, made.err
        self.cwd = folder
        return str(made.json["slug"])

    def file(self, path: str) -> Path:
        return self.cwd / path


@pytest.fixture
def terminal(stack: Stack, tmp_path: Path) -> Iterator[Terminal]:
    """Somebody who is signed in."""
    opened = Terminal.open(stack.sign_up(), tmp_path / "home").sign_in()
    yield opened
    for process in opened.started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture
def another(terminal: Terminal, tmp_path: Path) -> Callable[[], Terminal]:
    """A second computer of the same person."""

    def open_another() -> Terminal:
        return Terminal.open(terminal.person, tmp_path / "other-home").sign_in()

    return open_another
