"""Runs are found by what they were, when, and what they said; never by reading everything."""

from collections.abc import Sequence

import pytest
from sqlalchemy import event, insert, text
from tests.services.store.people import account, widget

from widget_model.ids import first_id_at, new_id
from widget_site.errors import BadRequestError, ForbiddenError
from widget_site.store import run_output, run_search, runs, tables
from widget_site.store.run_search import Wanted
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget
from widget_wire.runs import RunEvent, RunRecord

NOW = 1_800_000_000.0


def made_at(at: float, number: int = 0) -> str:
    """An id that was made at this time."""
    return first_id_at(at)[:20] + f"{number:06d}"


async def keep(
    store: Store,
    made: Widget,
    *said: str,
    outcome: str = "ok",
    trigger: str = "route",
    revision: int = 1,
    at: float = NOW,
    number: int = 0,
    request: tuple[str, str, int] | None = ("GET", "/", 200),
    error: str = "",
    kind: str = "stdout",
) -> str:
    """Keep one finished run."""
    run_id = made_at(at, number) if at != NOW or number else new_id()
    asked = None if request is None else dict(zip(("method", "path", "status"), request, strict=True))
    record = RunRecord(run_id, made.id, trigger, revision, outcome, at, at + 1, error, request=asked)
    events = tuple(RunEvent(place, at, kind, one) for place, one in enumerate(said, 1))
    await runs.finish(store, [FinishedRun(record, events)])
    return run_id


async def found(store: Store, made: Widget, owner: Account, **wanted: object) -> list[str]:
    page = await run_search.of_widget(store, made.slug, owner.id, Wanted(**wanted))  # type: ignore[arg-type]
    return [run.id for run in page.items]


async def test_runs_are_found_by_each_condition_and_by_all_together(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive, kind="api")
    plain = await keep(store, made)
    other = await keep(store, made, request=("POST", "/Add_100%/x", 500), outcome="error", revision=2)
    script = await keep(store, made, trigger="owner", request=None, outcome="timeout")
    waiting = new_id()
    await runs.add(store, waiting, widget_id=made.id, trigger="owner", revision=2)

    assert await found(store, made, olive) == [waiting, script, other, plain]
    assert await found(store, made, olive, outcome="failed") == [script, other]
    assert await found(store, made, olive, outcome="timeout") == [script]
    assert await found(store, made, olive, outcome="ok") == [plain]
    assert await found(store, made, olive, status="queued") == [waiting]
    assert await found(store, made, olive, trigger="owner") == [waiting, script]
    assert await found(store, made, olive, revision=2) == [waiting, other]
    assert await found(store, made, olive, method="post") == [other]
    assert await found(store, made, olive, path="add_100%") == [other]
    assert await found(store, made, olive, path="add%") == []
    assert await found(store, made, olive, http_status=(500, 599)) == [other]
    assert await found(store, made, olive, outcome="error", method="POST", path="x", revision=2) == [other]


async def test_runs_are_found_by_when_they_were_made(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    early, middle, late = [await keep(store, made, at=NOW + hour * 3600, number=1) for hour in (-2, -1, 1)]

    assert await found(store, made, olive, since=NOW - 3600) == [late, middle]
    assert await found(store, made, olive, until=NOW - 3600) == [early]
    assert await found(store, made, olive, since=NOW - 3700, until=NOW) == [middle]


@pytest.mark.parametrize(
    "wanted",
    ["needle", "NEEDLE", "snow ☃ man", "back\\slash", "100%_", "half", "it went wrong", "NUL \0 here"],
)
async def test_runs_are_found_by_what_they_said(store: Store, wanted: str) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    said = await keep(store, made, "first\n", "a Needle, snow ☃ man back\\slash 100%_ \ud800 half NUL  here\n")
    failed = await keep(store, made, "nothing of it", error="IT WENT wrong", outcome="error")
    await keep(store, made, "hay\n")

    assert await found(store, made, olive, text=wanted) == [failed if wanted == "it went wrong" else said]


async def test_a_search_says_how_far_back_it_looked_and_goes_on_from_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_search, "WINDOW", 10)
    olive = await account(store)
    made = await widget(store, olive)
    wanted = await keep(store, made, at=NOW - 100, trigger="schedule", number=1)
    for number in range(25):
        await keep(store, made, at=NOW + number, number=2)

    pages, after, looked = [], None, []
    for _ in range(4):
        page = await run_search.of_widget(store, made.slug, olive.id, Wanted(trigger="schedule"), after=after)
        pages.append([run.id for run in page.items])
        looked.append(page.searched_to)
        after = page.next
        if after is None:
            break

    assert pages == [[], [], [wanted]]
    assert looked == [NOW + 15, NOW + 5, None]


