"""Addresses that are told when runs end, and what was sent to them."""

from sqlalchemy import (
    JSON,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from widget_site.store.tables.base import ID, metadata

webhook = Table(
    "webhook",
    metadata,
    Column("id", ID, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    Column("url", String(2000), nullable=False),
    # failed | all
    Column("events", String(10), nullable=False),
    # What signs, encrypted (widget_site.secret_box).
    Column("kept", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    # Deliveries in a row that were given up, and those that were not even tried because too many waited.
    Column("gave_up", Integer, nullable=False),
    Column("dropped", Integer, nullable=False),
    # Since when nothing is sent any more, and why; NULL while it works.
    Column("disabled_at", Double),
    Column("why", String(500), nullable=False),
    Index(None, "widget_id"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", ID, primary_key=True),
    Column("webhook_id", ID, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
    Column("event", String(30), nullable=False),
    Column("payload", JSON, nullable=False),
    # waiting | done | failed
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    # When it is tried next; while it is being sent, when another worker may think that its sender is gone.
    Column("due_at", Double),
    Column("created_at", Double, nullable=False),
    Column("tried_at", Double),
    # What came back of the last try.
    Column("status", Integer),
    Column("answer", String(1000), nullable=False),
    Column("error", String(500), nullable=False),
    Column("took_s", Double),
    Index(None, "webhook_id", "id"),
    Index(None, "created_at"),
    # Those that wait are few, and asked for often.
    Index(
        "ix_delivery_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)
