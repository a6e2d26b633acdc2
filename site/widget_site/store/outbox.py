"""Messages to people. ``put`` is for the transaction of what they tell about; the site worker sends what waits.

Every message to an account can be read in the site, too, but those that hold a link which proves that somebody reads
their mail: those leave the site, or, where it sends no mail, are passed on by an administrator.
"""

import time
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_site.store import paging, tables
from widget_site.store.queue import WAITING, Queue
from widget_site.store.store import Store
from widget_site.store.values import Message, Page

_M = tables.message.c
_A = tables.account.c

MAX_SUBJECT, MAX_TEXT = 200, 20_000
#: Messages of one account in a day that leave the site; more are only kept in it.
MAILS_A_DAY = 200
#: Messages that are kept of one account: the oldest go.
MAX_KEPT = 1000
_DAY_S = 86_400.0
#: How long after each failed try the next one comes, in seconds; after the last the message has failed.
BACKOFF_S = (60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 12 * 3600.0)
#: What mail is in when it is over: taken by a mail server, or kept in the site, which sends none.
SENT, KEPT = "sent", "kept"
_QUEUE = Queue(tables.message, BACKOFF_S)
#: How long a link in a message is worth reading.
_LINK_S = 3600.0


class Kind(StrEnum):
    """What a message is about."""

    #: An administrator tries whether mail works.
    TEST = "test"
    #: Something about the account was changed.
    ACCOUNT = "account"
    #: A run or a schedule of theirs failed, ended or recovered.
    RUN = "run"
    #: Somebody asks or tells something about a widget of theirs.
    WIDGET = "widget"
    #: Proves that an e-mail address is read by who gave it.
    VERIFY = "verify"
    #: Sets a new password.
    RESET = "reset"


#: What holds a link that proves something: shown to nobody in the site but, where no mail is sent, administrators.
LINKS = frozenset({Kind.VERIFY, Kind.RESET})


@dataclass(frozen=True)
class Mail:
    """A message that is claimed for sending."""

    id: str
    address: str
    subject: str
    text: str
    attempts: int


async def put(
    db: AsyncConnection,
    kind: Kind,
    subject: str,
    text: str,
    *,
    account_id: str | None = None,
    address: str | None = None,
) -> str:
    """Write a message in the caller's transaction, to an account or an address (or both); return its id.

    The account's own address is taken when none is given, if it was proven; else the message is kept in the site.
    Subject and text are made fit: no line breaks in a subject,
    no control characters, cut to MAX_SUBJECT and MAX_TEXT.
    """
    now = time.time()
    if account_id is not None:
        if address is None:
            # An address that nobody proved may be a stranger's, whom this site must not write to.
            proven = _A.email_verified_at.is_not(None) | (kind == Kind.TEST)
            address = await db.scalar(select(_A.email).where(_A.id == account_id, proven)) or ""
        if await _sent_today(db, account_id, now) >= MAILS_A_DAY:
            address = ""
        await _drop_oldest(db, account_id)
    row = {
        "id": new_id(),
        "account_id": account_id,
        "address": address or "",
        "kind": kind,
        "subject": one_line(subject)[:MAX_SUBJECT],
        "text": _plain(text)[:MAX_TEXT],
        "state": WAITING if address else KEPT,
        "attempts": 0,
        "due_at": now if address else None,
        "error": "",
        "created_at": now,
    }
    await db.execute(insert(tables.message).values(**row))
    return str(row["id"])


