"""Schedules and their ticks"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("retry_at", sa.Double(), nullable=True),
        sa.Column("retry_tick_at", sa.Double(), nullable=True),
        sa.Column("retry_attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("failing_since", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_schedule_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("widget_id", "name", name=op.f("uq_schedule_widget_id_name")),
    )
    with op.batch_alter_table("schedule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedule_due_at"), ["due_at"], unique=False)

    op.create_table(
        "tick",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("schedule_id", sa.String(length=26), nullable=False),
        sa.Column("owner_id", sa.String(length=26), nullable=False),
        sa.Column("tick_at", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_tick_schedule_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tick")),
        sa.UniqueConstraint("run_id", name=op.f("uq_tick_run_id")),
        sa.UniqueConstraint("schedule_id", "tick_at", "attempt", name=op.f("uq_tick_schedule_id_tick_at_attempt")),
    )
    with op.batch_alter_table("tick", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tick_created_at"), ["created_at"], unique=False)
        batch_op.create_index(
            "ix_tick_open",
            ["state", "owner_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'handed_over')"),
            postgresql_where=sa.text("state IN ('waiting', 'handed_over')"),
        )
        batch_op.create_index(batch_op.f("ix_tick_schedule_id_id"), ["schedule_id", "id"], unique=False)


def downgrade() -> None:
    """Undo the step."""
    op.drop_table("tick")
    op.drop_table("schedule")
