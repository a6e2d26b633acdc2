"""Verified addresses, links of accounts, where sign-ins are; accounts that are disabled or being deleted"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "account_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_link_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_link")),
    )
    op.create_index(op.f("ix_account_link_account_id"), "account_link", ["account_id"])
    op.create_index(op.f("ix_account_link_expires_at"), "account_link", ["expires_at"])
    # Plain additions: to rebuild the table of accounts, as SQLite would need for more, would delete what refers to it.
    op.add_column("account", sa.Column("email_verified_at", sa.Double(), nullable=True))
    op.add_column("account", sa.Column("disabled_at", sa.Double(), nullable=True))
    op.add_column("account", sa.Column("deleted_at", sa.Double(), nullable=True))
    op.add_column("web_session", sa.Column("address", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("web_session", sa.Column("device", sa.String(length=100), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("web_session", "device")
    op.drop_column("web_session", "address")
    op.drop_column("account", "deleted_at")
    op.drop_column("account", "disabled_at")
    op.drop_column("account", "email_verified_at")
    op.drop_table("account_link")
