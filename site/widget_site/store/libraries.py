"""GUI widgets of one account as libraries of each other."""

from dataclasses import dataclass

from sqlalchemy import select

from widget_model.anvil_app import MANIFEST
from widget_model.kinds import Kind
from widget_site.store import permission, tables, trees
from widget_site.store.store import Store

#: GUIs of one account that are looked at, the last changed first.
_MAX = 500
_W = tables.widget.c


@dataclass(frozen=True)
class Library:
    """A GUI that others may use."""

    slug: str
    #: Digest of its newest revision's files.
    code: str


async def of_owner(store: Store, owner_id: str) -> list[Library]:
    """Return an account's GUIs, the last changed first. Asks for no permission."""
    query = select(_W.slug, _W.code).where(permission.is_in_use(), _W.owner_id == owner_id, _W.kind == Kind.GUI)
    async with store.database.reading() as db:
        rows = (await db.execute(query.order_by(_W.changed_at.desc(), _W.id.desc()).limit(_MAX))).all()
    return [Library(row.slug, row.code) for row in rows]


async def manifests(store: Store, codes: set[str]) -> dict[str, str]:
    """Return the text of ``anvil.yaml`` of each of these trees that has one."""
    return await trees.texts_of(store, codes, MANIFEST)
