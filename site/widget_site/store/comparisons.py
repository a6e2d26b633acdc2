"""The two sides of a comparison: revisions of one widget, or its latest one and the draft."""

from dataclasses import dataclass

from widget_model.changes import FileChange, file_changes
from widget_model.diffs import FileDiff, file_diffs
from widget_model.files import FileContent, Files
from widget_site import study
from widget_site.errors import NotFoundError
from widget_site.store import drafts, revisions, trees, widgets
from widget_site.store.store import Store
from widget_site.store.values import Widget


@dataclass(frozen=True)
class Sides:
    """What is compared; ``new_number`` is None for the draft, ``old_number`` 0 for nothing at all."""

    widget: Widget
    old_number: int
    new_number: int | None
    old: dict[str, FileContent]
    new: dict[str, FileContent]


async def sides(
    store: Store, slug: str, viewer: str | None, new: int | None = None, old: int | None = None, *, draft: bool = False
) -> Sides:
    """Return two sides of a widget that the viewer may see: revision ``old`` and ``new``, or with ``draft`` the draft.

    Without ``new`` it is the latest revision; without ``old`` the one before ``new``, or what the draft began from.
    NotFoundError for a revision or a draft that does not exist.
    """
    if draft:
        return await _with_draft(store, slug, viewer, old)
    widget = await widgets.by_slug(store, slug, viewer)
    number = widget.revision if new is None else new
    after = await revisions.get(store, slug, viewer, number)
    before = number - 1 if old is None else old
    return Sides(
        widget, before, number, await _files(store, slug, viewer, before), await trees.files_of(store, after.code)
    )


async def _with_draft(store: Store, slug: str, viewer: str | None, old: int | None) -> Sides:
    widget = await widgets.owned(store, slug, viewer, "see its draft")
    held = await drafts.get(store, slug, viewer)
    if held is None:
        raise NotFoundError("There is no draft: everything that was typed is a revision.")
    before = held.base_revision if old is None else old
    return Sides(widget, before, None, await _files(store, slug, viewer, before), held.files)


async def _files(store: Store, slug: str, viewer: str | None, number: int) -> dict[str, FileContent]:
    if number == 0:
        return {}
    return await trees.files_of(store, (await revisions.get(store, slug, viewer, number)).code)


async def diffs(old: Files, new: Files, path: str | None = None) -> list[FileDiff]:
    """``file_diffs``, by ``study``. NotFoundError for a path that does not differ."""
    found = await study.read(file_diffs, old, new, path, study.request().budget)
    if path is not None and not found:
        raise NotFoundError("This file does not differ.")
    return found


async def changes(old: Files, new: Files) -> list[FileChange]:
    """``file_changes`` by ``study``."""
    return await study.read(file_changes, old, new, study.request().budget)
