"""What people reported to the administrators."""

from sqlalchemy import Column, Double, ForeignKey, Index, String, Table, Text

from widget_site.store.tables.base import ID, metadata

#: A report, and what was decided; it outlives its widget and the account that wrote it.
report = Table(
    "report",
    metadata,
    Column("id", ID, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="SET NULL")),
    # As they were when it was reported.
    Column("slug", String(63), nullable=False),
    Column("title", String(200), nullable=False),
    # NULL for somebody without an account, or whose account is gone.
    Column("reporter_id", ID, ForeignKey("account.id", ondelete="SET NULL")),
    Column("reason", String(20), nullable=False),
    Column("text", Text, nullable=False),
    # open | dismissed | taken_down
    Column("state", String(10), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("decided_at", Double),
    Column("decided_by", ID, ForeignKey("account.id", ondelete="SET NULL")),
    # The queue, and what was decided.
    Index(None, "state", "id"),
    Index(None, "widget_id", "state"),
    Index(None, "reporter_id"),
    Index(None, "decided_by"),
)
