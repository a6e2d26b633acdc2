"""Proposals: changes that the owner of a fork offers to the owner of the original, who merges or closes them.

Only these two see one. What it holds is pinned in rounds: an update is a new round, and a merge names the round that
was looked at. The original's owner sees the proposed files, also those of a private fork, and nothing else of it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.files import FileContent, Files
from widget_model.ids import new_id
from widget_model.merging import Merge, merge_files
from widget_site import study
from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError
from widget_site.store import lineage, outbox, paging, permission, revisions, rules, tables, trees, widgets
from widget_site.store.lineage import Choices, Lineage
from widget_site.store.store import Store
from widget_site.store.values import Account, Page, Revision

OPEN, MERGED, CLOSED, WITHDRAWN = STATES = ("open", "merged", "closed", "withdrawn")
#: Open proposals that one widget may have.
OPEN_MAX = 100

_P, _N = tables.proposal.c, tables.proposal_round.c
_ORIGINAL, _FORK = tables.widget.alias("original"), tables.widget.alias("proposing")
_AUTHOR = tables.account.alias("proposer")


@dataclass(frozen=True)
class Proposal:
    """A proposal with its newest round."""

    id: str
    widget_id: str
    owner_id: str
    #: The original's slug and title; None for an author who may not see it any more.
    slug: str | None
    widget_title: str | None
    #: The fork's; None when it is gone, or when the reader may not see it.
    fork: str | None
    fork_id: str | None
    author_id: str | None
    #: None for an account that was deleted.
    author: str | None
    title: str
    text: str
    state: str
    round: int
    fork_revision: int
    code: str
    base_code: str
    reason: str
    merged_revision: int | None
    created_at: float
    changed_at: float


@dataclass(frozen=True)
class Review:
    """What merging a proposal would do to the original as it is now."""

    held: dict[str, FileContent]
    merge: Merge


# --- offering ---


async def propose(store: Store, slug: str, viewer: str | None, title: str, text: str, origin: str) -> Proposal:
    """Offer what the viewer's fork changed to the owner of its original. ``origin``: this site, for the message's link.

    FormError when nothing differs; ConflictError when the fork has an open proposal, or the original too many.
    """
    title, text = rules.title(title), rules.description(text)
    fork = await widgets.owned(store, slug, viewer, "propose its changes")
    found = await lineage.beside_parent(store, fork, viewer)
    _require_changes(found)
    now, made = time.time(), new_id()
    row: dict[str, object] = {
        "id": made,
        "widget_id": found.parent.id,
        "fork_id": fork.id,
        "author_id": viewer,
        "title": title,
    }
    row |= {"text": text, "state": OPEN, "round": 1, "reason": "", "created_at": now, "changed_at": now}
    async with store.database.writing_or_conflict("This fork has an open proposal. Update it, or withdraw it.") as db:
        waiting = select(func.count()).where(_P.widget_id == found.parent.id, _P.state == OPEN)
        if (await db.scalar(waiting) or 0) >= OPEN_MAX:
            raise ConflictError("The original has too many open proposals already. Try again when some are settled.")
        await db.execute(insert(tables.proposal).values(**row))
        await _pin(db, made, 1, found, now)
        if found.parent.owner_id != viewer:
            subject = f"A proposal for {found.parent.title}: {title}"
            told = f"@{fork.owner} proposes changes to {found.parent.title}.\n\n{text}\n\n{origin}/proposals/{made}\n"
            await outbox.put(db, outbox.Kind.WIDGET, subject, told, account_id=found.parent.owner_id)
        return await _read(db, made, viewer)


async def renew(store: Store, proposal_id: str, viewer: str | None, origin: str) -> Proposal:
    """Make the author's open proposal hold what the fork's newest revision has, as another round."""
    held = await _as_author(store, proposal_id, viewer)
    if held.fork is None:
        raise ConflictError("The fork is gone, so there is nothing newer to propose.")
    found = await lineage.of_fork(store, held.fork, viewer)
    _require_changes(found)
    if found.fork.code == held.code:
        raise FormError("files", "The proposal holds the newest revision of the fork already.")
    now, number = time.time(), held.round + 1
    async with store.database.writing() as db:
        await _change(db, held, {"round": number}, now)
        await _pin(db, held.id, number, found, now)
        if held.owner_id != viewer:
            told = f"@{held.author} updated the proposal “{held.title}”.\n\n{origin}/proposals/{held.id}\n"
            await outbox.put(db, outbox.Kind.WIDGET, f"Updated proposal: {held.title}", told, account_id=held.owner_id)
        return await _read(db, held.id, viewer)


async def withdraw(store: Store, proposal_id: str, viewer: str | None) -> Proposal:
    """Take the author's open proposal back."""
    held = await _as_author(store, proposal_id, viewer)
    async with store.database.writing() as db:
        await _change(db, held, {"state": WITHDRAWN}, time.time())
        return await _read(db, held.id, viewer)


