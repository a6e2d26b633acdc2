"""Keys by which programs outside connect to a widget's server code."""

from sqlalchemy import Column, Double, ForeignKey, Index, String, Table

from widget_site.store.tables.base import DIGEST, ID, metadata

#: ``kind`` is server (registers functions, is trusted like the widget's own code) or client (only calls).
uplink_key = Table(
    "uplink_key",
    metadata,
    Column("id", ID, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("key_hash", DIGEST, nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Index(None, "widget_id"),
)
