"""Times, sizes and commands as people read them."""

import pytest

from widget_site.pages.routes import curl_lines, declared_routes
from widget_site.pages.times import ago, duration, memory, relative


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (7, "7 s ago"),
        (65, "1 min ago"),
        (7200, "2 h ago"),
        (90_000, "yesterday"),
        (260_000, "3 days ago"),
    ],
)
def test_times_are_relative(seconds: float, words: str) -> None:
    assert relative(1_000_000.0, 1_000_000.0 + seconds) == words


def test_the_exact_time_is_there_on_hover() -> None:
    assert 'title="1970-01-01 00:00:01 UTC"' in ago(1.0)
    assert ago(None) == ""


def test_durations_and_memory_have_units() -> None:
    assert [duration(value) for value in (0.004, 0.81, 12.2, 90, None)] == ["4 ms", "0.8 s", "12 s", "1 min 30 s", ""]
    assert [memory(value) for value in (None, 900, 14_336)] == ["", "900 kB", "14 MB"]


def test_routes_are_read_from_the_code_without_running_it() -> None:
    source = (
        "import anvil.server\n"
        "from anvil.server import http_endpoint, route\n\n"
        "@anvil.server.route('/a/:b')\ndef a(b): ...\n\n"
        "@route('/p', methods=['PUT'])\ndef p(): ...\n\n"
        "@http_endpoint('/h')\nasync def h(): ...\n\n"
        "@other('/x')\ndef x(): ...\n"
    )

    assert declared_routes(source) == [("GET", "/a/:b"), ("PUT", "/p"), ("GET", "/_/api/h")]
    assert curl_lines({"main.py": source}, "http://w.localhost:8000/")[:2] == [
        "curl http://w.localhost:8000/a/b",
        "curl -X PUT http://w.localhost:8000/p",
    ]


@pytest.mark.parametrize("source", ["def broken(", "\x00", "(" * 5000])
def test_code_that_does_not_parse_has_no_routes(source: str) -> None:
    assert declared_routes(source) == []


def test_a_path_from_user_code_is_quoted_for_the_shell() -> None:
    source = "@route('/$(rm -rf x)')\ndef f(): ...\n"

    assert curl_lines({"main.py": source}, "http://w.localhost/") == ["curl 'http://w.localhost/$(rm -rf x)'"]