async def test_a_search_in_output_is_bounded_in_bytes_and_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_search, "TEXT_BYTES", 500)
    monkeypatch.setattr(run_search, "_AT_ONCE", 2)
    olive = await account(store)
    made = await widget(store, olive)
    ids = [await keep(store, made, "x" * 200 + str(number), at=NOW + number, number=1) for number in range(6)]

    first = await run_search.of_widget(store, made.slug, olive.id, Wanted(text="x0"))
    monkeypatch.setattr(run_search, "TEXT_RUNS", 3)
    monkeypatch.setattr(run_search, "TEXT_BYTES", 5000)
    second = await run_search.of_widget(store, made.slug, olive.id, Wanted(text="x0"), after=None)
    third = await run_search.of_widget(store, made.slug, olive.id, Wanted(text="x0"), after=second.next)
    many = await run_search.of_widget(store, made.slug, olive.id, Wanted(text="xx"), limit=2)

    assert (first.items, first.searched_to) == ((), NOW + 2)
    assert (second.items, second.searched_to) == ((), NOW + 3)
    assert [run.id for run in third.items] == [ids[0]]
    assert [run.id for run in many.items] == [ids[5], ids[4]]
    rest = await run_search.of_widget(store, made.slug, olive.id, Wanted(text="xx"), limit=2, after=many.next)
    assert [run.id for run in rest.items] == [ids[3], ids[2]]


