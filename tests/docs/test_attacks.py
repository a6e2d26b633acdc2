"""The attacks on services that were promised to fail (security.md, C.4) are each made by a test that names them."""

import re
from pathlib import Path

import pytest

ATTACKS = {
    12: "a class that a client names is not made",
    44: "a widget's page has nothing of its visitor's account on the site",
    45: "a cookie that a widget tosses signs nobody in",
    46: "who planted a session has nothing after a login",
    47: "a request of another origin changes nothing",
    48: "nobody frames the editor, or a widget whose owner does not let them",
    49: "what a widget says of itself is text on the site",
    50: "a form's scripts run on its widget's origin alone",
    52: "a sign-in leads to this site alone",
    53: "sockets are opened from this site's pages alone",
    54: "a socket's abuse costs its owner the socket",
    55: "keys of uplinks open one widget, as far as they go",
    56: "clients call what is for clients",
    57: "capabilities are good as they were given, and for whom",
    58: "what is another's is as unknown as what is not there",
    61: "forks have the code and nothing else",
    62: "secrets are not shown",
    66: "no path leads to what is not served",
}
_TESTS = Path(__file__).resolve().parents[1]
_NAME = re.compile(r"def test_\w*?(?:attack|security)_(\d\d)_")


@pytest.mark.parametrize("number", ATTACKS)
def test_every_attack_on_services_is_made(number: int) -> None:
    made = {int(found) for path in _TESTS.rglob("test_*.py") for found in _NAME.findall(path.read_text())}

    assert number in made
