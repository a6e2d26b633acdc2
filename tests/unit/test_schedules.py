"""Schedules by a fixed clock: the grid, changes of clocks in both directions, ends of months, what is refused."""

from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widget_model.schedules import SPREAD_MINUTES, ScheduleError, parse

SEED = "0123456789abcdefghjkmnpqrs"
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo"]
)
MOMENTS = st.floats(min_value=0, max_value=4_000_000_000, allow_nan=False)


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def times(spec: dict[str, Any], after: str, count: int = 3) -> list[str]:
    """The next times as the zone's clock shows them, with the offset from UTC."""
    schedule = parse(spec)
    zone = ZoneInfo(schedule.timezone)
    found = islice(schedule.times_after(at(after, schedule.timezone), SEED), count)
    return [datetime.fromtimestamp(moment, zone).isoformat(timespec="minutes") for moment in found]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"every": "minute"}, ["2026-03-05T10:18+00:00", "2026-03-05T10:19+00:00"]),
        ({"every": "minute", "n": 15}, ["2026-03-05T10:30+00:00", "2026-03-05T10:45+00:00"]),
        ({"every": "hour", "at": ":05"}, ["2026-03-05T11:05+00:00", "2026-03-05T12:05+00:00"]),
        ({"every": "hour", "n": 6, "at": ":30"}, ["2026-03-05T12:30+00:00", "2026-03-05T18:30+00:00"]),
        ({"every": "day", "at": "09:00"}, ["2026-03-06T09:00+00:00", "2026-03-07T09:00+00:00"]),
        ({"every": "week", "at": "sunday 23:59"}, ["2026-03-08T23:59+00:00", "2026-03-15T23:59+00:00"]),
        ({"every": "week", "at": "Thu 10:18"}, ["2026-03-05T10:18+00:00", "2026-03-12T10:18+00:00"]),
        ({"every": "month", "at": "5 10:17"}, ["2026-04-05T10:17+00:00", "2026-05-05T10:17+00:00"]),
        ({"every": "month", "n": 3, "at": "1 00:00"}, ["2026-04-01T00:00+00:00", "2026-07-01T00:00+00:00"]),
        ({"cron": "*/20 9-17 * * mon-fri"}, ["2026-03-05T10:20+00:00", "2026-03-05T10:40+00:00"]),
    ],
)
def test_b_20_b_21_every_unit_has_its_place_and_its_next_times(spec: dict[str, Any], expected: list[str]) -> None:
    assert times(spec, "2026-03-05 10:17", 2) == expected


