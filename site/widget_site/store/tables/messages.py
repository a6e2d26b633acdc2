"""What the site tells people: by mail, and on their page of messages."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, String, Table, Text, text

from widget_site.store.tables.base import ID, metadata

message = Table(
    "message",
    metadata,
    Column("id", ID, primary_key=True),
    # Whom it concerns; NULL for somebody who has no account.
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE")),
    # Where mail goes; "" for a message that is for the site alone.
    Column("address", String(254), nullable=False),
    # outbox.Kind
    Column("kind", String(20), nullable=False),
    Column("subject", String(200), nullable=False),
    # Emptied where it holds a link that signs somebody in, once that is sent or too old.
    Column("text", Text, nullable=False),
    # waiting | sent | failed | kept (this site sends no mail)
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    # When it is tried next; NULL when it is not waiting.
    Column("due_at", Double),
    # Why the last try failed.
    Column("error", String(500), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("sent_at", Double),
    Column("read_at", Double),
    Index(None, "account_id", "id"),
    Index(None, "created_at"),
    # Those that wait and those that are unread are few, and asked for often.
    Index(
        "ix_message_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_message_unread",
        "account_id",
        sqlite_where=text("read_at IS NULL"),
        postgresql_where=text("read_at IS NULL"),
    ),
)
