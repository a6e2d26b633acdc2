"""When widgets run by themselves, and the times at which they were due."""

from sqlalchemy import JSON, Column, Double, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from widget_site.store.tables.base import ID, metadata


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


#: When a widget runs by itself. ``name`` is "" for the whole widget.
schedule = Table(
    "schedule",
    metadata,
    Column("id", ID, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
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
    Column("id", ID, primary_key=True),
    Column("schedule_id", ID, ForeignKey("schedule.id", ondelete="CASCADE"), nullable=False),
    Column("owner_id", ID, nullable=False),
    Column("widget_id", ID, nullable=False, server_default=""),
    Column("tick_at", Double, nullable=False),
    # tick_at / 60: what is due in one minute is run in the order that costs least.
    Column("minute", Integer, nullable=False, server_default="0"),
    Column("reason", String(10), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    # NULL for a skipped one.
    Column("run_id", ID, unique=True),
    # Until then one worker hands it over.
    Column("lease_until", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    # No time is run twice, whatever clocks and workers do.
    UniqueConstraint("schedule_id", "tick_at", "attempt"),
    Index(None, "schedule_id", "id"),
    # Those that are under way are few, and asked for often: of a schedule; in the order in which an account's wait; by
    # who hands them over; with the runners.
    _partial("ix_tick_open", "schedule_id", where="state IN ('waiting', 'handed_over')"),
    _partial("ix_tick_turn", "owner_id", "minute", "widget_id", "tick_at", "id", where="state = 'waiting'"),
    _partial("ix_tick_lease", "lease_until", where="state = 'waiting'"),
    _partial("ix_tick_handed_over", "widget_id", where="state = 'handed_over'"),
    Index(None, "created_at"),
)
