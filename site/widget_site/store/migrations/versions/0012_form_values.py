"""What was typed into the form of a run"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("run", sa.Column("form_values", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("run", "form_values")
