"""Calls from the third on execute code that a child of their own widget has compiled."""

import pytest
from tests.services.fake_runner import eventually
from tests.services.runner.site_double import SiteDouble

from widget_runner import compilation, compiled_codes
from widget_runner.compiled_codes import CompiledCodes
from widget_runner.service import Runner

ROUTE = "import anvil.server\n@anvil.server.route('/')\ndef home():\n    return 'as written'\n"
OTHER = ROUTE.replace("written", "compiled")


@pytest.fixture
def codes(runner: Runner) -> CompiledCodes:
    """What the runner has compiled."""
    return runner._intake._executor.compiled


async def _code(codes: CompiledCodes, site: SiteDouble, source: str, **more: str) -> "compiled_codes._Entry":
    """Return what is known of the code of an API after two calls, once it is compiled."""
    for _ in range(2):
        assert (await site.get(source, **more)).http_status == 200
    key = more.get("widget_id", "w1"), (await site.route(source)).code
    await eventually(lambda: key in codes._entries and codes._entries[key].calls_left is None and not codes._tasks)
    return codes._entries[key]


async def test_code_is_compiled_after_the_second_call_and_executed_by_the_next(
    codes: CompiledCodes, site: SiteDouble
) -> None:
    other = await _code(codes, site, OTHER)
    assert b'"main.py":"' in other.code
    assert (await site.get(ROUTE)).body == b"as written"
    await eventually(lambda: len(codes._entries) == 2)
    own = list(codes._entries.values())[-1]
    assert (own.calls_left, own.code, len(codes._tasks)) == (1, b"", 0)

    own = await _code(codes, site, ROUTE)
    own.code = other.code

    assert (await site.get(ROUTE)).body == b"as compiled"


async def test_what_one_widget_has_compiled_is_not_sent_to_another_with_the_same_files(
    codes: CompiledCodes, site: SiteDouble
) -> None:
    own = await _code(codes, site, ROUTE)
    own.code = (await _code(codes, site, OTHER)).code

    assert (await site.get(ROUTE, widget_id="w2")).body == b"as written"
    assert (await site.get(ROUTE)).body == b"as compiled"


async def test_what_does_not_compile_is_tried_once(codes: CompiledCodes, site: SiteDouble) -> None:
    source = f"{ROUTE}def wrong():\n    return 1 is 1\n"  # it warns

    entry = await _code(codes, site, source)
    for _ in range(3):
        assert (await site.get(source)).body == b"as written"

    assert (entry.calls_left, entry.code, len(codes._tasks)) == (None, b"", 0)


async def test_what_could_not_be_compiled_is_tried_again_later_and_harms_nobody(
    runner: Runner, codes: CompiledCodes, site: SiteDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "TIMEOUT_S", 0.0)
    monkeypatch.setattr(compiled_codes, "_AGAIN_CALLS", 2)
    for _ in range(2):
        assert (await site.get(ROUTE)).body == b"as written"
    await eventually(lambda: bool(codes._entries))
    (entry,) = codes._entries.values()
    await eventually(lambda: entry.calls_left == 2)
    assert entry.code == b""
    place = runner._pool._warm["w1"]
    await eventually(lambda: place.claims == 0 and place.sandbox.running == 0)
    monkeypatch.setattr(compilation, "TIMEOUT_S", 5.0)

    for _ in range(2):
        assert (await site.get(ROUTE)).body == b"as written"

    await eventually(lambda: entry.code != b"")


async def test_no_sandbox_is_made_or_ended_to_compile(runner: Runner, codes: CompiledCodes, site: SiteDouble) -> None:
    await _code(codes, site, ROUTE)
    (warm,) = (place.sandbox for place in runner._pool._warm.values())

    assert runner._pool.claim_warm("w1", "other packages") is None
    assert runner._pool.claim_warm("w2", None) is None

    assert runner._pool._warm["w1"].sandbox is warm
    assert runner._pool.claim_warm("w1", None) is warm
    runner._pool.release(warm)


async def test_only_some_wait_to_be_compiled(
    codes: CompiledCodes, site: SiteDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_codes, "_MAX_WAITING", 1)
    async with codes._one_at_a_time:
        for source in (ROUTE, OTHER):
            for _ in range(2):
                assert (await site.get(source)).http_status == 200
        await eventually(lambda: [entry.calls_left for entry in codes._entries.values()] == [None, 0])
        assert len(codes._tasks) == 1
    await eventually(lambda: not codes._tasks)

    await site.get(OTHER)

    await eventually(lambda: all(entry.code for entry in codes._entries.values()))


async def test_a_runner_that_stops_ends_what_it_compiles(
    runner: Runner, codes: CompiledCodes, site: SiteDouble
) -> None:
    async with codes._one_at_a_time:
        for _ in range(2):
            assert (await site.get(ROUTE)).http_status == 200
        await eventually(lambda: len(codes._tasks) == 1)

        await runner.close()

        assert len(codes._tasks) == 0


async def test_only_so_much_code_is_kept(
    codes: CompiledCodes, site: SiteDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await _code(codes, site, ROUTE)
    codes._max_bytes = len(first.code) + 10

    second = await _code(codes, site, OTHER)

    assert list(codes._entries.values()) == [second]
    assert codes._bytes == len(second.code)
    monkeypatch.setattr(compiled_codes, "_MAX_ENTRIES", 1)
    await site.get(ROUTE)
    await eventually(lambda: second not in codes._entries.values())
    assert [entry.calls_left for entry in codes._entries.values()] == [1]
    assert codes._bytes == 0
