"""People, and what they sign in with."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, String, Table

from widget_site.store.tables.base import DIGEST, ID, metadata

account = Table(
    "account",
    metadata,
    Column("id", ID, primary_key=True),
    Column("username", String(40), nullable=False),
    # Small letters: two names must not differ by case alone.
    Column("username_key", String(40), nullable=False, unique=True),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    # When it was proven that the address is read by who gave it.
    Column("email_verified_at", Double),
    # An administrator shut it: nobody signs in, no token works, its widgets are not served.
    Column("disabled_at", Double),
    # Its owner deleted it; the rest of it is being removed. It is disabled, too.
    Column("deleted_at", Double),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("token_hash", DIGEST, nullable=False, unique=True),
    # read | run | write
    Column("scope", String(10), nullable=False, server_default="write"),
    Column("created_at", Double, nullable=False),
    Column("last_used_at", Double),
    # NULL for one that works until it is revoked.
    Column("expires_at", Double),
    Index(None, "account_id", "id"),
)

web_session = Table(
    "web_session",
    metadata,
    Column("id", DIGEST, primary_key=True),
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    # Where it was made, for its owner to recognise.
    Column("address", String(64), nullable=False, server_default=""),
    Column("device", String(100), nullable=False, server_default=""),
    Index(None, "account_id"),
    Index(None, "expires_at"),
)

#: Links that work once for an account: they prove an address, or set a new password.
account_link = Table(
    "account_link",
    metadata,
    Column("token_hash", DIGEST, primary_key=True),
    # NULL for one that was asked for a name that nobody has: it works for nobody.
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE")),
    # links.Purpose
    Column("purpose", String(10), nullable=False),
    # The address that it proves.
    Column("email", String(254), nullable=False),
    Column("expires_at", Double, nullable=False),
    Index(None, "account_id"),
    Index(None, "expires_at"),
)

#: Links that work once: the first account's.
one_time_link = Table(
    "one_time_link",
    metadata,
    Column("token_hash", DIGEST, primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("expires_at", Double, nullable=False),
)
