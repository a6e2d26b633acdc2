"""Widgets, their names, files, revisions and drafts."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from widget_site.store.tables.base import DIGEST, ID, Words, metadata

widget = Table(
    "widget",
    metadata,
    Column("id", ID, primary_key=True),
    Column("slug", String(63), nullable=False, unique=True),
    Column("owner_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("title", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("visibility", String(10), nullable=False),
    # What search looks through: slug, title, description and tags in small letters.
    Column("search", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("code", DIGEST, nullable=False),
    Column("generation", BigInteger, nullable=False),
    # The packages that its files ask for, and the environment that its runs see: the one before, until those are ready.
    Column("package_set_id", DIGEST),
    Column("environment", DIGEST),
    Column("forked_from_id", ID, ForeignKey("widget.id", ondelete="SET NULL")),
    # For a fork, also of a widget that is gone: the revision that it began as, and the code that both last had.
    Column("forked_revision", Integer),
    Column("base_code", DIGEST),
    Column("fork_count", Integer, nullable=False),
    Column("star_count", Integer, nullable=False, server_default="0"),
    # As its owner put them; widget_tag is what finds them.
    Column("tags", Words, nullable=False, server_default=""),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    # Why nobody but its owner sees it and nothing runs it: "admin" took it down, its "account" is disabled; else NULL.
    Column("hidden", String(10)),
    # Whether only its owner reads its code; who may use it is another matter.
    Column("code_private", Boolean, nullable=False, server_default=false()),
    # Whether pages of other sites may show it in a frame.
    Column("embeddable", Boolean, nullable=False, server_default=false()),
    # Whether one process serves its calls, and lasts (S-14).
    Column("keep_server_running", Boolean, nullable=False, server_default=false()),
    # What runs a GUI's client code: "full" (Pyodide) or "light" (Skulpt).
    Column("client_engine", String(10), nullable=False, server_default="full"),
    # Since when it is in the bin: nobody sees it, nothing runs it, and its owner may still restore it.
    Column("deleted_at", Double),
    # Newest public ones, all kinds and one kind.
    Index(None, "visibility", "id"),
    Index(None, "visibility", "kind", "id"),
    # Most forked and most starred, all kinds and one kind.
    Index(None, "visibility", "fork_count", "id"),
    Index(None, "visibility", "star_count", "id"),
    Index(None, "visibility", "kind", "fork_count", "id"),
    Index(None, "visibility", "kind", "star_count", "id"),
    # One account's, by last change and by age.
    Index(None, "owner_id", "changed_at", "id"),
    Index(None, "owner_id", "id"),
    Index(None, "forked_from_id"),
    Index(None, "package_set_id"),
    Index(None, "environment"),
    # Partial: an index of the many NULLs would draw planners away from those that lists walk.
    Index(
        "ix_widget_deleted_at",
        "deleted_at",
        sqlite_where=text("deleted_at IS NOT NULL"),
        postgresql_where=text("deleted_at IS NOT NULL"),
    ),
)

#: Names that were a widget's: nobody else gets them (security.md 63). The widget's id outlives the widget.
held_slug = Table(
    "held_slug",
    metadata,
    Column("slug", String(63), primary_key=True),
    Column("widget_id", ID, nullable=False),
    Column("held_at", Double, nullable=False),
    Index(None, "widget_id"),
)

#: The files of a revision by the digest of them all: {path: [blob digest, size, is text]}.
tree = Table(
    "tree",
    metadata,
    Column("code", DIGEST, primary_key=True),
    Column("files", JSON, nullable=False),
    Column("size_bytes", Integer, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("code", DIGEST, ForeignKey("tree.code"), nullable=False),
    Column("author_id", ID, ForeignKey("account.id", ondelete="SET NULL")),
    Column("message", String(200), nullable=False),
    Column("created_at", Double, nullable=False),
    # What it changed of the one before (widget_model.changes.Summary); null where that is not known.
    Column("changes", JSON(none_as_null=True)),
    Index(None, "code"),
    Index(None, "author_id"),
)

draft = Table(
    "draft",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("files", JSON, nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Double, nullable=False),
)