async def test_an_account_finds_the_runs_of_all_its_widgets_and_of_no_others(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    mine = [await keep(store, await widget(store, olive), "said") for _ in range(2)]
    theirs = await widget(store, otto)
    await keep(store, theirs, "said")

    page = await run_search.of_account(store, olive.id, Wanted(text="said", outcome="ok"))

    assert [run.id for run in page.items] == mine[::-1]
    with pytest.raises(ForbiddenError):
        await run_search.of_widget(store, theirs.slug, olive.id)
    with pytest.raises(BadRequestError):
        await run_search.of_account(store, olive.id, after="nonsense")


async def test_large_output_is_read_in_pieces_from_both_ends(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    lines = [f"{number} " + "x" * 30_000 + "\n" for number in range(350)]
    run_id = await keep(store, made, *lines)

    first = await run_output.after(store, run_id, 0)
    second = await run_output.after(store, run_id, first.last_seq)
    last = await run_output.before(store, run_id, None)
    before_last = await run_output.before(store, run_id, last.first_seq)
    everything = "".join([event.text async for piece in run_output.pieces(store, run_id) for event in piece.events])

    assert (len(first.events), first.has_earlier, first.has_later) == (4, False, True)
    assert (second.first_seq, second.has_earlier) == (5, True)
    assert (last.last_seq, last.has_earlier, last.has_later) == (350, True, False)
    assert (before_last.last_seq, before_last.has_later) == (last.first_seq - 1, True)
    assert everything == "".join(lines)
    assert (await runs.get(store, run_id, olive.id)).output_bytes == len(everything)
    assert (await run_output.after(store, new_id(), 0)).events == ()


async def test_the_beginnings_of_many_runs_are_read_at_once_with_their_errors(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    long = await keep(store, made, "é" * 5000, *["line\n", ""] * 50)
    failed = await keep(store, made, "boom", kind="error")
    silent = await keep(store, made)
    late = new_id()
    events = [RunEvent(seq, NOW, "stdout" if seq < 90 else "error", "x") for seq in range(1, 91)]
    ended = RunRecord(late, made.id, "route", 1, "error", NOW, NOW + 1, "x")
    await runs.finish(store, [FinishedRun(ended, tuple(events))])

    read = await run_output.beginnings(store, [long, failed, silent, late])

    assert len(read[long]) == 40
    assert [event.text for event in read[long][:3]] == ["é" * 2000, "line\n", ""]
    assert [event.kind for event in read[failed]] == ["error"]
    assert read[silent] == []
    assert [event.seq for event in read[late]] == [*range(1, 41), 90]


async def test_x_03_the_last_lines_of_stderr_are_kept_apart(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    run_id = await keep(store, made, *["x" * 3000 + "\n", "the end\n"], kind="stderr")

    assert (await run_output.last_stderr(store, run_id)).endswith("x\nthe end\n")
    assert await run_output.last_stderr(store, new_id()) == ""


QUERIES: Sequence[dict[str, object]] = (
    {},
    {"outcome": "failed"},
    {"outcome": "timeout"},
    {"trigger": "schedule"},
    {"since": NOW, "until": NOW + 5},
    {"path": "/nowhere"},
    {"text": "needle"},
)


@pytest.mark.timeout(180)
async def test_every_list_is_served_by_an_index_at_many_rows(store: Store) -> None:
    olive = await account(store)
    made = [await widget(store, olive) for _ in range(3)]
    await fill(store, [one.id for one in made], olive.id, 60_000)

    for wanted in QUERIES:
        plans = await plans_of(store, made[0], olive, wanted)
        assert len(plans) >= 2
        whole = [plan for plan in plans if "SCAN run" in plan or "Seq Scan on run" in plan]
        assert whole == [], wanted


async def fill(store: Store, widget_ids: list[str], owner_id: str, many: int) -> None:
    """Write many finished requests, quicker than ``runs.finish`` does."""
    same = {"owner_id": owner_id, "trigger": "route", "revision": 1, "status": "finished", "outcome": "ok"}
    same |= {"error": "", "args": [], "request": {"method": "GET", "path": "/", "status": 200}, "output_bytes": 5}
    async with store.database.writing() as db:
        for start in range(0, many, 5000):
            rows = [
                {**same, "id": new_id(), "widget_id": widget_ids[number % len(widget_ids)], "created_at": NOW}
                for number in range(start, start + 5000)
            ]
            await db.execute(insert(tables.run), rows)
            said = {"seq": 1, "time": NOW, "kind": "stdout", "text": "said\n", "data": None}
            await db.execute(insert(tables.run_event), [{**said, "run_id": row["id"]} for row in rows])
        await db.execute(text("ANALYZE"))


async def plans_of(store: Store, made: Widget, olive: Account, wanted: dict[str, object]) -> list[str]:
    """Run the searches; return the plan that the database has for each of their statements about runs."""
    sync = store.database.engine.sync_engine
    heard: list[tuple[str, object]] = []

    def hear(_c: object, _cur: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().startswith("SELECT") and "run" in statement:
            heard.append((statement, parameters))

    event.listen(sync, "before_cursor_execute", hear)
    try:
        await run_search.of_widget(store, made.slug, olive.id, Wanted(**wanted))  # type: ignore[arg-type]
        await run_search.of_account(store, olive.id, Wanted(**wanted))  # type: ignore[arg-type]
    finally:
        event.remove(sync, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN " if store.database.is_sqlite else "EXPLAIN "
    plans = []
    async with store.database.reading() as db:
        for statement, parameters in heard:
            rows = await db.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
            plans.append("\n".join(" ".join(str(item) for item in row) for row in rows))
    return plans
