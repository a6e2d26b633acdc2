"""The form that finds runs and the pictures of what ran, as values."""

import pytest

from widget_site.pages.plots import HEIGHT, plot_of
from widget_site.pages.run_filter import read
from widget_site.store.tallies import Span


def test_the_form_says_what_is_looked_for() -> None:
    form = read(
        {
            "q": " KeyError ",
            "outcome": "failed",
            "trigger": "schedule",
            "revision": "3",
            "since": "2026-11-21T15:00",
            "http_status": "5xx",
            "method": "post",
            "path": "/x",
        }
    )

    assert form.problems == {}
    assert (form.wanted.text, form.wanted.outcome, form.wanted.trigger) == ("KeyError", "failed", "schedule")
    assert (form.wanted.revision, form.wanted.since) == (3, 1_795_273_200.0)
    assert (form.wanted.http_status, form.wanted.path) == ((500, 599), "/x")
    assert form.is_open


def test_a_state_is_looked_for_where_outcomes_are() -> None:
    wanted = read({"outcome": "running"}).wanted

    assert (wanted.outcome, wanted.status) == (None, "running")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("revision", "x"),
        ("revision", "-1"),
        ("revision", "9" * 30),
        ("since", "yesterday"),
        ("until", "0000-00-00"),
        ("http_status", "x04"),
        ("http_status", "4"),
        ("http_status", "٤٠٤"),
    ],
)
def test_what_makes_no_sense_is_told_and_left_out(name: str, value: str) -> None:
    form = read({name: value})

    assert set(form.problems) == {name}
    assert form.values[name] == value[:200]
    assert getattr(form.wanted, name, None) is None


def test_unknown_choices_find_everything() -> None:
    form = read({"outcome": "nonsense", "trigger": "nonsense"})

    assert (form.wanted.outcome, form.wanted.trigger, form.wanted.status) == (None, None, None)


def span(hour: int, outcomes: dict[str, int], p50_s: float | None = None, p95_s: float | None = None) -> Span:
    return Span(hour * 3600.0, 3600.0, outcomes, p50_s, p95_s)


def test_a_bar_stacks_what_went_well_below_what_did_not() -> None:
    plot = plot_of([span(0, {"ok": 999_999, "error": 1}), span(1, {})], "hour")

    ok, error = plot.blocks
    assert (ok.name, error.name) == ("good", "bad")
    assert ok.y + ok.height == pytest.approx(HEIGHT, abs=0.2)
    assert error.y + error.height <= ok.y + 0.2
    assert error.height >= 2
    assert (plot.total, plot.failed, plot.most_runs) == (1_000_000, 1, 1_000_000)
    assert [row.ended for row in plot.rows] == ["999,999 ok, 1 error"]


def test_lines_of_lengths_have_gaps_where_nothing_ran() -> None:
    plot = plot_of([span(0, {"ok": 1}, 1.0, 2.0), span(1, {}), span(2, {"ok": 1}, 2.0, 4.0)], "hour")

    assert len(plot.p50) == len(plot.p95) == 2
    assert plot.most_s == 4.0
    assert not plot.is_empty


def test_nothing_makes_an_empty_picture() -> None:
    assert plot_of([span(0, {})], "day").is_empty