def one_line(text: str) -> str:
    """Return text that can be a header: its line breaks and control characters become spaces."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _plain(text: str) -> str:
    return "".join(one if one in "\n\t" or one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


async def _sent_today(db: AsyncConnection, account_id: str, now: float) -> int:
    recent = (_M.account_id == account_id) & (_M.created_at > now - _DAY_S) & (_M.address != "")
    return await db.scalar(select(func.count()).select_from(tables.message).where(recent)) or 0


async def _drop_oldest(db: AsyncConnection, account_id: str) -> None:
    newest = select(_M.id).where(_M.account_id == account_id).order_by(_M.id.desc()).offset(MAX_KEPT - 1).limit(1)
    oldest_kept = await db.scalar(newest)
    if oldest_kept is not None:
        await db.execute(delete(tables.message).where(_M.account_id == account_id, _M.id <= oldest_kept))


# --- sending ---


async def claim(store: Store, now: float, limit: int, lease_s: float) -> list[Mail]:
    """Claim up to ``limit`` messages that are due, for ``lease_s``."""
    columns = (_M.id, _M.address, _M.subject, _M.text, _M.attempts)
    return [Mail(**found._mapping) for found in await _QUEUE.claim(store, now, limit, lease_s, columns)]


async def settle(store: Store, mail: Mail, state: str, error: str = "") -> None:
    """Note what came of a try: SENT, KEPT, FAILED, or WAITING for the next one."""
    now = time.time()
    values = {"error": one_line(error)[:500], **({"sent_at": now} if state == SENT else {})}
    async with store.database.writing() as db:
        if await _QUEUE.settle(db, mail, state, now, **values) == SENT:
            # What was in it is now in somebody's mailbox, and nobody else's business.
            await db.execute(update(tables.message).where(_M.id == mail.id, _M.kind.in_(LINKS)).values(text=""))


async def forget_old(store: Store, before: float) -> int:
    """Delete messages made before this Unix time, and empty old ones with links; return how many were deleted."""
    async with store.database.writing() as db:
        stale = (_M.created_at < time.time() - _LINK_S) & _M.kind.in_(LINKS) & (_M.text != "")
        await db.execute(update(tables.message).where(stale, _M.due_at.is_(None)).values(text=""))
        return (await db.execute(delete(tables.message).where(_M.created_at < before))).rowcount


# --- reading ---


def _readable_by(account_id: str) -> ColumnElement[bool]:
    return (_M.account_id == account_id) & _M.kind.not_in(LINKS)


async def of_account(
    store: Store, account_id: str, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Message]:
    """Return an account's messages as it may read them, newest first."""
    return await _page(store, _query().where(_readable_by(account_id)), after, limit)


async def unread(store: Store, account_id: str) -> int:
    """Count an account's unread messages; 100 stands for 100 or more."""
    some = select(_M.id).where(_readable_by(account_id), _M.read_at.is_(None)).limit(100).subquery()
    async with store.database.reading() as db:
        return await db.scalar(select(func.count()).select_from(some)) or 0


async def mark_read(store: Store, account_id: str, up_to: str) -> int:
    """Mark an account's messages up to this one (an id) as read; return how many were not."""
    change = update(tables.message).where(
        _readable_by(account_id), _M.read_at.is_(None), _M.id <= up_to[:26].replace("\0", "")
    )
    async with store.database.writing() as db:
        return (await db.execute(change.values(read_at=time.time()))).rowcount


async def listed(
    store: Store, *, state: str = "", after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Message]:
    """Return everybody's messages, newest first; for administrators."""
    query = _query()
    return await _page(store, query.where(_M.state == state) if state else query, after, limit)


async def count_by_state(store: Store) -> dict[str, int]:
    """Count the messages in each state."""
    async with store.database.reading() as db:
        return {row[0]: row[1] for row in await db.execute(select(_M.state, func.count()).group_by(_M.state))}


def _query() -> "Select[tuple[object, ...]]":
    columns = [column for column in _M if column.name not in ("account_id", "due_at")]
    joined = tables.message.outerjoin(tables.account, _A.id == _M.account_id)
    return select(*columns, _A.username).select_from(joined).order_by(_M.id.desc())


async def _page(store: Store, query: "Select[tuple[object, ...]]", after: str | None, limit: int) -> Page[Message]:
    limit = max(1, min(limit, paging.MAX_LIMIT))
    if after:
        query = query.where(paging.below([_M.id], paging.decode_cursor(after, str)))
    async with store.database.reading() as db:
        rows = (await db.execute(query.limit(limit + 1))).all()
    return paging.page_of(rows, limit, _message, lambda message: (message.id,))


def _message(row: "Row[tuple[object, ...]]") -> Message:
    return Message(**row._mapping)
