"""What the gallery finds widgets by: their tags, and who starred them."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, String, Table

from widget_site.store.tables.base import ID, metadata

#: A tag of a widget, with the widget's counts beside it: a tag's most starred are a walk down an index, however many
#: widgets have it. Who changes a count of ``widget`` changes it here in the same transaction (``tagging.count``).
widget_tag = Table(
    "widget_tag",
    metadata,
    Column("tag", String(30), primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("fork_count", Integer, nullable=False),
    Column("star_count", Integer, nullable=False),
    Index(None, "tag", "fork_count", "widget_id"),
    Index(None, "tag", "star_count", "widget_id"),
    Index(None, "widget_id"),
)

star = Table(
    "star",
    metadata,
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("created_at", Double, nullable=False),
    # One account's, newest first.
    Index(None, "account_id", "created_at", "widget_id"),
    Index(None, "widget_id"),
)
