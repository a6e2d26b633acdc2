"""Mail of widgets"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("sender", sa.String(length=500), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("sent_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_letter_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(op.f("ix_letter_widget_id_id"), "letter", ["widget_id", "id"])
    op.create_index(op.f("ix_letter_created_at"), "letter", ["created_at"])
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index("ix_letter_due", "letter", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "letter_month",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_letter_month_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "month", name=op.f("pk_letter_month")),
    )
    op.create_table(
        "mail_route",
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("test_mode", sa.Boolean(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("encryption", sa.String(length=10), nullable=False),
        sa.Column("username", sa.String(length=254), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_mail_route_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("widget_id", name=op.f("pk_mail_route")),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("mail_route")
    op.drop_table("letter_month")
    op.drop_table("letter")
