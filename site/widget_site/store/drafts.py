"""Drafts: what the editor keeps between two revisions; the owner's alone, and nothing serves or runs it."""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from widget_model.files import FileContent
from widget_site.errors import ConflictError, FormError
from widget_site.store import tables, trees, widgets
from widget_site.store.store import Store
from widget_site.store.values import Draft

_D = tables.draft.c
_EDIT = "edit it"


async def get(store: Store, slug: str, viewer: str | None) -> Draft | None:
    """Return the draft of the viewer's widget; None when there is none."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _EDIT)
        row = (await db.execute(select(tables.draft).where(_D.widget_id == widget.id))).first()
    return None if row is None else _draft(row)


async def put(
    store: Store,
    slug: str,
    viewer: str | None,
    files: Mapping[str, FileContent],
    *,
    base_revision: int,
    version: int | None = None,
) -> Draft:
    """Keep ``files`` as the whole draft. ``version``: the draft that the caller has seen (0: none).

    ConflictError when another tab saved one in between; its details hold ``version`` and ``files`` of that one. None as
    ``version`` overwrites whatever is there.
    """
    kept = trees.canonical(files)
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, _EDIT, lock=True)
        if not 0 < base_revision <= widget.revision:
            raise FormError("base_revision", f"The widget {slug} has no revision {base_revision}.")
        row = (await db.execute(select(tables.draft).where(_D.widget_id == widget.id))).first()
        held = 0 if row is None else row.version
        is_older = row is not None and base_revision < row.base_revision
        if version is not None and (version != held or is_older):
            raise ConflictError(
                "This widget is being edited in another tab, which saved its text after yours was loaded.",
                details={"version": held, "files": dict(row.files) if row is not None else {}},
            )
        new = Draft(kept, base_revision, held + 1, time.time())
        fields = {name: getattr(new, name) for name in ("files", "base_revision", "version", "changed_at")}
        if row is None:
            await db.execute(insert(tables.draft).values(widget_id=widget.id, **fields))
        else:
            await db.execute(update(tables.draft).where(_D.widget_id == widget.id).values(**fields))
    return new


async def remove(store: Store, slug: str, viewer: str | None) -> None:
    """Forget the draft of the viewer's widget, if there is one."""
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, _EDIT)
        await db.execute(delete(tables.draft).where(_D.widget_id == widget.id))


def _draft(row: Row[*tuple[Any, ...]]) -> Draft:
    return Draft(dict(row.files), row.base_revision, row.version, row.changed_at)
