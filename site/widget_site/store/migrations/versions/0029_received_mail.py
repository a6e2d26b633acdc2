"""Mail that widgets get"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("letter", sa.Column("direction", sa.String(length=3), nullable=False, server_default="out"))
    op.add_column("letter", sa.Column("digest", sa.String(length=64), nullable=True))
    op.add_column("mail_route", sa.Column("accepts", sa.String(length=10), nullable=False, server_default=""))
    op.add_column("mail_route", sa.Column("senders", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("mail_route", "senders")
    op.drop_column("mail_route", "accepts")
    op.drop_column("letter", "digest")
    op.drop_column("letter", "direction")
