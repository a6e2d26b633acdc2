"""GUI widgets of one account as libraries of each other. Asks for no permission."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update

from widget_model.anvil_app import MANIFEST
from widget_model.kinds import Kind
from widget_site.store import permission, tables, trees
from widget_site.store.gate import ServingGate
from widget_site.store.store import Store

#: GUIs of one account that are looked at, the last changed first.
_MAX = 500
_W = tables.widget.c


@dataclass(frozen=True)
class Gui:
    """A GUI that others of its account may use."""

    id: str
    owner_id: str
    #: Digest of its newest revision's files, and how large these are.
    code: str
    size_bytes: int


async def of_owner(store: Store, owner_id: str) -> list[Gui]:
    """Return an account's GUIs, the last changed first."""
    query = _query().where(permission.is_in_use(), _W.owner_id == owner_id)
    async with store.database.reading() as db:
        rows = (await db.execute(query.order_by(_W.changed_at.desc(), _W.id.desc()).limit(_MAX))).all()
    return [Gui(**row._mapping) for row in rows]


async def get(store: Store, widget_id: str) -> Gui | None:
    """Return a GUI, also one that is in the bin; None for anything else."""
    async with store.database.reading() as db:
        row = (await db.execute(_query().where(_W.id == widget_id))).first()
    return None if row is None else Gui(**row._mapping)


async def manifests(store: Store, codes: set[str]) -> dict[str, str]:
    """Return the text of ``anvil.yaml`` of each of these trees that has one."""
    return await trees.texts_of(store, codes, MANIFEST)


async def serve_anew(store: Store, gate: ServingGate, widget_id: str) -> None:
    """Let the next call of a widget find out what its libraries are now."""
    anew = update(tables.widget).where(_W.id == widget_id).values(generation=_W.generation + 1)
    async with gate.change(widget_id) as served:
        async with store.database.writing() as db:
            row = (await db.execute(anew.returning(_W.generation, _W.slug))).first()
        if row is not None:
            served.generation, served.slug = row.generation, row.slug


def _query() -> Select[Any]:
    joined = tables.widget.join(tables.tree, tables.tree.c.code == _W.code)
    columns = (_W.id, _W.owner_id, _W.code, tables.tree.c.size_bytes)
    return select(*columns).select_from(joined).where(_W.kind == Kind.GUI)
