"""What runs said in bytes, tallies of runs, how long runs are kept, quotas and what was used of them"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FAILED = sa.text("outcome <> 'ok'")


def upgrade() -> None:
    """Apply the step."""
    # A plain addition: to rebuild the table would delete what refers to it.
    op.add_column("run", sa.Column("output_bytes", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE run SET output_bytes = "
        "(SELECT coalesce(sum(length(run_event.text)), 0) FROM run_event WHERE run_event.run_id = run.id)"
    )
    for name in ("widget", "owner"):
        op.create_index(
            f"ix_run_failed_{name}", "run", [f"{name}_id", "id"], sqlite_where=_FAILED, postgresql_where=_FAILED
        )
    _tallies()
    _quotas()


def downgrade() -> None:
    """Take the step back."""
    for table in ("usage_day", "account_quota", "run_retention", "run_tally"):
        op.drop_table(table)
    for name in ("widget", "owner"):
        op.drop_index(f"ix_run_failed_{name}", "run")
    op.drop_column("run", "output_bytes")


def _tallies() -> None:
    op.create_table(
        "run_tally",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=26), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_run_tally_widget_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_run_tally_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("widget_id", "hour", "outcome", "length", name=op.f("pk_run_tally")),
    )
    op.create_index(op.f("ix_run_tally_owner_id_hour"), "run_tally", ["owner_id", "hour"])
    op.create_index(op.f("ix_run_tally_hour"), "run_tally", ["hour"])
    op.create_table(
        "run_retention",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("days", sa.Double(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widget.id"], name=op.f("fk_run_retention_widget_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("widget_id", name=op.f("pk_run_retention")),
    )


def _quotas() -> None:
    op.create_table(
        "account_quota",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("runs_per_day", sa.Integer(), nullable=True),
        sa.Column("minutes_per_day", sa.Integer(), nullable=True),
        sa.Column("minutes_per_month", sa.Integer(), nullable=True),
        sa.Column("storage_mb", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_quota_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_quota")),
    )
    op.create_table(
        "usage_day",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("run_s", sa.Double(), nullable=False),
        sa.Column("cpu_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_usage_day_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "day", name=op.f("pk_usage_day")),
    )
    op.create_index(op.f("ix_usage_day_day"), "usage_day", ["day"])
