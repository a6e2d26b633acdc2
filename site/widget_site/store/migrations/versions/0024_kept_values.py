"""Values that widgets keep by name"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "kept_value",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_kept_value_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("widget_id", "name", name=op.f("pk_kept_value")),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("kept_value")
