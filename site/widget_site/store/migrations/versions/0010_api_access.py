"""Keys and limits of APIs"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "api_access",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("keys_needed", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_api_access_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("widget_id", name=op.f("pk_api_access")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_api_key_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_widget_id"), ["widget_id"], unique=False)


def downgrade() -> None:
    """Undo the step."""
    op.drop_table("api_key")
    op.drop_table("api_access")
