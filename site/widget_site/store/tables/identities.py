"""Who somebody is at the provider that they sign in with."""

from sqlalchemy import Column, Double, ForeignKey, Index, String, Table

from widget_site.store.tables.base import ID, metadata

oidc_identity = Table(
    "oidc_identity",
    metadata,
    Column("issuer", String(250), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Double, nullable=False),
    Index(None, "account_id"),
)
