"""Who may see and do what with a widget. Every query about widgets takes its filter from here, and from nowhere else.

* ``public``: everybody sees it, lists show it. ``unlisted``: who knows its name sees it. ``private``: its owner alone.
* What an administrator took down, or whose account is disabled, is private whatever else it is, and nothing runs it.
* Only the owner changes it, runs it, and sees its runs, their output and its draft (W-06, W-28).
* What somebody may not see does not exist for them (404); what they see and may not do is forbidden (403).
"""

from sqlalchemy import ColumnElement, func, or_

from widget_site.errors import ForbiddenError, SignInError
from widget_site.store import tables

PUBLIC, UNLISTED, PRIVATE = VISIBILITIES = ("public", "unlisted", "private")


def is_visible_to(viewer: str | None) -> ColumnElement[bool]:
    """Return the condition for a widget whose name the viewer (an account's id, None for anybody) already knows."""
    visible = (tables.widget.c.visibility != PRIVATE) & tables.widget.c.hidden.is_(None)
    return visible if viewer is None else or_(visible, tables.widget.c.owner_id == viewer)


def is_listed_for(viewer: str | None, *, leads: bool = True) -> ColumnElement[bool]:
    """Return the condition for a widget in lists and searches of this viewer.

    With ``leads`` False the query has a narrower condition, whose index is to be walked instead of that of visibility.
    """
    columns = tables.widget.c
    if viewer is None and leads:
        return (columns.visibility == PUBLIC) & columns.hidden.is_(None)
    # Hidden from the planner by coalesce: it would look up both halves, or all that is public, and sort all widgets
    # there are (220 ms of 100,000) instead of walking down one index until a page is full (2 ms).
    public = (func.coalesce(columns.visibility, "") == PUBLIC) & columns.hidden.is_(None)
    if viewer is None:
        return public
    return or_(public, func.coalesce(columns.owner_id, "") == viewer)


def require_owner(owner_id: str, viewer: str | None, what: str) -> None:
    """Raise unless the viewer is the owner; ``what`` ends the sentence "Only its owner may …"."""
    if viewer is None:
        raise SignInError(f"Sign in first: only its owner may {what}.")
    if viewer != owner_id:
        raise ForbiddenError(f"Only its owner may {what}. Fork it to get a copy of your own.")
