"""What runs the client code of a GUI widget"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("widget", sa.Column("client_engine", sa.String(10), nullable=False, server_default="full"))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("widget", "client_engine")