@pytest.mark.parametrize("every", ["hour", "day", "week", "month"])
def test_b_22_an_unset_minute_is_stable_for_a_widget_and_spread_over_widgets(every: str) -> None:
    schedule = parse({"every": every})
    minutes = {int(schedule.next_after(0, f"widget {n}") // 60 % 60) for n in range(400)}

    assert minutes == set(range(SPREAD_MINUTES))
    # The same in every process, whatever its hashes are seeded with.
    assert [int(schedule.next_after(0, f"widget {n}") // 60 % 60) for n in range(3)] == [9, 24, 17]


def test_b_23_only_what_moves_the_times_is_a_change_of_them() -> None:
    daily = parse({"every": "day", "at": "09:00"})

    assert daily.same_times(parse({"every": "day", "at": "9:00", "n": 1, "retries": 3, "paused": True}))
    assert not daily.same_times(parse({"every": "day", "at": "09:01"}))
    assert not daily.same_times(parse({"every": "day", "at": "09:00", "timezone": "Europe/Berlin"}))


def test_test_69_a_time_that_clocks_skip_runs_right_after_the_gap() -> None:
    for spec in ({"every": "day", "at": "02:30"}, {"cron": "30 2 * * *"}):
        assert times({**spec, "timezone": "Europe/Berlin"}, "2026-03-28 00:00") == [
            "2026-03-28T02:30+01:00",
            "2026-03-29T03:00+02:00",
            "2026-03-30T02:30+02:00",
        ]


def test_test_69_a_time_that_comes_twice_runs_the_first_time_only() -> None:
    for spec in ({"every": "day", "at": "02:30"}, {"cron": "30 2 * * *"}):
        assert times({**spec, "timezone": "Europe/Berlin"}, "2026-10-24 12:00") == [
            "2026-10-25T02:30+02:00",
            "2026-10-26T02:30+01:00",
            "2026-10-27T02:30+01:00",
        ]


def test_test_69_no_time_comes_again_when_asked_in_the_second_of_two_equal_hours() -> None:
    between = at("2026-10-25 02:10", "Europe/Berlin", fold=1)
    for spec in ({"every": "day", "at": "02:30"}, {"cron": "30 2 * * *"}):
        found = parse({**spec, "timezone": "Europe/Berlin"}).next_after(between, SEED)
        assert found == at("2026-10-26 02:30", "Europe/Berlin")


def test_test_69_every_hour_stays_an_hour_apart_on_both_days() -> None:
    schedule = parse({"every": "hour", "at": ":30", "timezone": "Europe/Berlin"})
    for day in ("2026-03-28 20:00", "2026-10-24 20:00"):
        found = list(islice(schedule.times_after(at(day, "Europe/Berlin"), SEED), 12))
        assert {second - first for first, second in pairwise(found)} == {3600}


def test_test_69_where_clocks_move_by_half_an_hour_every_few_hours_are_the_clocks_own() -> None:
    spec = {"every": "hour", "n": 6, "at": ":15", "timezone": "Australia/Lord_Howe"}

    assert times(spec, "2026-01-05 10:17", 2) == ["2026-01-05T12:15+11:00", "2026-01-05T18:15+11:00"]
    assert times(spec, "2026-07-05 10:17", 2) == ["2026-07-05T12:15+10:30", "2026-07-05T18:15+10:30"]


def test_the_last_days_of_long_months_are_the_last_of_short_ones() -> None:
    assert times({"every": "month", "at": "31 12:00"}, "2028-01-31 12:00", 4) == [
        "2028-02-29T12:00+00:00",
        "2028-03-31T12:00+00:00",
        "2028-04-30T12:00+00:00",
        "2028-05-31T12:00+00:00",
    ]


@given(every=st.sampled_from(["minute", "hour"]), n=st.integers(1, 1000), zone=ZONES, after=MOMENTS)
def test_elapsed_units_are_a_grid_without_drift(every: str, n: int, zone: str, after: float) -> None:
    schedule = parse({"every": every, "n": n, "timezone": zone, **({"at": ":15"} if every == "hour" else {})})
    first, second, third = islice(schedule.times_after(after, SEED), 3)

    assert after < first < second < third
    assert schedule.next_after(first, SEED) == second
    assert schedule.next_after((first + second) / 2, SEED) == second
    if every == "minute":
        assert second - first == third - second == n * 60
    else:
        clocks = [datetime.fromtimestamp(moment, ZoneInfo(zone)).minute for moment in (first, second, third)]
        assert clocks == [15, 15, 15]


@settings(max_examples=200)
@given(
    spec=st.one_of(
        st.builds(lambda h, m: {"every": "day", "at": f"{h}:{m:02}"}, st.integers(0, 23), st.integers(0, 59)),
        st.builds(
            lambda d, h: {"every": "week", "at": f"{d} {h}:30"}, st.sampled_from(["mon", "sun"]), st.integers(0, 23)
        ),
        st.builds(lambda d, h: {"every": "month", "at": f"{d} {h}:30"}, st.integers(1, 31), st.integers(0, 23)),
    ),
    n=st.integers(1, 40),
    zone=ZONES,
    after=MOMENTS,
)
def test_calendar_units_show_the_wanted_clock_and_never_come_twice(
    spec: dict[str, Any], n: int, zone: str, after: float
) -> None:
    schedule = parse({**spec, "n": n, "timezone": zone})
    found = list(islice(schedule.times_after(after, SEED), 4))

    assert found[0] > after
    assert all(first < second for first, second in pairwise(found))
    assert [schedule.next_after(moment, SEED) for moment in found[:-1]] == found[1:]
    for moment in found:
        local = datetime.fromtimestamp(moment, ZoneInfo(zone))
        wanted = local.replace(hour=schedule.at.hour or 0, minute=schedule.at.minute or 0)
        # Either it is that time of day, or clocks skipped it: then the minute before was before the gap.
        before = datetime.fromtimestamp(moment - 60, ZoneInfo(zone))
        assert local == wanted or before.replace(tzinfo=None) + timedelta(minutes=1) < local.replace(tzinfo=None)


@given(
    cron=st.sampled_from(["*/7 * * * *", "0 3 * * *", "30 2 1 * *", "0 0 * * sun#2", "5,35 1-4 * * *"]),
    zone=ZONES,
    after=MOMENTS,
)
def test_cron_text_goes_upwards_from_wherever_it_is_asked(cron: str, zone: str, after: float) -> None:
    schedule = parse({"cron": cron, "timezone": zone})
    found = list(islice(schedule.times_after(after, SEED), 4))

    assert found[0] > after
    assert all(first < second for first, second in pairwise(found))


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({}, "schedule"),
        ({"every": "day", "cron": "* * * * *"}, "schedule"),
        ({"every": "day", "hour": 3}, "schedule"),
        ({"every": "fortnight"}, "every"),
        ({"every": "day", "n": 0}, "n"),
        ({"every": "day", "n": True}, "n"),
        ({"every": "day", "n": 1001}, "n"),
        ({"every": "minute", "at": ":05"}, "at"),
        ({"every": "hour", "at": ":60"}, "at"),
        ({"every": "day", "at": "24:00"}, "at"),
        ({"every": "day", "at": "٠٩:00"}, "at"),
        ({"every": "week", "at": "someday 09:00"}, "at"),
        ({"every": "month", "at": "32 09:00"}, "at"),
        ({"every": "day", "timezone": "../../etc/passwd"}, "timezone"),
        ({"every": "day", "timezone": "Mars/Olympus"}, "timezone"),
        ({"cron": "* * * *"}, "cron"),
        ({"cron": "* * * * * *"}, "cron"),
        ({"cron": "61 * * * *"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
        ({"cron": "@reboot"}, "cron"),
        ({"cron": "* * * * *", "n": 2}, "n"),
        ({"every": "day", "retries": 6}, "retries"),
        ({"every": "day", "paused": "no"}, "paused"),
        ({"every": "day", "notice": {}}, "schedule"),
    ],
)
def test_it_refuses_what_is_no_schedule_and_names_the_part(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse(spec)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "spec",
    [
        {"every": "minute", "n": 5, "timezone": "UTC", "paused": False, "retries": 0},
        {"every": "week", "n": 2, "at": "friday 18:00", "timezone": "Asia/Tokyo", "paused": True, "retries": 3},
        {"every": "month", "n": 1, "at": "15", "timezone": "UTC", "paused": False, "retries": 0},
        {
            "cron": "0 9 * * mon-fri",
            "timezone": "Europe/Berlin",
            "paused": False,
            "retries": 1,
        },
    ],
)
def test_what_is_shown_is_what_was_said(spec: dict[str, Any]) -> None:
    assert parse(spec).as_dict() == spec


def test_a_fork_has_the_times_but_is_off() -> None:
    copy = parse({"every": "day"}).for_fork()
    assert copy.as_dict() == {"every": "day", "n": 1, "timezone": "UTC", "paused": True, "retries": 0}


def test_it_counts_what_was_missed_and_stops_counting() -> None:
    schedule = parse({"every": "minute"})
    assert schedule.count_until(60.0, 60.0, SEED) == 1
    assert schedule.count_until(60.0, 245.0, SEED) == 4
    assert schedule.count_until(60.0, 1e9, SEED, most=50) == 50
