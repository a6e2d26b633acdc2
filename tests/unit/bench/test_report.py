import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_bench.report import Report, table, write_json
from widget_bench.samples import Contender, Series, interleave, percentile, row

values = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=200)


@given(values, st.floats(0, 1))
def test_a_percentile_lies_between_the_extremes_and_splits_the_values(samples: list[float], share: float) -> None:
    found = percentile(samples, share)

    assert min(samples) <= found <= max(samples) * (1 + 1e-9)
    assert sum(value <= found * (1 + 1e-9) for value in samples) >= share * (len(samples) - 1)


def test_it_knows_the_median_and_p95_of_a_known_list() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert percentile([float(number) for number in range(101)], 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0


def test_it_refuses_to_judge_nothing() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_a_ratio_is_of_medians_and_a_promise_about_it_is_judged() -> None:
    base, ours = Series("bare", "ms", [10.0, 10.0, 30.0]), Series("route", "ms", [4.0, 4.0, 90.0])

    kept = row(ours, base, most=0.45)
    missed = row(ours, base, most=0.39)

    assert (kept.p50, kept.ratio, kept.ratio_to, kept.target, kept.met) == (4.0, 0.4, "bare", "≤ 0.45", True)
    assert missed.met is False


def test_a_promise_without_a_rival_is_about_the_median() -> None:
    assert row(Series("cold", "ms", [19.0]), most=20.0).met is True
    assert row(Series("cold", "ms", [21.0]), most=20.0).met is False
    assert row(Series("rate", "1/s", [300.0]), Series("CGI", "1/s", [100.0]), least=1.5).met is True
    assert row(Series("rate", "1/s", [100.0])).met is None


def test_it_measures_in_turn_and_throws_the_warm_up_away() -> None:
    order: list[str] = []

    def note(name: str) -> float:
        order.append(name)
        return float(len(order))

    first = Contender("a", lambda: note("a"))
    second = Contender("b", lambda: note("b"), block=2)
    rare = Contender("c", lambda: note("c"), every=2)

    interleave([first, second, rare], rounds=4, gap_s=0.0, warm_up=2)

    assert [len(item.series.values) for item in (first, second, rare)] == [4, 8, 2]
    assert sorted(order[-7:]) != order[-7:]
    assert min(first.series.values) > 1


@pytest.fixture
def report() -> Report:
    made = Report("call", notes=["proven fresh"])
    base, ours = Series("bare", "ms", [10.0, 12.0]), Series("route", "ms", [4.0, 5.0])
    made.add(row(ours, base, most=0.45), ours)
    made.add(row(base), base)
    return made


def test_the_table_shows_medians_ratios_and_verdicts(report: Report) -> None:
    title, head, first, second, note = table(report).splitlines()

    assert title == "== call"
    assert head.split() == ["p50", "p95", "unit", "n", "ratio", "to", "target"]
    assert first.split() == ["route", "4.50", "4.95", "ms", "2", "0.409", "bare", "≤", "0.45", "kept"]
    assert second.split() == ["bare", "11.00", "11.90", "ms", "2"]
    assert note == "  - proven fresh"


def test_the_json_has_the_contracts_fields_and_the_raw_samples(report: Report, tmp_path: Path) -> None:
    write_json(tmp_path / "one.json", [report], {"commit": "abc"})
    write_json(tmp_path / "two.json", [report, report], {"commit": "abc"})

    one = json.loads((tmp_path / "one.json").read_text())
    assert one["bench"] == "call"
    assert {"name", "unit", "p50", "p95", "ratio_to", "ratio"} <= set(one["rows"][0])
    assert one["rows"][0]["ratio"] == pytest.approx(4.5 / 11)
    assert one["samples"][0] == {"name": "route", "unit": "ms", "values": [4.0, 5.0]}
    assert one["about"] == {"commit": "abc"}
    assert [item["bench"] for item in json.loads((tmp_path / "two.json").read_text())] == ["call", "call"]
