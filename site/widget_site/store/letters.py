"""Mail of widgets: what their code sends, which the site worker hands over if at all, and what it gets.

Both are kept for a while, with their content, for the owner to read.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_site.errors import NotFoundError, TooManyError
from widget_site.store import paging, tables, widgets
from widget_site.store.database import insert_unless_there
from widget_site.store.outbox import BACKOFF_S, SENT, one_line
from widget_site.store.queue import WAITING, Queue
from widget_site.store.store import Store
from widget_site.store.values import Letter, Page

_L = tables.letter.c
_M = tables.letter_month.c
_A = tables.account.c
_W = tables.widget.c

OUT, IN = "out", "in"
#: What came of a letter that came in: its code took it, refused it for good, or it may come again.
HANDLED, REFUSED, PUT_OFF = "handled", "refused", "put_off"
#: Letters of one widget that are kept in each direction, and their bytes; the oldest go first.
MAX_KEPT, MAX_KEPT_BYTES = 200, 50 * 1024 * 1024
_SHOWN = tuple(column for column in _L if column.name not in ("widget_id", "raw", "due_at", "digest"))
_WHAT = "see its mail"
_QUEUE = Queue(tables.letter, BACKOFF_S)


@dataclass(frozen=True)
class Owner:
    """Whose widget sends mail."""

    widget_id: str
    slug: str
    account_id: str
    username: str
    email: str
    #: Whether the account proved that it reads mail there.
    is_proven: bool


@dataclass(frozen=True)
class NewLetter:
    """A letter to keep and, if it can be, to send."""

    message_id: str
    sender: str
    recipients: Sequence[str]
    subject: str
    raw: bytes


@dataclass(frozen=True)
class Received:
    """A letter that came in, and what came of it."""

    #: A new id and the Unix time, of when it came.
    id: str
    at: float
    message_id: str
    #: The From header, or who said that they send it.
    sender: str
    recipient: str
    subject: str
    raw: bytes
    digest: str
    #: HANDLED | REFUSED | PUT_OFF
    state: str
    #: What was answered; "" when it was taken.
    answer: str


@dataclass(frozen=True)
class Claimed:
    """A letter that is claimed for sending."""

    id: str
    widget_id: str
    #: The From header.
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    attempts: int


async def owner_of(store: Store, widget_id: str) -> Owner:
    """Return whose widget it is; NotFoundError when there is no such widget any more."""
    columns = (_W.id, _W.slug, _A.id, _A.username, _A.email, _A.email_verified_at.is_not(None))
    joined = tables.widget.join(tables.account, _A.id == _W.owner_id)
    query = select(*columns).select_from(joined).where(_W.id == widget_id, _W.deleted_at.is_(None))
    async with store.database.reading() as db:
        row = (await db.execute(query)).first()
    if row is None:
        raise NotFoundError("This widget is not there any more.")
    return Owner(*row)


async def put(store: Store, owner: Owner, new: NewLetter, *, counts: bool, most_a_month: int) -> str:
    """Keep a letter and have it sent; return its id.

    ``counts``: its recipients count to what the account may send in this month of UTC (``most_a_month``; 0 is no
    bound), and TooManyError says when that is used up.
    """
    now = time.time()
    async with store.database.writing() as db:
        if counts:
            await _count(db, owner.account_id, len(new.recipients), most_a_month, now)
        row = {"state": WAITING, "attempts": 0, "due_at": now, "error": ""}
        return await _insert(db, owner.widget_id, OUT, new, now, row)


async def keep_received(store: Store, widget_id: str, letter: Received) -> str:
    """Keep a letter that came in; return its id."""
    new = NewLetter(letter.message_id, letter.sender, [letter.recipient], letter.subject, letter.raw)
    row = {"state": letter.state, "attempts": 1, "error": one_line(letter.answer)[:500]}
    row |= {"id": letter.id, "digest": letter.digest}
    async with store.database.writing() as db:
        # A letter that comes again is shown once, with what came of it last.
        await db.execute(delete(tables.letter).where(_L.widget_id == widget_id, _L.digest == letter.digest))
        return await _insert(db, widget_id, IN, new, letter.at, row)


async def was_handled(store: Store, widget_id: str, digest: str) -> bool:
    """Whether the widget's code took this very letter before: its sender did not hear of it, and tries again."""
    same = (_L.widget_id == widget_id) & (_L.digest == digest) & (_L.state == HANDLED)
    async with store.database.reading() as db:
        return await db.scalar(select(_L.id).where(same).limit(1)) is not None


async def _insert(
    db: AsyncConnection, widget_id: str, direction: str, new: NewLetter, now: float, more: dict[str, object]
) -> str:
    row = {
        "id": new_id(),
        "widget_id": widget_id,
        "direction": direction,
        "message_id": one_line(new.message_id)[:200],
        "sender": one_line(new.sender)[:500],
        "recipients": json.dumps(list(new.recipients)),
        "subject": one_line(new.subject)[:500],
        "raw": new.raw,
        "size_bytes": len(new.raw),
        "created_at": now,
        **more,
    }
    await db.execute(tables.letter.insert().values(**row))
    await _drop_oldest(db, widget_id, direction)
    return str(row["id"])


