from hypothesis import given
from hypothesis import strategies as st

from widget_egress.caps import Bucket, Caps, Meter, Meters
from widget_egress.refusals import Refusals


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_open_connections_in_and_out() -> None:
    meter = Meter(Caps(connections=2), Clock())

    assert [meter.admit(), meter.admit(), meter.admit()] == [None, None, "more than 2 connections at once"]
    meter.leave()
    assert meter.admit() is None


def test_it_bounds_new_connections_a_second() -> None:
    clock = Clock()
    meter = Meter(Caps(connections=1000, connections_per_s=10, connections_burst=3), clock)

    assert [meter.admit() is None for _ in range(4)] == [True, True, True, False]
    clock.now += 0.2
    assert [meter.admit() is None for _ in range(3)] == [True, True, False]


def test_it_ends_an_hour_that_is_used_up_and_begins_a_new_one() -> None:
    clock = Clock()
    meter = Meter(Caps(bytes_per_hour=1000), clock)

    assert meter.carry(999) == 0.0
    assert meter.carry(1) == -1.0
    assert meter.admit() == "more than 1000 bytes in one hour"
    clock.now += 3600
    assert meter.admit() is None


def test_without_bounds_nothing_pauses() -> None:
    meter = Meter(Caps(bytes_per_s=0, bytes_per_hour=0), Clock())

    assert meter.carry(10**12) == 0.0


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_who_keeps_the_pauses_keeps_the_rate(sizes: list[int]) -> None:
    clock = Clock()
    bucket = Bucket(1000.0, 1000.0, clock.now)

    for size in sizes:
        clock.now += bucket.take(size, clock.now)

    assert sum(sizes) <= 1000.0 * (clock.now - 1000.0) + 1000.0 + 0.01 * len(sizes)


def test_widgets_have_meters_of_their_own_that_are_forgotten_unused() -> None:
    clock = Clock()
    meters = Meters(Caps(connections=1), clock)
    first = meters.of("first")
    assert first.admit() is None

    assert meters.of("second").admit() is None
    assert meters.of("first") is first
    meters.of("second").leave()
    clock.now += 4000
    meters.of("third")
    assert meters.of("first") is first
    assert meters.of("second").open == 0


def test_the_log_of_refusals_stays_short(caplog: object) -> None:
    clock = Clock()
    refusals = Refusals(clock)

    for _ in range(500):
        refusals.add("w1", "10.0.0.1:80", "private")
    refusals.add("w1", "1.1.1.1:25", "port 25 is closed")
    clock.now += 11
    refusals.add("w1", "10.0.0.1:80\nfaked line", "private")

    lines = [record.getMessage() for record in caplog.records]  # type: ignore[attr-defined]
    assert len(lines) == 3
    assert lines[2] == ("refused: widget w1 to '10.0.0.1:80\\nfaked line': private (and 499 more since the last line)")
    assert refusals.total == 502
