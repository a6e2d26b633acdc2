"""What owners gave to services of their widgets: credentials of Google, Microsoft, Facebook and Stripe."""

from sqlalchemy import Column, Double, ForeignKey, LargeBinary, String, Table, Text

from widget_site.store.tables.base import ID, metadata

service_credential = Table(
    "service_credential",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    # Of ``widget_model.providers``.
    Column("service", String(20), primary_key=True),
    # JSON of what its owner sees again.
    Column("shown", Text, nullable=False),
    # JSON of the rest, encrypted.
    Column("kept", LargeBinary, nullable=False),
    Column("changed_at", Double, nullable=False),
)
