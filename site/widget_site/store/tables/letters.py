"""Mail that widgets' code sent and got, how each widget's mail goes out, and what an account sent in a month."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from widget_site.store.tables.base import ID, metadata

letter = Table(
    "letter",
    metadata,
    Column("id", ID, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    # out | in
    Column("direction", String(3), nullable=False),
    # Of what came in: sha256 hex of sender, recipient and message, by which it is known when it comes again.
    Column("digest", String(64)),
    # The Message-ID header.
    Column("message_id", String(200), nullable=False),
    # The From header, and all recipients as JSON.
    Column("sender", String(500), nullable=False),
    Column("recipients", Text, nullable=False),
    Column("subject", String(500), nullable=False),
    # The whole message.
    Column("raw", LargeBinary, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    # out: waiting | sent | failed | kept (this site sends no mail); in: handled | refused | put_off
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Double),
    # Why the last try failed; of what came in, what was answered.
    Column("error", String(500), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("sent_at", Double),
    Index(None, "widget_id", "id"),
    Index(None, "created_at"),
    Index(
        "ix_letter_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

letter_month = Table(
    "letter_month",
    metadata,
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    # "2026-11", in UTC.
    Column("month", String(7), primary_key=True),
    Column("recipients", Integer, nullable=False),
)

mail_route = Table(
    "mail_route",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    # Everything goes to the owner instead.
    Column("test_mode", Boolean, nullable=False),
    # A mail server of the owner's; "" for the site's.
    Column("host", String(253), nullable=False),
    Column("port", Integer, nullable=False),
    # "" | starttls | ssl
    Column("encryption", String(10), nullable=False),
    Column("username", String(254), nullable=False),
    # The password, encrypted (``secret_box``); NULL without one.
    Column("kept", LargeBinary),
    # Whom its code gets mail from: "" (everybody, and nobody while the widget is private) | all | listed | none
    Column("accepts", String(10), nullable=False),
    # As JSON, for "listed": addresses, and domains with an @ in front.
    Column("senders", Text, nullable=False),
)
