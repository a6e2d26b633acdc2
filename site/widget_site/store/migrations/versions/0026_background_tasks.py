"""Background tasks"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("task", sa.String(length=120)))
    is_task = sa.text("task IS NOT NULL")
    op.create_index("ix_run_task", "run", ["widget_id", "id"], sqlite_where=is_task, postgresql_where=is_task)
    op.create_table(
        "task_end",
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("state", sa.Text()),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id"),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("task_end")
    op.drop_index("ix_run_task", table_name="run")
    with op.batch_alter_table("run") as batch:
        batch.drop_column("task")
