"""What widgets' code keeps by name from run to run."""

from sqlalchemy import Column, Double, ForeignKey, Integer, String, Table, Text

from widget_site.store.tables.base import ID, metadata

kept_value = Table(
    "kept_value",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(200), primary_key=True),
    # JSON without any character beyond ASCII.
    Column("value", Text, nullable=False),
    # Of name and value.
    Column("size_bytes", Integer, nullable=False),
    Column("changed_at", Double, nullable=False),
)
