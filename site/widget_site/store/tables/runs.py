"""Runs and what they said."""

from sqlalchemy import JSON, BigInteger, Column, Double, ForeignKey, Index, Integer, String, Table, text

from widget_site.store.tables.base import ID, ExactText, metadata

run = Table(
    "run",
    metadata,
    Column("id", ID, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    Column("owner_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
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
    Column("run_id", ID, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("time", Double, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("text", ExactText, nullable=False),
    Column("data", JSON(none_as_null=True)),
)
