"""Quotas and lengths as values: days and months of UTC, what is used up, percentiles within a tenth."""

from datetime import UTC, datetime

import pytest

from widget_model.ids import first_id_at, made_at, new_id
from widget_model.lengths import length_class, middle_s, percentile_s
from widget_model.quotas import Quota, Quotas, Used, first_day_of_month, next_day, next_month, of_runs, quotas_of

NOW = datetime(2026, 12, 31, 23, 30, tzinfo=UTC).timestamp()
YEAR_END = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


def test_days_and_months_end_at_midnight_utc() -> None:
    assert next_day(NOW) == next_month(NOW) == YEAR_END
    assert first_day_of_month(NOW) * 86400 == datetime(2026, 12, 1, tzinfo=UTC).timestamp()


def test_the_quota_that_is_used_up_longest_is_the_one_that_is_told() -> None:
    most = Quotas(runs_per_day=10, minutes_per_day=0, minutes_per_month=1, storage_mb=1)
    start = datetime(2026, 12, 5, tzinfo=UTC).timestamp()

    over = of_runs(quotas_of(most, Used(10, 60.0, 60.0, 5_000_000), start))
    under = of_runs(quotas_of(most, Used(9, 6000.0, 59.0, 5_000_000), start))

    assert over is not None
    assert over.name == "minutes_per_month"
    assert under is None


def test_a_refusal_names_the_quota_and_the_way_out_and_tells_visitors_no_numbers() -> None:
    quota = Quota("runs_per_day", 1000, 1000, YEAR_END)

    assert "1,000 runs of today" in quota.refusal()
    assert "01 Jan 2027, 00:00 UTC" in quota.refusal()
    assert "1,000" not in quota.public_refusal()
    assert "answers again from 01 Jan 2027, 00:00 UTC" in quota.public_refusal()
    assert "Delete widgets" in Quota("storage_mb", 5, 5, None).refusal()


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.0123, 0.5, 1.0, 29.9, 300.0, 4000.0])
def test_the_class_of_a_length_tells_it_within_a_tenth(seconds: float) -> None:
    assert middle_s(length_class(seconds)) == pytest.approx(max(seconds, 0.001), rel=0.1)


def test_percentiles_come_from_counts_of_classes() -> None:
    counts = {length_class(0.1): 90, length_class(3.0): 10}

    assert percentile_s(counts, 0.5) == pytest.approx(0.1, rel=0.1)
    assert percentile_s(counts, 0.95) == pytest.approx(3.0, rel=0.1)
    assert percentile_s({}, 0.5) is None


def test_ids_tell_and_are_bounded_by_the_time_they_were_made() -> None:
    made = new_id()
    at = made_at(made)

    assert at is not None
    assert first_id_at(at) < made < first_id_at(at + 0.001)
    assert made_at("no id of ours") is None
    assert first_id_at(-5) < first_id_at(1e300)
