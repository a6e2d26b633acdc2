"""Words in the texts of widgets: an index of every three letters in a row, beside the text itself, which decides.

``widget_text`` holds a widget's text once more, in the form that the database's own index wants: SQLite the text, which
FTS5 splits (triggers of the table keep it up to date), Postgres an array of its trigrams under a GIN index, for which
a role needs neither an extension nor more than its tables. The index narrows a search to few widgets; where it would
be many, lists that are walked in their order find a page sooner.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, column, func, select, table, text, type_coerce, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Text

from widget_site.store import tables
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store
from widget_site.store.tables.searched import trigrams

_W = tables.widget.c
_X = tables.widget_text.c
_FTS5 = table("widget_text_index", column("rowid"))
#: Of a search: words, and letters of each.
_WORDS, _LETTERS = 8, 100
#: More widgets than these are sooner found on the walk: of 100,000 it has a page after a twentieth of them.
MOST = 500


def text_of(slug: str, title: str, description: str, tags: Sequence[str] = ()) -> str:
    """Return what searches look through."""
    return " ".join((slug, title, description, *tags)).lower()


async def keep(db: AsyncConnection, widget_id: str, searched: str) -> None:
    """Put a widget's text into the index, in the transaction that writes it to the widget."""
    change = update(tables.widget_text).where(_X.widget_id == widget_id).values(text=searched)
    if (await db.execute(change)).rowcount == 0:
        await db.execute(insert_unless_there(db, tables.widget_text).values(widget_id=widget_id, text=searched))


async def narrowed(store: Store, query: Select[Any], search: str) -> tuple[Select[Any], bool]:
    """Return the query of widgets whose text has every word of ``search``; and whether the index leaves few of them.

    Those few are to be looked up, and no index of the query's order to be walked.
    """
    has = func.instr if store.database.is_sqlite else func.strpos
    few = await few_with(store, search)
    for word in _words(search):
        # Not LIKE: Postgres would guess from its letters how many there are, and read and sort all widgets.
        query = query.where(has(_W.search, word) > 0)
    return (query, False) if few is None else (query.where(_W.id.in_(few)), True)


async def few_with(store: Store, search: str) -> list[str] | None:
    """Return the ids of widgets among which are all that have every word of ``search``, whoever may see them.

    None when there are more than MOST, or no word has three letters.
    """
    words = [word for word in _words(search) if len(word) >= 3]
    if not words:
        return None
    query = _in_fts5(words) if store.database.is_sqlite else _in_array(words)
    async with store.database.reading() as db:
        found = list(await db.scalars(query.limit(MOST + 1)))
    return found if len(found) <= MOST else None


def _words(search: str) -> list[str]:
    return [word[:_LETTERS].replace("\0", "") for word in search.lower().split()[:_WORDS]]


def _in_fts5(words: Sequence[str]) -> Select[Any]:
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
    match = text("widget_text_index MATCH :phrases").bindparams(phrases=phrases)
    # A join, for of a list in IN every element would be found before the first is looked at.
    return select(_X.widget_id).select_from(_FTS5.join(tables.widget_text, _X.number == _FTS5.c.rowid)).where(match)


def _in_array(words: Sequence[str]) -> Select[Any]:
    wanted = sorted({part for word in words for part in trigrams(word)})
    return select(_X.widget_id).where(type_coerce(_X.text, ARRAY(Text)).contains(wanted))