# --- answering ---


async def close(store: Store, proposal_id: str, viewer: str | None, reason: str, origin: str) -> Proposal:
    """End an open proposal for the viewer's widget without taking it, and tell its author why."""
    reason = rules.description(reason)
    held = await _as_owner(store, proposal_id, viewer)
    async with store.database.writing() as db:
        await _change(db, held, {"state": CLOSED, "reason": reason}, time.time())
        await _tell_author(db, held, viewer, "closed", reason, origin)
        return await _read(db, held.id, viewer)


async def review(store: Store, held: Proposal, viewer: str | None) -> Review:
    """Return what merging would do; for the original's owner."""
    original = await _original(store, held, viewer)
    files = await trees.files_of(store, (await widgets.by_slug(store, original, viewer)).code)
    base, proposed = await sides(store, held)
    return Review(files, await study.read(merge_files, base, files, proposed, study.request().budget))


async def merge(
    store: Store, proposal_id: str, viewer: str | None, number: int, choices: Choices, origin: str
) -> Revision:
    """Bring the round of that number into the viewer's widget, as a revision whose author is the proposal's.

    ConflictError when there is a newer round, when it is settled already, or when both changed the same lines and
    nothing was chosen.
    """
    held = await _as_owner(store, proposal_id, viewer)
    if number != held.round:
        raise ConflictError(
            f"The proposal was updated: its round is {held.round}. Look at it first.", details={"round": held.round}
        )
    slug = await _original(store, held, viewer)
    base, proposed = await sides(store, held)

    async def settle(db: AsyncConnection, revision: int) -> None:
        await _change(db, held, {"state": MERGED, "merged_revision": revision}, time.time())
        if held.fork_id is not None:
            values = {"base_code": held.code}
            await db.execute(update(tables.widget).where(tables.widget.c.id == held.fork_id).values(values))
        await _tell_author(db, held, viewer, "merged", "", origin)

    async def wanted(_widget: Any, files: Files) -> revisions.Wish:
        merged = await study.read(merge_files, base, files, proposed)
        return revisions.Wish(
            trees.canonical(choices.settle(merged)),
            f"Merged: {held.title}"[: rules.MAX_MESSAGE],
            held.author_id,
            also=settle,
        )

    return await revisions.make(store, slug, viewer, wanted)


# --- reading ---


async def get(store: Store, proposal_id: str, viewer: str | None) -> Proposal:
    """Return a proposal for its author or the original's owner; NotFoundError for everybody else."""
    async with store.database.reading() as db:
        return await _read(db, proposal_id, viewer)


async def listed(
    store: Store,
    viewer: Account,
    *,
    sent: bool = False,
    widget_id: str | None = None,
    state: str | None = None,
    after: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
) -> Page[Proposal]:
    """Return proposals to the viewer's widgets (or one of them), or those that the viewer sent; newest first."""
    limit = max(1, min(limit, paging.MAX_LIMIT))
    query = _query(viewer.id).where(_P.author_id == viewer.id if sent else _ORIGINAL.c.owner_id == viewer.id)
    if widget_id is not None:
        query = query.where(_P.widget_id == widget_id)
    if state is not None:
        query = query.where(_P.state == state)
    if after:
        query = query.where(paging.below([_P.id], paging.decode_cursor(after, str)))
    async with store.database.reading() as db:
        rows = (await db.execute(query.order_by(_P.id.desc()).limit(limit + 1))).all()
    return paging.page_of(rows, limit, _proposal, lambda one: (one.id,))


async def waiting(store: Store, owner_id: str) -> int:
    """Count the open proposals that wait for this account's answer."""
    join = tables.proposal.join(_ORIGINAL, _ORIGINAL.c.id == _P.widget_id)
    async with store.database.reading() as db:
        mine = (_ORIGINAL.c.owner_id == owner_id) & _ORIGINAL.c.deleted_at.is_(None)
        count = select(func.count()).select_from(join).where(mine, _P.state == OPEN)
        return await db.scalar(count) or 0


async def open_of_fork(store: Store, fork_id: str) -> str | None:
    """Return the id of a fork's open proposal, if it has one; for its owner."""
    async with store.database.reading() as db:
        found: str | None = await db.scalar(select(_P.id).where(_P.fork_id == fork_id, _P.state == OPEN))
    return found


async def sides(store: Store, held: Proposal) -> tuple[dict[str, FileContent], dict[str, FileContent]]:
    """Return what both last had in common, and what is proposed."""
    return await trees.files_of(store, held.base_code), await trees.files_of(store, held.code)


async def rounds(store: Store, held: Proposal) -> list[tuple[int, int, float]]:
    """Return (number, the fork's revision, time) of each round, oldest first."""
    return (await rounds_of(store, [held.id]))[held.id]


