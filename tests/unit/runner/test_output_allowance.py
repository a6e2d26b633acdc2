"""What is kept of the output of many runs."""

from widget_runner.output_allowance import BURST_BYTES, LEAST_BYTES, OutputAllowance


def test_a_widget_that_floods_run_after_run_keeps_little_of_each_until_it_calms() -> None:
    now = 0.0
    allowance = OutputAllowance(lambda: now)
    kept = []
    for _ in range(100):
        kept.append(allowance.kept_bytes("flood", 1_000_000))
        allowance.spend("flood", kept[-1])

    assert kept[:20] == [1_000_000] * 20
    assert set(kept[20:]) == {LEAST_BYTES}
    assert allowance.kept_bytes("other", 1_000_000) == 1_000_000

    now += 5.0
    assert 500_000 < allowance.kept_bytes("flood", 1_000_000) <= 1_000_000
    now += 1000.0
    assert allowance.kept_bytes("flood", BURST_BYTES * 2) == BURST_BYTES