async def _count(db: AsyncConnection, account_id: str, recipients: int, most: int, now: float) -> None:
    this = {"account_id": account_id, "month": month_of(now)}
    await db.execute(insert_unless_there(db, tables.letter_month).values(**this, recipients=0))
    mine = update(tables.letter_month).where(_M.account_id == account_id, _M.month == this["month"])
    if most:
        mine = mine.where(_M.recipients + recipients <= most)
    if (await db.execute(mine.values(recipients=_M.recipients + recipients))).rowcount == 0:
        raise TooManyError(
            f"This account may send mail to {most:,} recipients a month, and has. It counts anew on the 1st."
        )


async def _drop_oldest(db: AsyncConnection, widget_id: str, direction: str) -> None:
    mine = (_L.widget_id == widget_id) & (_L.direction == direction)
    newest = select(_L.id, _L.size_bytes).where(mine).order_by(_L.id.desc()).limit(MAX_KEPT + 1)
    kept_bytes, oldest = 0, None
    for number, row in enumerate(await db.execute(newest)):
        kept_bytes += row.size_bytes
        if number and (number >= MAX_KEPT or kept_bytes > MAX_KEPT_BYTES):
            oldest = row.id
            break
    if oldest is not None:
        gone = delete(tables.letter).where(mine, _L.id <= oldest, _L.due_at.is_(None))
        await db.execute(gone)


def month_of(now: float) -> str:
    """Return the month of a Unix time in UTC."""
    return time.strftime("%Y-%m", time.gmtime(now))


async def used_this_month(store: Store, account_id: str) -> int:
    """Return to how many recipients an account sent this month."""
    query = select(_M.recipients).where(_M.account_id == account_id, _M.month == month_of(time.time()))
    async with store.database.reading() as db:
        return await db.scalar(query) or 0


# --- sending ---


async def claim(store: Store, now: float, limit: int, lease_s: float) -> list[Claimed]:
    """Claim up to ``limit`` letters that are due, for ``lease_s``."""
    columns = (_L.id, _L.widget_id, _L.sender, _L.recipients, _L.raw, _L.attempts)
    found = await _QUEUE.claim(store, now, limit, lease_s, columns)
    return [
        Claimed(row.id, row.widget_id, row.sender, tuple(json.loads(row.recipients)), bytes(row.raw), row.attempts)
        for row in found
    ]


async def settle(store: Store, letter: Claimed, state: str, error: str = "") -> None:
    """Note what came of a try: SENT (``error``: for whom not), KEPT, FAILED, or WAITING for the next one."""
    now = time.time()
    values = {"error": one_line(error)[:500], **({"sent_at": now} if state == SENT else {})}
    async with store.database.writing() as db:
        await _QUEUE.settle(db, letter, state, now, **values)


async def forget_old(store: Store, before: float) -> int:
    """Delete letters made before this Unix time, and counts of the years before; return how many letters."""
    async with store.database.writing() as db:
        await db.execute(delete(tables.letter_month).where(_M.month < month_of(before)))
        return (await db.execute(delete(tables.letter).where(_L.created_at < before))).rowcount


# --- reading, for the owner ---


async def listed(
    store: Store, slug: str, viewer: str | None, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Letter]:
    """Return the letters of the viewer's widget, newest first."""
    limit = max(1, min(limit, paging.MAX_LIMIT))
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT)
        query = select(*_SHOWN).where(_L.widget_id == widget.id).order_by(_L.id.desc())
        if after:
            query = query.where(paging.below([_L.id], paging.decode_cursor(after, str)))
        rows = (await db.execute(query.limit(limit + 1))).all()
    return paging.page_of(rows, limit, _letter, lambda letter: (letter.id,))


async def one(store: Store, slug: str, viewer: str | None, letter_id: str) -> tuple[Letter, bytes]:
    """Return a letter of the viewer's widget and the whole message; NotFoundError when there is none."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT)
        which = (_L.widget_id == widget.id) & (_L.id == letter_id[:26].replace("\0", ""))
        row = (await db.execute(select(*_SHOWN).where(which))).first()
        raw = await db.scalar(select(_L.raw).where(which))
    if row is None or raw is None:
        raise NotFoundError("This widget has no such mail, or it is kept no longer.")
    return _letter(row), bytes(raw)


async def count(store: Store, widget_id: str) -> int:
    """Count the letters that are kept of a widget. Asks for no permission."""
    async with store.database.reading() as db:
        return await db.scalar(select(func.count()).select_from(tables.letter).where(_L.widget_id == widget_id)) or 0


def _letter(row: "Row[tuple[object, ...]]") -> Letter:
    fields = dict(row._mapping)
    return Letter(**{**fields, "recipients": tuple(json.loads(str(fields["recipients"])))})
