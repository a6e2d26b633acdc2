"""login, whoami, logout: a token that nobody else reads, and that works no more afterwards."""

import json
import stat

from tests.fixtures.stack import Stack
from tests.services.cli.conftest import Terminal


def test_a_sign_in_is_kept_for_its_owner_alone(terminal: Terminal) -> None:
    file = terminal.home / "config" / "widgetry" / "sign-ins.json"

    who = terminal("whoami", "--json")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_text())["current"] == terminal.person.stack.url
    assert who.json["username"] == terminal.person.name
    assert who.json["token"]["scope"] == "write"


def test_signing_out_revokes_the_token(terminal: Terminal) -> None:
    done = terminal("logout")

    assert (done.status, "works no more" in done.out) == (0, True)
    assert terminal.person.call("GET", "/me").status == 401
    assert terminal("logout").status == 1


def test_a_token_that_is_nobodys_is_not_kept(stack: Stack, terminal: Terminal) -> None:
    terminal("logout")

    wrong = terminal("login", "--site", stack.url, given="no-such-token\n")
    without = terminal("list", "--site", stack.url)

    assert wrong.status == 1
    assert "not valid" in wrong.err
    assert without.status == 1
    assert f"widgetry login --site {stack.url}" in without.err


def test_a_program_brings_its_token_in_the_environment(stack: Stack, terminal: Terminal) -> None:
    other = stack.sign_up()

    who = terminal("whoami", "--json", WIDGETRY_SITE=stack.url, WIDGETRY_TOKEN=other.token)

    assert who.json["username"] == other.name


def test_a_token_that_reads_can_not_push_and_says_what_would(terminal: Terminal) -> None:
    terminal.make()
    person = terminal.person
    body = {"username": person.name, "password": person.password, "name": "reader", "scope": "read"}
    reader = person.stack.api("POST", "/tokens", body).json["token"]
    terminal.file("main.py").write_text("print('changed')\n")

    refused = terminal("push", WIDGETRY_SITE=person.stack.url, WIDGETRY_TOKEN=reader)

    assert refused.status == 1
    assert "may read" in refused.err
    assert "write" in refused.err


def test_a_site_that_does_not_answer_is_told(terminal: Terminal) -> None:
    gone = terminal("list", "--site", "http://localhost:9")
    no_address = terminal("list", "--site", "ftp://x")

    assert (gone.status, no_address.status) == (1, 2)
    assert "No answer from http://localhost:9" in gone.err
    assert "is no address" in no_address.err
    assert "Traceback" not in gone.err + no_address.err
