"""What uv says is told in words: its own texts, as it printed them, and what the owner of a widget reads."""

import pytest

from widget_runner.installs.failures import Bounds, explain, needs_build

BOUNDS = Bounds(500, 600, 1536)
CUT_OFF = """Resolved 1 package in 21ms
error: Failed to download `unreachable==1.0`
  cause: Failed to write to the distribution cache
  cause: error decoding response body
  cause: request or response body error
  cause: error reading a body from connection
  cause: end of file before message length reached
"""
HALF_A_WHEEL = """error: No solution found when resolving dependencies
  cause: Because unreachable==1.0 has an invalid package format and only unreachable==1.0 is available, we can conclude
         that all versions of unreachable cannot be used.
         And because you require unreachable, we can conclude that your requirements are unsatisfiable.

hint: The structure of `unreachable` (v1.0) was invalid:
  Failed to read from zip file
"""
GONE = """error: Request failed after 3 retries in 8.0s
  cause: Failed to fetch: http://127.0.0.1:45531/simple/unreachable/
  cause: error sending request for url (http://127.0.0.1:45531/simple/unreachable/)
  cause: client error (SendRequest)
  cause: connection closed before message completed
"""
FULL = "error: Failed to install: big-1.0\n  cause: failed to write file: No space left on device (os error 28)\n"


@pytest.mark.parametrize(
    ("log", "reason", "begins"),
    [
        (CUT_OFF, "index", "What the package index sent was cut off"),
        (HALF_A_WHEEL, "index", "What the package index sent was cut off"),
        (GONE, "index", "The package index could not be reached"),
        (FULL, "unpacked", "The packages take more than 1536 MB when unpacked."),
        ("something new\n", "internal", "The install failed; the log says why."),
    ],
)
def test_p_05_what_uv_says_is_told_in_words(log: str, reason: str, begins: str) -> None:
    found = explain(log, BOUNDS)

    assert found.reason == reason
    assert found.message.startswith(begins)


def test_every_limit_is_told_with_its_number_and_its_setting() -> None:
    told = {failure.reason: failure.message for failure in (BOUNDS.limit, BOUNDS.time, BOUNDS.unpacked)}

    assert "500 MB" in told["limit"]
    assert "WIDGETRY_INSTALL_MAX_MB" in told["limit"]
    assert "10 minutes" in told["time"]
    assert "WIDGETRY_INSTALL_TIMEOUT_S" in told["time"]
    assert "1536 MB" in told["unpacked"]
    assert "WIDGETRY_INSTALL_UNPACKED_MB" in told["unpacked"]


def test_a_cut_off_download_is_no_reason_to_build() -> None:
    assert not needs_build(CUT_OFF)
    assert not needs_build(HALF_A_WHEEL)
