"""Widgets that an administrator took down, or whose account is disabled"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("widget", sa.Column("hidden", sa.String(length=10), nullable=True))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("widget", "hidden")
