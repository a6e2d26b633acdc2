"""Widgets' secrets, encrypted (``widget_site.secret_box``)."""

from sqlalchemy import Column, Double, ForeignKey, Integer, LargeBinary, String, Table

from widget_site.store.tables.base import ID, metadata

secret = Table(
    "secret",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("kept", LargeBinary, nullable=False),
    # Of the value; so that the whole of a widget's secrets is bounded without decrypting them.
    Column("size_bytes", Integer, nullable=False),
    Column("changed_at", Double, nullable=False),
)
