"""The gallery: public widgets, searched, narrowed by kind and tag, and put in order. The same for everybody.

Each order is a walk down an index until a page is full: of all public widgets, of one kind, or of one tag. Where words
leave few widgets (``word_search.py``), those are sorted instead.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select

from widget_site.store import paging, permission, tables, widgets, word_search
from widget_site.store.store import Store
from widget_site.store.values import Page, Widget

_W = tables.widget.c
_T = tables.widget_tag.c
NEWEST: Final = "newest"
FORKED: Final = "forked"
STARRED: Final = "starred"
_COUNTS = {FORKED: "fork_count", STARRED: "star_count"}


@dataclass(frozen=True)
class Counts:
    """What of an account is public."""

    widgets: int
    stars: int
    forks: int


async def found(
    store: Store,
    *,
    search: str = "",
    kind: str | None = None,
    tag: str = "",
    order: str = NEWEST,
    after: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
) -> Page[Widget]:
    """Return public widgets, newest, most forked or most starred first. Every word of ``search`` is in their text."""
    query, are_few = await word_search.narrowed(store, widgets.selected(None), search)
    query = query.where(permission.is_listed_for(None, leads=not tag and not are_few))
    if kind is not None:
        query = query.where(_W.kind == kind)
    if tag:
        query = query.join(tables.widget_tag, _T.widget_id == _W.id).where(_T.tag == tag.lower().replace("\0", ""))
    keys = _keys(order, is_tagged=bool(tag))
    if after:
        kinds = (str,) if order == NEWEST else (int, str)
        query = query.where(paging.below(keys, paging.decode_cursor(after, *kinds)))
    query = query.order_by(*(key.desc() for key in keys))
    return await widgets.read_page(store, query, limit, lambda widget: _key(widget, order))


async def counts_of(store: Store, owner_id: str) -> Counts:
    """Count an account's public widgets, and how often those were starred and forked."""
    sums = [func.coalesce(func.sum(column), 0) for column in (_W.star_count, _W.fork_count)]
    query: Select[Any] = select(func.count(), *sums).where(
        _W.owner_id == owner_id, permission.is_listed_for(None, leads=False)
    )
    async with store.database.reading() as db:
        row = (await db.execute(query)).one()
    return Counts(*(int(value) for value in row))


def _keys(order: str, *, is_tagged: bool) -> list[ColumnElement[Any]]:
    # Of a tag the tag's own columns: those are what its indexes have.
    table, last = (_T, _T.widget_id) if is_tagged else (_W, _W.id)
    return [last] if order == NEWEST else [table[_COUNTS[order]], last]


def _key(widget: Widget, order: str) -> tuple[Any, ...]:
    return (widget.id,) if order == NEWEST else (getattr(widget, _COUNTS[order]), widget.id)
