"""Credentials of services of widgets"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "service_credential",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widget.id"], name=op.f("fk_service_credential_widget_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("widget_id", "service", name=op.f("pk_service_credential")),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("service_credential")
