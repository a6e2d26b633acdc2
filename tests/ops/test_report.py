"""A test run ends with what happened, and on CI nothing is skipped without somebody having looked at why."""

import pytest

pytest_plugins = ["pytester"]

SKIPPED = """
    import pytest

    def test_works(): pass

    @pytest.mark.skip(reason="{reason}")
    def test_left_out(): pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("WIDGETRY_TEST_NO_DOCKER", raising=False)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return pytester


def outcome(run: pytest.Pytester) -> pytest.RunResult:
    return run.runpytest("-p", "tests.fixtures.report", "-p", "no:cacheprovider")


def test_a_skip_is_named_with_its_reason(run: pytest.Pytester) -> None:
    run.makepyfile(SKIPPED.format(reason="no browser here"))

    result = outcome(run)

    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*time per folder*", "skipped 1: no browser here*", "*1 passed, 1 skipped*"])


def test_on_ci_an_unexpected_skip_fails(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile(SKIPPED.format(reason="no browser here"))

    result = outcome(run)

    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_on_ci_a_whole_module_that_skips_itself_fails_the_run(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    run.makepyfile(test_a="def test_works(): pass", test_b="import pytest\npytest.importorskip('no_such_module')")

    assert outcome(run).ret == pytest.ExitCode.TESTS_FAILED


def test_without_docker_the_last_lines_say_so(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("WIDGETRY_TEST_NO_DOCKER", "1")
    run.makepyfile(SKIPPED.format(reason="WIDGETRY_TEST_NO_DOCKER=1"))

    result = outcome(run)

    result.assert_outcomes(passed=1, skipped=1)
    assert result.stdout.lines[-2].startswith("WITHOUT DOCKER")
