"""Packages that attack: each does outside, in the same test, what it can't do in an install (security.md 36-42)."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures.stack import Stack
from tests.services.packages.conftest import Owner
from tests.services.packages.index import Index

#: Tries to read, write and connect; says what worked.
ATTACK = """
def attack():
    import os, socket
    found = {{}}
    def attempt(name, act):
        try:
            found[name] = repr(act())[:200]
        except BaseException as error:
            found[name] = "refused: " + type(error).__name__
    attempt("read", lambda: open({secret!r}).read())
    attempt("write", lambda: open({target!r}, "w").write("owned"))
    attempt("connect", lambda: socket.create_connection(("127.0.0.1", {port}), 2).send(b"owned"))
    attempt("kill", lambda: os.kill({pid}, 0))
    return found
"""


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine; what it was sent."""
    heard: list[bytes] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.2)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    heard.append(connection.recv(100))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], heard
        stop.set()
        thread.join()


def test_p_11_security_36_a_build_reads_writes_and_reaches_nothing_of_the_machine(
    owner: Owner, index: Index, tmp_path: Path, listener: tuple[int, list[bytes]]
) -> None:
    port, heard = listener
    secret, target = tmp_path / "secret.txt", Path("/tmp") / f"owned-{time.time_ns()}"
    secret.write_text("the host keeps this")
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    attack = ATTACK.format(secret=str(secret), target=str(target), port=port, pid=victim.pid)
    try:
        outside = subprocess.run([sys.executable, "-c", f"{attack}\nprint(attack())"], capture_output=True, text=True)
        assert "the host keeps this" in outside.stdout
        assert "'kill': 'None'" in outside.stdout
        assert target.read_text() == "owned"
        time.sleep(0.3)
        assert heard == [b"owned"]
        target.unlink()
        heard.clear()

        index.add_sdist("wicked", "1.0", attack)
        slug = owner.widget("import wicked\nprint(wicked.FOUND)\n", "wicked")

        assert owner.environment(slug)["status"] == "ready", owner.environment(slug)
        found = owner.said(slug)
        assert all(f"'{name}': 'refused" in found for name in ("read", "connect", "kill")), found
        time.sleep(0.3)
        assert not target.exists()
        assert heard == []
    finally:
        victim.kill()
        victim.wait()
        target.unlink(missing_ok=True)


def test_security_36_a_build_that_forks_and_sleeps_ends_at_the_time_limit_with_all_it_started(
    owner: Owner, index: Index, site: Stack
) -> None:
    marker = f"sleeper-{time.time_ns()}"
    sleep = (
        "def attack():\n    import subprocess, sys, time\n"
        "    for _ in range(5):\n"
        f"        code = ['-c', 'import time; time.sleep(600)', '{marker}']\n"
        "        subprocess.Popen([sys.executable, *code], start_new_session=True)\n"
        "    time.sleep(600)\n"
    )
    index.add_sdist("sleepy", "1.0", sleep)
    slug = owner.widget("print('still here')\n")

    found = owner.ask(slug, "sleepy")

    assert (found["status"], found["reason"]) == ("failed", "time")
    assert owner.said(slug) == "still here\n"
    assert [path for path in Path("/proc").glob("[0-9]*/cmdline") if marker in _read(path)] == []
    assert list((site.data / "environments").glob(".*")) == []


def test_security_37_what_is_unpacked_is_bounded(owner: Owner, index: Index) -> None:
    bomb = (
        "def attack():\n    return ''\n\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        "    with open('/work/bomb', 'wb') as file:\n"
        "        for _ in range(2000):\n            file.write(b'x' * 1_000_000)\n"
    )
    index.add_sdist("bomb", "1.0", bomb)
    slug = owner.widget("print('still here')\n")

    found = owner.ask(slug, "bomb")

    assert (found["status"], found["reason"]) == ("failed", "unpacked"), found
    assert "more than 40 MB" in found["message"]
    assert owner.said(slug) == "still here\n"


@pytest.mark.parametrize("name", ["../../outside.py", "/work/outside.py"])
def test_security_38_a_wheel_can_not_write_outside_its_environment(
    owner: Owner, index: Index, site: Stack, name: str
) -> None:
    package = f"slip{time.time_ns()}"
    index.add_wheel(package, "1.0", {name: "ESCAPED = True\n", f"{package}.py": ""})
    slug = owner.widget("import os\nprint(sorted(os.listdir('/env')))\n")

    found = owner.ask(slug, package)

    assert "outside" not in owner.said(slug), found
    assert not list((site.data / "environments").rglob("outside*"))
    assert not list(site.data.glob("outside*"))


def test_security_39_what_was_built_for_one_account_is_given_to_no_other(
    owner: Owner, index: Index, site: Stack
) -> None:
    index.add_sdist("homemade", "1.0", "import secrets\ndef attack():\n    return secrets.token_hex(8)\n")
    code = "import homemade\nprint(homemade.FOUND)\n"
    first, second = owner.widget(code, "homemade"), owner.widget(code, "homemade")
    stranger = Owner(site.sign_up())

    theirs = stranger.widget(code, "homemade")

    assert owner.said(first) == owner.said(second)
    assert stranger.environment(theirs)["status"] == "ready"
    assert stranger.said(theirs) != owner.said(first)


def test_security_42_code_in_a_pth_file_never_runs_by_itself(owner: Owner, index: Index) -> None:
    index.add_wheel("starter", "1.0", {"starter.pth": "import os; os.environ['STARTED'] = 'yes'\n", "starter.py": ""})

    slug = owner.widget("import os, starter\nprint(os.environ.get('STARTED'))\n", "starter")

    assert owner.said(slug) == "None\n"


def test_an_install_reaches_the_index_alone(owner: Owner, index: Index, listener: tuple[int, list[bytes]]) -> None:
    port, heard = listener
    call = (
        "def attack():\n    import urllib.request\n    said = []\n"
        f"    for address in ('http://127.0.0.1:{port}/', 'http://169.254.169.254/', 'https://example.com/'):\n"
        "        try:\n            urllib.request.urlopen(address, timeout=3)\n            said.append('reached')\n"
        "        except Exception as error:\n            said.append(str(error))\n"
        "    return said\n"
    )
    index.add_sdist("curious", "1.0", call)

    slug = owner.widget("import curious\nprint(curious.FOUND)\n", "curious")

    said = owner.said(slug)
    assert "reached" not in said
    assert said.count("403") == 3
    assert heard == []


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""
