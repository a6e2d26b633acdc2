"""Lines of logs as JSON: one object a line, whatever is in it, with the run that it is about."""

import json
import logging
import sys

import pytest

from widget_wire.logs import JsonLines

RUN = "01m7zbjwcwzdrpzj6wtejwvprg"


def line(message: str, *args: object, exc_info: object = None) -> dict[str, str]:
    record = logging.LogRecord("widget_site.x", logging.WARNING, __file__, 1, message, args, exc_info)  # type: ignore[arg-type]
    text = JsonLines("site").format(record)
    assert "\n" not in text
    read: dict[str, str] = json.loads(text)
    return read


def test_a_line_names_its_process_and_the_run_that_it_is_about() -> None:
    read = line("run %s: its record could not be kept", RUN)

    assert (read["process"], read["level"], read["logger"], read["run"]) == ("site", "warning", "widget_site.x", RUN)
    assert read["message"] == f"run {RUN}: its record could not be kept"


@pytest.mark.parametrize("message", ["the runner x", "run 7 of 9", "run " + "x" * 200, "no id at all"])
def test_a_line_about_no_run_names_none(message: str) -> None:
    assert "run" not in line(message)


@pytest.mark.parametrize("message", ["two\nlines", 'quotes " and \\', "\ud800", "\x00\x1b[31m", "Grüße ☃"])
def test_a_line_is_one_line_of_json_whatever_is_in_it(message: str) -> None:
    assert line("%s", message)["message"] == message


def test_a_traceback_is_part_of_its_line() -> None:
    try:
        raise ValueError("boom")
    except ValueError:
        read = line("failed", exc_info=sys.exc_info())

    assert read["exception"].endswith("ValueError: boom")
