"""What accounts may use, and what they have used."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, Table

from widget_site.store.tables.base import ID, metadata

#: Quotas that an admin gave an account; NULL is the site's own.
account_quota = Table(
    "account_quota",
    metadata,
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("runs_per_day", Integer),
    Column("minutes_per_day", Integer),
    Column("minutes_per_month", Integer),
    Column("storage_mb", Integer),
)

#: What the runs of an account used in a day (Unix time / 86400). It outlives widgets: deleting one gives nothing back.
usage_day = Table(
    "usage_day",
    metadata,
    Column("account_id", ID, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("run_s", Double, nullable=False),
    Column("cpu_s", Double, nullable=False),
    Index(None, "day"),
)
