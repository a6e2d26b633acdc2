"""Packages: what widgets ask for, and what was installed for them"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "package_set",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("list_digest", sa.String(length=64), nullable=False),
        sa.Column("requirements", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("log", sa.LargeBinary(), nullable=False),
        sa.Column("environment", sa.String(length=64), nullable=True),
        sa.Column("packages", sa.JSON(), nullable=False),
        sa.Column("built", sa.Boolean(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("downloaded_bytes", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("unused_since", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_package_set_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_set")),
    )
    op.create_index(op.f("ix_package_set_account_id"), "package_set", ["account_id"])
    op.create_index(op.f("ix_package_set_environment"), "package_set", ["environment"])
    op.create_index(op.f("ix_package_set_list_digest_status"), "package_set", ["list_digest", "status"])
    op.create_index(
        "ix_package_set_queued",
        "package_set",
        ["created_at"],
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    # Plain additions: to rebuild the table, as SQLite would need for more, would delete what refers to it.
    op.add_column("widget", sa.Column("package_set_id", sa.String(length=64), nullable=True))
    op.add_column("widget", sa.Column("environment", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_widget_package_set_id"), "widget", ["package_set_id"])
    op.create_index(op.f("ix_widget_environment"), "widget", ["environment"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_index(op.f("ix_widget_environment"), "widget")
    op.drop_index(op.f("ix_widget_package_set_id"), "widget")
    op.drop_column("widget", "environment")
    op.drop_column("widget", "package_set_id")
    op.drop_table("package_set")
