"""Runs that are looked for: of a widget or of all of an account, by how they ended, when, as what, what they said.

Nothing here reads everything. Widget, account, time and "did not go well" are walked in an index. Other conditions are
looked at in the newest ``WINDOW`` rows of that walk, and text in at most ``TEXT_RUNS`` runs and ``TEXT_BYTES`` bytes of
output; where that was not enough, the page says how far back it looked, and its ``next`` goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import first_id_at, made_at
from widget_model.outcomes import Outcome
from widget_site.store import paging, runs, tables, widgets
from widget_site.store.store import Store
from widget_site.store.values import Run

_R = tables.run.c
_E = tables.run_event.c
WINDOW = 10_000
TEXT_RUNS = 2000
TEXT_BYTES = 16_000_000
#: Runs whose output one statement looks through.
_AT_ONCE = 100
#: ``outcome`` of runs that ended in any way but well.
FAILED = "failed"


@dataclass(frozen=True)
class Wanted:
    """Which runs; None and "" are any."""

    trigger: str | None = None
    #: An Outcome, or ``FAILED``.
    outcome: str | None = None
    status: str | None = None
    revision: int | None = None
    #: Unix times in seconds: made at or after, and before.
    since: float | None = None
    until: float | None = None
    #: Of requests: "GET"; a part of the path; the status, from and to.
    method: str = ""
    path: str = ""
    http_status: tuple[int, int] | None = None
    #: What the output or the error must hold; capital and small letters of ASCII are the same.
    text: str = ""


@dataclass(frozen=True)
class Found:
    """A page of runs, newest first."""

    items: tuple[Run, ...]
    next: str | None
    #: Set where more may match further back than was looked: Unix time up to which it was.
    searched_to: float | None = None


async def of_widget(
    store: Store,
    slug: str,
    viewer: str | None,
    wanted: Wanted = Wanted(),  # frozen
    *,
    after: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
) -> Found:
    """Return runs of the viewer's own widget; the errors of ``widgets.owned`` else."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, "see its runs")
        return await _find(db, _R.widget_id == widget.id, wanted, after, limit)


async def of_account(
    store: Store,
    owner_id: str,
    wanted: Wanted = Wanted(),  # frozen
    *,
    after: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
) -> Found:
    """Return runs of all widgets of an account; for its owner's eyes."""
    async with store.database.reading() as db:
        return await _find(db, and_(*runs.of_owner(owner_id)), wanted, after, limit)


async def _find(
    db: AsyncConnection, whose: ColumnElement[bool], wanted: Wanted, after: str | None, limit: int
) -> Found:
    limit = max(1, min(limit, paging.MAX_LIMIT))
    walk = [whose, *_walked(wanted)]
    if after:
        walk.append(paging.below([_R.id], paging.decode_cursor(after, str)))
    looked_at = _looked_at(wanted)
    floor = await _floor(db, walk) if looked_at or wanted.text else None
    conditions = [*walk, *looked_at, *([_R.id >= floor] if floor else [])]
    if wanted.text:
        ids, floor = await _that_say(db, conditions, _plain(wanted.text), limit + 1, floor)
        conditions = [_R.id.in_(ids)]
    query = runs.select_runs().where(*conditions).order_by(_R.id.desc()).limit(limit + 1)
    page = paging.page_of((await db.execute(query)).all(), limit, runs.read_run, lambda run: (run.id,))
    if page.next or not floor:
        return Found(page.items, page.next)
    return Found(page.items, paging.encode_cursor(floor), made_at(floor))


def _walked(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions that an index serves."""
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(_R.id >= first_id_at(wanted.since))
    if wanted.until is not None:
        found.append(_R.id < first_id_at(wanted.until))
    if wanted.outcome is not None and wanted.outcome != Outcome.OK:
        # The words of the index, so that both databases see that it serves.
        found.append(text("outcome <> 'ok'"))  # type: ignore[arg-type]  # a condition as text
    return found


def _looked_at(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    same = {_R.trigger: wanted.trigger, _R.status: wanted.status, _R.revision: wanted.revision}
    found += [column == value for column, value in same.items() if value is not None]
    if wanted.outcome not in (None, FAILED):
        found.append(_R.outcome == wanted.outcome)
    if wanted.method:
        found.append(_R.request["method"].as_string() == _plain(wanted.method).upper())
    if wanted.path:
        path = func.lower(_R.request["path"].as_string())
        found.append(path.contains(_plain(wanted.path).lower(), autoescape=True))
    if wanted.http_status is not None:
        found.append(_R.request["status"].as_integer().between(*wanted.http_status))
    return found


async def _floor(db: AsyncConnection, walk: Sequence[ColumnElement[bool]]) -> str | None:
    """Return the id of the last row of the window; None when the walk ends within it."""
    query = select(_R.id).where(*walk).order_by(_R.id.desc()).offset(WINDOW - 1).limit(1)
    found: str | None = await db.scalar(query)
    return found


async def _that_say(
    db: AsyncConnection, conditions: Sequence[ColumnElement[bool]], wanted: str, most: int, floor: str | None
) -> tuple[list[str], str | None]:
    """Return up to ``most`` runs that said ``wanted``, newest first, and down to which id was looked.

    What stands across two pieces of output is not found; pieces are lines or more, except where a run said part of one.
    """
    columns = (_R.id, _R.output_bytes, _holds(db, _R.error, wanted).label("in_error"))
    query = select(*columns).where(*conditions).order_by(_R.id.desc()).limit(TEXT_RUNS)
    rows = (await db.execute(query)).all()
    found: list[str] = []
    looked = 0
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        speaking = [row.id for row in some if row.output_bytes and not row.in_error]
        said = select(_E.run_id).distinct().where(_E.run_id.in_(speaking), _holds(db, _E.text, wanted))
        saying = set(await db.scalars(said)) if speaking else set()
        found += [row.id for row in some if row.in_error or row.id in saying]
        looked += sum(row.output_bytes for row in some)
        is_last = start + _AT_ONCE >= len(rows)
        if len(found) >= most or (looked > TEXT_BYTES and not is_last):
            return found[:most], some[-1].id
    return found, rows[-1].id if len(rows) == TEXT_RUNS else floor


def _holds(db: AsyncConnection, column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    """Return whether a text that is kept as bytes holds ``wanted``; ASCII letters are compared without their case."""
    if db.dialect.name == "sqlite":
        return func.instr(func.lower(cast(column, Text)), _lower(wanted)) > 0
    escaped = func.encode(column, literal_column("'escape'"), type_=Text)
    return func.strpos(func.lower(escaped), _lower(_escaped(wanted))) > 0


def _escaped(wanted: str) -> str:
    """Return text as Postgres's encode(…, 'escape') writes its bytes."""
    plain = {0x5C: "\\\\"}
    said = wanted.encode("utf-8", "surrogatepass")
    return "".join(plain.get(byte) or (chr(byte) if 0 < byte < 128 else f"\\{byte:03o}") for byte in said)


def _lower(value: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in value)


def _plain(value: str) -> str:
    """Return what databases take: no NUL and no half characters, which no output holds either."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()
