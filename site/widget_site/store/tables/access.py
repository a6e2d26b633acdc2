"""Who may call an API and how often, and the keys that its owner hands out."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, String, Table

from widget_site.store.tables.base import DIGEST, ID, metadata

#: A widget without a row is open to everybody.
api_access = Table(
    "api_access",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("keys_needed", Boolean, nullable=False),
    # Requests of one caller in a minute; NULL for no limit of the owner's.
    Column("per_minute", Integer),
)

#: A key of callers, not of accounts: it opens one API and nothing else.
api_key = Table(
    "api_key",
    metadata,
    Column("id", ID, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("key_hash", DIGEST, nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Index(None, "widget_id"),
)
