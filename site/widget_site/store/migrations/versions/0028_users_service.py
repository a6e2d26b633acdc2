"""The Users service of widgets"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "users_service",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widget.id"], name=op.f("fk_users_service_widget_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("widget_id", name=op.f("pk_users_service")),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("users_service")
