"""The Users service of widgets: who has it, and how it works."""

from sqlalchemy import Boolean, Column, ForeignKey, Table, Text

from widget_site.store.tables.base import ID, metadata

users_service = Table(
    "users_service",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    # Settings outlast being switched off.
    Column("is_on", Boolean, nullable=False),
    # JSON of ``widget_model.users_settings``.
    Column("settings", Text, nullable=False),
)
