"""Every table. Names are the glossary's; each list query has its index here, beside the columns it serves.

Ids are ``widget_model.ids``: they sort by the time they were made, so "newest first" is the primary key backwards.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = String(26)
_DIGEST = String(64)


class ExactText(TypeDecorator[str]):
    """Text as its bytes: what user code printed may hold NUL and half characters, which Postgres's text refuses."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Encode on the way in."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Decode on the way out."""
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


account = Table(
    "account",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("username", String(40), nullable=False),
    # Small letters: two names must not differ by case alone.
    Column("username_key", String(40), nullable=False, unique=True),
    Column("email", String(254), nullable=False),
    Column("email_key", String(254), nullable=False, unique=True),
    Column("password_hash", String(200), nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("account_id", _ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("token_hash", _DIGEST, nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Column("last_used_at", Double),
    Index(None, "account_id", "id"),
)

web_session = Table(
    "web_session",
    metadata,
    Column("id", _DIGEST, primary_key=True),
    Column("account_id", _ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index(None, "account_id"),
    Index(None, "expires_at"),
)

#: Links that work once: the first account's.
one_time_link = Table(
    "one_time_link",
    metadata,
    Column("token_hash", _DIGEST, primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("expires_at", Double, nullable=False),
)

#: Packages that an account asked for together, and what came of it; widgets that ask for the same share the row.
package_set = Table(
    "package_set",
    metadata,
    # Digest of the account and the list.
    Column("id", _DIGEST, primary_key=True),
    Column("account_id", _ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    # The same for every account that asks for the same.
    Column("list_digest", _DIGEST, nullable=False),
    Column("requirements", JSON, nullable=False),
    # queued | ready | failed
    Column("status", String(10), nullable=False),
    Column("reason", String(10), nullable=False),
    Column("message", Text, nullable=False),
    Column("log", ExactText, nullable=False),
    # Digest of the environment; none where nothing had to be installed.
    Column("environment", _DIGEST),
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

widget = Table(
    "widget",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("slug", String(63), nullable=False, unique=True),
    Column("owner_id", _ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("title", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("visibility", String(10), nullable=False),
    # What search looks through: slug, title and description in small letters.
    Column("search", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("code", _DIGEST, nullable=False),
    Column("generation", BigInteger, nullable=False),
    # The packages that its files ask for, and the environment that its runs see: the one before, until those are ready.
    Column("package_set_id", _DIGEST),
    Column("environment", _DIGEST),
    Column("forked_from_id", _ID, ForeignKey("widget.id", ondelete="SET NULL")),
    Column("fork_count", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    # Newest public ones, all kinds and one kind.
    Index(None, "visibility", "id"),
    Index(None, "visibility", "kind", "id"),
    # Most forked.
    Index(None, "visibility", "fork_count", "id"),
    # One account's, by last change and by age.
    Index(None, "owner_id", "changed_at", "id"),
    Index(None, "owner_id", "id"),
    Index(None, "forked_from_id"),
    Index(None, "package_set_id"),
    Index(None, "environment"),
)

#: Names that were a widget's: nobody else gets them (security.md 63). The widget's id outlives the widget.
held_slug = Table(
    "held_slug",
    metadata,
    Column("slug", String(63), primary_key=True),
    Column("widget_id", _ID, nullable=False),
    Column("held_at", Double, nullable=False),
)

#: The files of a revision by the digest of them all: {path: [blob digest, size, is text]}.
tree = Table(
    "tree",
    metadata,
    Column("code", _DIGEST, primary_key=True),
    Column("files", JSON, nullable=False),
    Column("size_bytes", Integer, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("widget_id", _ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("code", _DIGEST, ForeignKey("tree.code"), nullable=False),
    Column("author_id", _ID, ForeignKey("account.id", ondelete="SET NULL")),
    Column("message", String(200), nullable=False),
    Column("created_at", Double, nullable=False),
    Index(None, "code"),
    Index(None, "author_id"),
)

draft = Table(
    "draft",
    metadata,
    Column("widget_id", _ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("files", JSON, nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Double, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("widget_id", _ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    Column("owner_id", _ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("trigger", String(12), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", String(10), nullable=False),
    Column("outcome", String(16)),
    Column("error", ExactText, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("cpu_s", Double),
    Column("rss_kb", BigInteger),
    Column("exit_code", Integer),
    Column("args", JSON, nullable=False),
    Column("request", JSON(none_as_null=True)),
    # One widget's and one account's runs, newest first.
    Index(None, "widget_id", "id"),
    Index(None, "owner_id", "id"),
    # Those without an outcome are few, and asked for often.
    Index(
        "ix_run_unfinished",
        "owner_id",
        "created_at",
        sqlite_where=text("status <> 'finished'"),
        postgresql_where=text("status <> 'finished'"),
    ),
    Index(None, "finished_at"),
)

run_event = Table(
    "run_event",
    metadata,
    Column("run_id", _ID, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("time", Double, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("text", ExactText, nullable=False),
    Column("data", JSON(none_as_null=True)),
)

#: When a widget runs by itself. ``name`` is "" for the whole widget.
schedule = Table(
    "schedule",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("widget_id", _ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    # widget_model.schedules, as the API shows it.
    Column("spec", JSON, nullable=False),
    # The next time of the grid, and the retry of a failed run; none while it is paused.
    Column("next_at", Double),
    Column("retry_at", Double),
    Column("retry_tick_at", Double),
    Column("retry_attempt", Integer, nullable=False),
    # The earlier of the two: what is claimed.
    Column("due_at", Double),
    # When its runs began to fail; NULL while they don't.
    Column("failing_since", Double),
    UniqueConstraint("widget_id", "name"),
    Index(None, "due_at"),
)

#: A time at which a schedule was due (widget_model.ticks).
tick = Table(
    "tick",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("schedule_id", _ID, ForeignKey("schedule.id", ondelete="CASCADE"), nullable=False),
    Column("owner_id", _ID, nullable=False),
    Column("tick_at", Double, nullable=False),
    Column("reason", String(10), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    # NULL for a skipped one.
    Column("run_id", _ID, unique=True),
    # Until then one worker hands it over.
    Column("lease_until", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    # No time is run twice, whatever clocks and workers do.
    UniqueConstraint("schedule_id", "tick_at", "attempt"),
    Index(None, "schedule_id", "id"),
    # Those that are under way are few, and asked for often.
    Index(
        "ix_tick_open",
        "state",
        "owner_id",
        sqlite_where=text("state IN ('waiting', 'handed_over')"),
        postgresql_where=text("state IN ('waiting', 'handed_over')"),
    ),
    Index(None, "created_at"),
)
