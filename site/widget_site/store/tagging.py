"""Tags in the gallery's index: written when an owner sets them, counted along with their widget."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.store import tables

_W = tables.widget.c
_T = tables.widget_tag.c


async def write(db: AsyncConnection, widget_id: str, tags: Sequence[str], *, forks: int, stars: int) -> None:
    """Put a widget under these tags and no others; its row is locked, so that the counts are true."""
    await db.execute(delete(tables.widget_tag).where(_T.widget_id == widget_id))
    if tags:
        row = {"widget_id": widget_id, "fork_count": forks, "star_count": stars}
        await db.execute(insert(tables.widget_tag), [{**row, "tag": tag} for tag in tags])


async def count(db: AsyncConnection, widget: str | Select[tuple[str]], *, forks: int = 0, stars: int = 0) -> None:
    """Add to the counts of a widget, or of each that a query finds, wherever they are kept."""
    # The widget first: its row is what keeps two changes apart.
    for table, key in ((tables.widget, _W.id), (tables.widget_tag, _T.widget_id)):
        more = {"fork_count": table.c.fork_count + forks, "star_count": table.c.star_count + stars}
        which = key == widget if isinstance(widget, str) else key.in_(widget)
        await db.execute(update(table).where(which).values(**more))
