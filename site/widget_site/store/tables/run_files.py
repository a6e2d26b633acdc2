"""What runs left besides text: large parts of what they showed, and files that they wrote."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, String, Table, Text

from widget_site.store.tables.base import DIGEST, ID, metadata

run_file = Table(
    "run_file",
    metadata,
    Column("run_id", ID, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    # In the order in which they came.
    Column("position", Integer, primary_key=True),
    # None where the bytes were never kept.
    Column("id", ID),
    Column("owner_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    # shown | written
    Column("kind", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("mime", String(200), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    # Digest of its bytes in the store of run files; None when they are not kept (any more), and the note says why.
    Column("blob", DIGEST),
    Column("note", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    # The newest of an account, to make room; those that expire; and what is in use.
    Index(None, "owner_id", "created_at"),
    Index(None, "created_at"),
    Index(None, "blob"),
)
