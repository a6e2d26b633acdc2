"""Forks and what they came from: who forked a widget, how a fork differs from its parent, and pulling its changes.

A fork remembers the files that it and its parent last had in common (``base_code``): when it was made, when it pulled,
when the parent took its proposal. What each side changed since then is compared and merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.files import FileContent, Files
from widget_model.merging import FileConflict, Merge, merge_files, settle
from widget_site import study
from widget_site.errors import ConflictError, NotFoundError
from widget_site.store import permission, revisions, tables, trees, widgets
from widget_site.store.store import Store
from widget_site.store.values import Revision, Widget

_PULL = "pull changes into it"
MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Lineage:
    """A fork beside its parent."""

    fork: Widget
    parent: Widget
    #: The files that both last had in common.
    base: dict[str, FileContent]
    mine: dict[str, FileContent]
    theirs: dict[str, FileContent]

    async def merge(self) -> Merge:
        """Merge both sides."""
        return await study.read(merge_files, self.base, self.mine, self.theirs, study.request().budget)


@dataclass(frozen=True)
class Choices:
    """What somebody chose for files in conflict: a side for a path, or what they wrote themselves."""

    sides: Mapping[str, str]
    files: Mapping[str, FileContent]

    def settle(self, merged: Merge) -> dict[str, FileContent]:
        """Return the merged files; ConflictError that names the paths without a choice."""
        chosen = {one.path: self._of(one) for one in merged.conflicts if self._is_chosen(one.path)}
        open_paths = [one.path for one in merged.conflicts if one.path not in chosen]
        if open_paths:
            names = ", ".join(open_paths[:5])
            raise ConflictError(
                f"Both sides changed the same lines of {names}. Choose a side for each, or write it yourself.",
                details={"conflicts": open_paths},
            )
        return settle(merged, chosen)

    def _is_chosen(self, path: str) -> bool:
        return path in self.files or self.sides.get(path) in (MINE, THEIRS)

    def _of(self, conflict: FileConflict) -> FileContent | None:
        if conflict.path in self.files:
            return self.files[conflict.path]
        return conflict.mine if self.sides[conflict.path] == MINE else conflict.theirs


async def of_fork(store: Store, slug: str, viewer: str | None) -> Lineage:
    """Return a fork beside its parent, for somebody who may see both; NotFoundError for anybody else, or no fork.

    ForbiddenError where the owner of either keeps its code private.
    """
    fork = await widgets.by_slug(store, slug, viewer)
    return await beside_parent(store, fork, viewer)


async def beside_parent(store: Store, fork: Widget, viewer: str | None) -> Lineage:
    """``of_fork`` for a widget that was read."""
    if fork.forked_from is None or fork.base_code is None:
        raise NotFoundError(
            "This is no fork." if fork.forked_revision is None else "What this was forked from is private or deleted."
        )
    parent = await widgets.by_slug(store, fork.forked_from, viewer)
    for one in (fork, parent):
        permission.require_code(one, viewer)
    base, mine, theirs = [await trees.files_of(store, code) for code in (fork.base_code, fork.code, parent.code)]
    return Lineage(fork, parent, base, mine, theirs)


async def pull(
    store: Store, slug: str, viewer: str | None, choices: Choices, *, parent_revision: int | None = None
) -> Revision:
    """Bring what the parent changed into the viewer's fork, as a revision; the latest one when there is nothing new.

    ConflictError when both changed the same lines and nothing was chosen, or when the parent's latest revision is no
    longer ``parent_revision``, which those choices were made for.
    """
    fork = await widgets.owned(store, slug, viewer, _PULL)
    found = await beside_parent(store, fork, viewer)
    require_latest(found.parent, parent_revision)
    if found.theirs == found.base:
        return await revisions.get(store, slug, viewer, fork.revision)

    async def remember(db: AsyncConnection, _number: int) -> None:
        await db.execute(update(tables.widget).where(tables.widget.c.id == fork.id).values(base_code=found.parent.code))

    async def wanted(_widget: Widget, held: Files) -> revisions.Wish:
        merged = await study.read(merge_files, found.base, held, found.theirs)
        files = trees.canonical(choices.settle(merged))
        message = f"Pulled revision {found.parent.revision} of the original"
        return revisions.Wish(files, message, viewer, also=remember)

    return await revisions.make(store, slug, viewer, wanted)


def require_latest(widget: Widget, revision: int | None) -> None:
    """Raise ConflictError unless this is the latest revision of a widget, or None."""
    if revision is not None and revision != widget.revision:
        raise ConflictError(
            f"The original has a newer revision: {widget.revision}. Look at it first.",
            details={"revision": widget.revision},
        )
