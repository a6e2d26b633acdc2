"""Who may see and do what with a widget. Every query about widgets takes its filter from here, and from nowhere else.

* ``public``: everybody sees it, lists show it. ``unlisted``: who knows its name sees it. ``private``: its owner alone.
* What an administrator took down, or whose account is disabled, is private whatever else it is, and nothing runs it.
* What is in the bin does not exist for anybody, its owner included, until it is restored (``deleted.py``).
* What is seen is read, unless its owner keeps the code private: then only they see files (but README.md, which is what
  they tell), revisions, differences, and what is made of the code; and only they fork it.
* Only the owner changes it, runs it, and sees its runs, their output and its draft (W-06, W-28).
* What somebody may not see does not exist for them (404); what they see and may not do is forbidden (403).
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from widget_site.errors import ForbiddenError, SignInError
from widget_site.store import tables
from widget_site.store.values import Widget

PUBLIC, UNLISTED, PRIVATE = VISIBILITIES = ("public", "unlisted", "private")


def is_visible_to(viewer: str | None) -> ColumnElement[bool]:
    """Return the condition for a widget whose name the viewer (an account's id, None for anybody) already knows."""
    return is_shown(tables.widget.c, viewer)


def is_shown(columns: Any, viewer: str | None) -> ColumnElement[bool]:
    """``is_visible_to`` for the columns of a widget under another name in the query."""
    visible: ColumnElement[bool] = (columns.visibility != PRIVATE) & columns.hidden.is_(None)
    kept: ColumnElement[bool] = columns.deleted_at.is_(None)
    return kept & (visible if viewer is None else or_(visible, columns.owner_id == viewer))


def is_in_use() -> ColumnElement[bool]:
    """Return the condition for a widget that may run: neither taken down nor in the bin."""
    return tables.widget.c.hidden.is_(None) & tables.widget.c.deleted_at.is_(None)


def in_bin_of(owner_id: str) -> Select[tuple[str]]:
    """Return the query of the ids of an account's widgets that are in the bin: few."""
    columns = tables.widget.c
    return select(columns.id).where(columns.owner_id == owner_id, columns.deleted_at.is_not(None))


def is_listed_for(viewer: str | None, *, leads: bool = True) -> ColumnElement[bool]:
    """Return the condition for a widget in lists and searches of this viewer.

    With ``leads`` False the query has a narrower condition, whose index is to be walked instead of that of visibility.
    """
    columns = tables.widget.c
    if viewer is None and leads:
        return (columns.visibility == PUBLIC) & is_in_use()
    # Hidden from the planner by coalesce: it would look up both halves, or all that is public, and sort all widgets
    # there are (220 ms of 100,000) instead of walking down one index until a page is full (2 ms).
    public = (func.coalesce(columns.visibility, "") == PUBLIC) & columns.hidden.is_(None)
    kept = columns.deleted_at.is_(None)
    if viewer is None:
        return kept & public
    return kept & or_(public, func.coalesce(columns.owner_id, "") == viewer)


def may_read_code(widget: Widget, viewer: str | None) -> bool:
    """Whether a viewer who sees a widget also reads its code, and whatever is made of it."""
    return not widget.code_private or viewer == widget.owner_id


def require_code(widget: Widget, viewer: str | None) -> None:
    """Raise ForbiddenError where the owner keeps the code to themselves."""
    if not may_read_code(widget, viewer):
        raise ForbiddenError("The owner of this widget keeps its code private.")


def require_owner(owner_id: str, viewer: str | None, what: str) -> None:
    """Raise unless the viewer is the owner; ``what`` ends the sentence "Only its owner may …"."""
    if viewer is None:
        raise SignInError(f"Sign in first: only its owner may {what}.")
    if viewer != owner_id:
        raise ForbiddenError(f"Only its owner may {what}. Fork it to get a copy of your own.")
