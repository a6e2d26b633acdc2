"""Reports of widgets"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INDEXES = (["state", "id"], ["widget_id", "state"], ["reporter_id"], ["decided_by"])


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "report",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=True),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("reporter_id", sa.String(length=26), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.Column("decided_by", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_report_widget_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["account.id"], name=op.f("fk_report_reporter_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_report_decided_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    for columns in _INDEXES:
        op.create_index(op.f(f"ix_report_{'_'.join(columns)}"), "report", columns)


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("report")
