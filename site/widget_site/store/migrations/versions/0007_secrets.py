"""Widgets' secrets"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "secret",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_secret_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("widget_id", "name", name=op.f("pk_secret")),
    )


def downgrade() -> None:
    """Undo the step."""
    op.drop_table("secret")
