"""What runs said, in pieces of bounded size: a run that said 10 MB opens as quickly as one that said a line.

These ask for no permission: ``runs.get`` the run first.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, func, select

from widget_site.store import tables
from widget_site.store.store import Store
from widget_wire.runs import RunEvent

_E = tables.run_event.c
#: The most of one piece: bytes (one event may be larger), and events.
PIECE_BYTES = 128_000
PIECE_EVENTS = 1000
#: Of the beginning of a run's output in a list.
_FIRST_EVENTS = 40
_FIRST_BYTES = 4000
_LAST_STDERR = 20


@dataclass(frozen=True)
class Piece:
    """Events of a run that follow each other."""

    events: tuple[RunEvent, ...]
    #: Whether there are events before and after these.
    has_earlier: bool
    has_later: bool

    @property
    def first_seq(self) -> int:
        """Number of the first event; 0 for none."""
        return self.events[0].seq if self.events else 0

    @property
    def last_seq(self) -> int:
        """Number of the last event; 0 for none."""
        return self.events[-1].seq if self.events else 0


async def after(store: Store, run_id: str, seq: int) -> Piece:
    """Return the piece that begins after event ``seq``."""
    sizes = await _sizes(store, run_id, _E.seq > seq, _E.seq.asc())
    taken = _fitting(sizes)
    return Piece(await _events(store, run_id, taken), seq > 0, len(taken) < len(sizes))


async def before(store: Store, run_id: str, seq: int | None) -> Piece:
    """Return the piece that ends before event ``seq``; with None the last one."""
    sizes = await _sizes(store, run_id, _E.seq < (2**31 - 1 if seq is None else seq), _E.seq.desc())
    taken = _fitting(sizes)
    return Piece(await _events(store, run_id, taken), len(taken) < len(sizes), seq is not None)


async def pieces(store: Store, run_id: str) -> AsyncIterator[Piece]:
    """Yield everything that a run said, piece by piece."""
    seq = 0
    while True:
        piece = await after(store, run_id, seq)
        yield piece
        if not piece.has_later:
            return
        seq = piece.last_seq


async def beginnings(store: Store, run_ids: Sequence[str]) -> dict[str, list[RunEvent]]:
    """Return the beginning of what each of these runs said, cut short, and its error event wherever that is.

    Of what was shown only the place is told, without its data.
    """
    columns = (
        _E.run_id,
        _E.seq,
        _E.time,
        _E.kind,
        func.substr(_E.text, 1, _FIRST_BYTES, type_=_E.text.type).label("text"),
    )
    shown = (_E.seq <= _FIRST_EVENTS) | (_E.kind == "error")
    query = select(*columns).where(_E.run_id.in_(run_ids), shown)
    found: dict[str, list[RunEvent]] = {run_id: [] for run_id in run_ids}
    async with store.database.reading() as db:
        for row in await db.execute(query.order_by(_E.run_id, _E.seq)):
            # SQLite's substr of nothing is NULL.
            found[row.run_id].append(RunEvent(row.seq, row.time, row.kind, row.text or ""))
    return found


async def last_stderr(store: Store, run_id: str) -> str:
    """Return the end of what a run wrote to stderr, a few kB at most (X-03)."""
    piece = func.substr(_E.text, -_FIRST_BYTES, type_=_E.text.type)
    mine = (_E.run_id == run_id) & (_E.kind == "stderr")
    query = select(piece).where(mine).order_by(_E.seq.desc()).limit(_LAST_STDERR)
    async with store.database.reading() as db:
        texts = [piece or "" for piece in await db.scalars(query)]
    return "".join(reversed(texts))[-_FIRST_BYTES:]


async def _sizes(store: Store, run_id: str, which: Any, order: Any) -> list[tuple[int, int]]:
    shown = func.coalesce(func.length(cast(_E.data, Text)), 0)
    query = select(_E.seq, func.length(_E.text) + shown).where(_E.run_id == run_id, which)
    async with store.database.reading() as db:
        rows = await db.execute(query.order_by(order).limit(PIECE_EVENTS + 1))
        return [(seq, size) for seq, size in rows]


def _fitting(sizes: list[tuple[int, int]]) -> list[int]:
    """Return the numbers of the first events that make a piece, at least one if there is any."""
    taken: list[int] = []
    total = 0
    for seq, size in sizes[:PIECE_EVENTS]:
        total += size
        if taken and total > PIECE_BYTES:
            break
        taken.append(seq)
    return taken


async def _events(store: Store, run_id: str, seqs: list[int]) -> tuple[RunEvent, ...]:
    if not seqs:
        return ()
    columns = (_E.seq, _E.time, _E.kind, _E.text, _E.data)
    query = select(*columns).where(_E.run_id == run_id, _E.seq.between(min(seqs), max(seqs)))
    async with store.database.reading() as db:
        return tuple(RunEvent(**row._mapping) for row in await db.execute(query.order_by(_E.seq)))
