"""Counts that are written with the runs: how many ended how and took how long, and what accounts used."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.lengths import length_class, percentile_s
from widget_model.outcomes import Outcome, Trigger
from widget_model.quotas import day_of
from widget_site.store import tables
from widget_site.store.database import insert_adding
from widget_site.store.store import Store
from widget_wire.runs import ON_UPLINK, RunRecord

_T = tables.run_tally.c
_U = tables.usage_day.c
_HOUR_S = 3600
#: Rows of one statement: SQLite counts the parameters.
_ROWS = 100


@dataclass(frozen=True)
class Span:
    """What ran in one hour or one day."""

    #: Unix time of its beginning, and how long it is.
    start: float
    seconds: float
    #: Outcome to how many ended so.
    outcomes: Mapping[str, int]
    #: Lengths that half and 95 % of the runs are not above, in seconds, within a tenth; None where nothing ran.
    p50_s: float | None
    p95_s: float | None

    @property
    def runs(self) -> int:
        """How many ended in it."""
        return sum(self.outcomes.values())


async def count(db: AsyncConnection, ended: Iterable[tuple[RunRecord, str]]) -> None:
    """Count runs that have just got their outcome, each with its owner; in the transaction that writes them."""
    tallies: Counter[tuple[str, int, str, int, str]] = Counter()
    usage: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    for record, owner_id in ended:
        if record.trigger in (Trigger.INSTALL, Trigger.CLIENT):
            continue
        took_s = max(0.0, record.finished_at - record.started_at)
        hour = int(record.finished_at // _HOUR_S)
        tallies[record.widget_id, hour, record.outcome, length_class(took_s), owner_id] += 1
        if record.outcome != Outcome.INTERNAL_ERROR:
            # What we lost is not theirs to pay for.
            used = usage[owner_id, day_of(record.finished_at)]
            # An uplink is a machine of their own.
            run_s = 0.0 if (record.request or {}).get(ON_UPLINK) else took_s
            for place, amount in enumerate((1, run_s, record.cpu_s)):
                used[place] += amount
    names = ("widget_id", "hour", "outcome", "length", "owner_id")
    rows = [{**dict(zip(names, key, strict=True)), "runs": number} for key, number in sorted(tallies.items())]
    for start in range(0, len(rows), _ROWS):
        await db.execute(insert_adding(db, tables.run_tally, rows[start : start + _ROWS], "runs"))
    spent = [
        {"account_id": key[0], "day": key[1], "runs": int(used[0]), "run_s": used[1], "cpu_s": used[2]}
        for key, used in sorted(usage.items())
    ]
    for start in range(0, len(spent), _ROWS):
        rows_now = spent[start : start + _ROWS]
        await db.execute(insert_adding(db, tables.usage_day, rows_now, "runs", "run_s", "cpu_s"))


async def spans(
    store: Store, *, widget_id: str = "", owner_id: str = "", until: float, hours: int, of: int
) -> list[Span]:
    """Return ``hours`` up to ``until`` in spans of ``of`` hours, oldest first, of a widget or of all of an account.

    Spans begin at multiples of their length (UTC); the last one is under way. Asks for no permission.
    """
    last = int(until // _HOUR_S) // of
    first = last - hours // of + 1
    whose = _T.widget_id == widget_id if widget_id else _T.owner_id == owner_id
    query = select(_T.hour, _T.outcome, _T.length, _T.runs).where(whose, _T.hour >= first * of)
    outcomes: dict[int, Counter[str]] = defaultdict(Counter)
    lengths: dict[int, Counter[int]] = defaultdict(Counter)
    async with store.database.reading() as db:
        for hour, outcome, length, runs in await db.execute(query):
            outcomes[hour // of][outcome] += runs
            lengths[hour // of][length] += runs
    return [
        Span(
            float(number * of * _HOUR_S),
            float(of * _HOUR_S),
            dict(outcomes[number]),
            percentile_s(lengths[number], 0.5),
            percentile_s(lengths[number], 0.95),
        )
        for number in range(first, last + 1)
    ]


async def newest(store: Store, by: str, *, widget_id: str = "", owner_id: str = "") -> list[Span]:
    """Return the last 24 hours by hour, or the last 30 days by day (``by``: hour or day)."""
    hours, of = (24, 1) if by == "hour" else (720, 24)
    return await spans(store, widget_id=widget_id, owner_id=owner_id, until=time.time(), hours=hours, of=of)


async def forget_old(store: Store, before: float) -> int:
    """Delete tallies of hours before this Unix time, and what was used 400 days before it; return how many rows."""
    async with store.database.writing() as db:
        gone = await db.execute(delete(tables.run_tally).where(_T.hour < int(before // _HOUR_S)))
        used = await db.execute(delete(tables.usage_day).where(_U.day < day_of(before) - 400))
    return gone.rowcount + used.rowcount
