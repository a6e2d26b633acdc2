"""Runs and what they said."""

from sqlalchemy import JSON, BigInteger, Column, Double, ForeignKey, Index, Integer, String, Table, Text, text

from widget_site.store.tables.base import ID, ExactText, metadata

#: The condition of the indexes of failed runs; a query that is to use them says the same words.
_FAILED = text("outcome <> 'ok'")
_TASK = text("task IS NOT NULL")

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
    # What was typed into the form of its main function, by parameter.
    Column("form_values", JSON(none_as_null=True)),
    # What the script returned.
    Column("returned", JSON(none_as_null=True)),
    Column("request", JSON(none_as_null=True)),
    # The name of the background task that it is (widget_wire.background).
    Column("task", String(120)),
    # Bytes of what it said, so that a search knows what it costs before it reads.
    Column("output_bytes", Integer, nullable=False, server_default="0"),
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
    # Those that did not go well, newest first: few, and what people look for.
    *(
        Index(f"ix_run_failed_{name}", f"{name}_id", "id", sqlite_where=_FAILED, postgresql_where=_FAILED)
        for name in ("widget", "owner")
    ),
    Index(None, "finished_at"),
    # A widget's background tasks, newest first.
    Index("ix_run_task", "widget_id", "id", sqlite_where=_TASK, postgresql_where=_TASK),
)

#: What is kept of a background task's end besides its run, as JSON of messages: what it returned or raised, its state.
task_end = Table(
    "task_end",
    metadata,
    Column("run_id", ID, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("answer", Text),
    Column("state", Text),
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

#: How many runs of a widget ended how, and how long they took: one row for each hour, outcome and length
#: (``widget_model.lengths``). Written with the runs, so that plots cost the same however many there were.
run_tally = Table(
    "run_tally",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    # Unix time / 3600.
    Column("hour", Integer, primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("length", Integer, primary_key=True),
    Column("owner_id", ID, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("runs", Integer, nullable=False),
    Index(None, "owner_id", "hour"),
    Index(None, "hour"),
)

#: How long and how many runs a widget keeps, where its owner chose; NULL is the site's own bound.
run_retention = Table(
    "run_retention",
    metadata,
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), primary_key=True),
    Column("days", Double),
    Column("runs", Integer),
)