async def rounds_of(store: Store, proposal_ids: Sequence[str]) -> dict[str, list[tuple[int, int, float]]]:
    """Return the rounds of each of these proposals, as ``rounds`` does, with one query."""
    columns = (_N.proposal_id, _N.number, _N.fork_revision, _N.created_at)
    wanted = select(*columns).where(_N.proposal_id.in_(proposal_ids)).order_by(_N.number)
    found: dict[str, list[tuple[int, int, float]]] = {one: [] for one in proposal_ids}
    async with store.database.reading() as db:
        for row in await db.execute(wanted):
            found[row.proposal_id].append((row.number, row.fork_revision, row.created_at))
    return found


# --- parts ---


def _query(viewer: str | None) -> Select[Any]:
    newest = and_(_N.proposal_id == _P.id, _N.number == _P.round)
    join = (
        tables.proposal.join(tables.proposal_round, newest)
        .join(_ORIGINAL, _ORIGINAL.c.id == _P.widget_id)
        .outerjoin(_FORK, _FORK.c.id == _P.fork_id)
        .outerjoin(_AUTHOR, _AUTHOR.c.id == _P.author_id)
    )
    query = select(
        *[column for column in tables.proposal.c],
        _N.fork_revision,
        _N.code,
        _N.base_code,
        _ORIGINAL.c.owner_id,
        _ORIGINAL.c.slug,
        _ORIGINAL.c.title.label("widget_title"),
        permission.is_shown(_ORIGINAL.c, viewer).label("original_seen"),
        _FORK.c.slug.label("fork"),
        permission.is_shown(_FORK.c, viewer).label("fork_seen"),
        _AUTHOR.c.username.label("author"),
    )
    # What is offered to a widget in the bin is there again when that is restored.
    return query.select_from(join).where(_ORIGINAL.c.deleted_at.is_(None))


def _proposal(row: Row[Any]) -> Proposal:
    fields = dict(row._mapping)
    if not fields.pop("original_seen"):
        fields["slug"] = fields["widget_title"] = None
    if not fields.pop("fork_seen"):
        fields["fork"] = None
    return Proposal(**fields)


async def _read(db: AsyncConnection, proposal_id: str, viewer: str | None) -> Proposal:
    row = None
    if viewer is not None and len(proposal_id) <= 26 and proposal_id.isalnum():
        row = (await db.execute(_query(viewer).where(_P.id == proposal_id))).first()
    if row is None or viewer not in (row.author_id, row.owner_id):
        raise NotFoundError("There is no such proposal, or you may not see it.")
    return _proposal(row)


async def _as_author(store: Store, proposal_id: str, viewer: str | None) -> Proposal:
    held = await get(store, proposal_id, viewer)
    if held.author_id != viewer:
        raise ForbiddenError("Only who proposed it may do this.")
    return held


async def _as_owner(store: Store, proposal_id: str, viewer: str | None) -> Proposal:
    held = await get(store, proposal_id, viewer)
    if held.owner_id != viewer:
        raise ForbiddenError("Only the owner of the original may do this.")
    return held


async def _original(store: Store, held: Proposal, viewer: str | None) -> str:
    if held.slug is None or held.owner_id != viewer:
        raise ForbiddenError("Only the owner of the original may do this.")
    return held.slug


async def _change(db: AsyncConnection, held: Proposal, values: dict[str, Any], now: float) -> None:
    """Change an open proposal that is still at the round that was read; ConflictError for any other."""
    same = (_P.id == held.id, _P.state == OPEN, _P.round == held.round)
    changed = await db.execute(update(tables.proposal).where(*same).values(**values, changed_at=now))
    if changed.rowcount != 1:
        raise ConflictError("This proposal was updated or settled in the meantime. Look at it again.")


async def _pin(db: AsyncConnection, proposal_id: str, number: int, found: Lineage, now: float) -> None:
    row = {"proposal_id": proposal_id, "number": number, "fork_revision": found.fork.revision, "created_at": now}
    row |= {"code": found.fork.code, "base_code": found.fork.base_code}
    await db.execute(insert(tables.proposal_round).values(**row))


async def _tell_author(
    db: AsyncConnection, held: Proposal, viewer: str | None, what: str, reason: str, origin: str
) -> None:
    if held.author_id is None or held.author_id == viewer:
        return
    told = f"Your proposal “{held.title}” was {what}."
    if reason:
        told += f"\n\n{reason}"
    subject = f"Your proposal was {what}: {held.title}"
    link = f"\n\n{origin}/proposals/{held.id}\n"
    await outbox.put(db, outbox.Kind.WIDGET, subject, told + link, account_id=held.author_id)


def _require_changes(found: Lineage) -> None:
    if found.mine in (found.base, found.theirs):
        raise FormError("files", "This fork changed nothing that its original does not have.")
