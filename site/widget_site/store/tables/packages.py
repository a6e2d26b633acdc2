"""Sets of packages."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, ForeignKey, Index, String, Table, Text, text

from widget_site.store.tables.base import DIGEST, ID, ExactText, metadata

#: Packages that an account asked for together, and what came of it; widgets that ask for the same share the row.
package_set = Table(
    "package_set",
    metadata,
    # Digest of the account and the list.
    Column("id", DIGEST, primary_key=True),
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    # The same for every account that asks for the same.
    Column("list_digest", DIGEST, nullable=False),
    Column("requirements", JSON, nullable=False),
    # queued | ready | failed
    Column("status", String(10), nullable=False),
    Column("reason", String(10), nullable=False),
    Column("message", Text, nullable=False),
    Column("log", ExactText, nullable=False),
    # Digest of the environment; none where nothing had to be installed.
    Column("environment", DIGEST),
    Column("packages", JSON, nullable=False),
    # Whether code of packages ran to build it: then no other account gets it.
    Column("built", Boolean, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("downloaded_bytes", BigInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("finished_at", Double),
    # Since when no widget asks for it; set and read by the clean-up alone.
    Column("unused_since", Double),
    Index(None, "list_digest", "status"),
    Index(None, "environment"),
    Index(None, "account_id"),
    Index(
        "ix_package_set_queued",
        "created_at",
        sqlite_where=text("status = 'queued'"),
        postgresql_where=text("status = 'queued'"),
    ),
)
