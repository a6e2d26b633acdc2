"""Keys of uplinks"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "uplink_key",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_index(op.f("ix_uplink_key_widget_id"), "uplink_key", ["widget_id"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_index(op.f("ix_uplink_key_widget_id"), table_name="uplink_key")
    op.drop_table("uplink_key")
