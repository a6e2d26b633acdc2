"""Conflicts of a merge as forms: a side for each file, or its text written by hand."""

from dataclasses import dataclass

from quart import request

from widget_model.files import FileContent
from widget_model.merging import FileConflict
from widget_site.errors import NotFoundError
from widget_site.pages.diff_view import ShownFile, shown_files
from widget_site.store import comparisons
from widget_site.store.lineage import Choices

HAND = "hand"


@dataclass(frozen=True)
class ShownConflict:
    """A file in conflict with what differs between its sides."""

    conflict: FileConflict
    files: list[ShownFile]


async def shown_conflicts(conflicts: tuple[FileConflict, ...]) -> list[ShownConflict]:
    """Prepare conflicts for a page: theirs as the old side, mine as the new one."""
    made = []
    for one in conflicts:
        old = {} if one.theirs is None else {one.path: one.theirs}
        new = {} if one.mine is None else {one.path: one.mine}
        try:
            found = await comparisons.diffs(old, new, one.path)
        except NotFoundError:
            found = []
        made.append(ShownConflict(one, await shown_files(found, old, new)))
    return made


async def posted_choices() -> Choices:
    """Read a form of conflicts: ``choice <path>`` is mine, theirs or hand; ``text <path>`` what was written."""
    sent = await request.form
    sides: dict[str, str] = {}
    files: dict[str, FileContent] = {}
    for name, value in sent.items():
        kind, _, path = name.partition(" ")
        if kind == "choice" and value == HAND:
            files[path] = str(sent.get(f"text {path}", "")).replace("\r\n", "\n")
        elif kind == "choice":
            sides[path] = str(value)
    return Choices(sides, files)
