"""Proposals"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("fork_id", sa.String(length=26), nullable=True),
        sa.Column("author_id", sa.String(length=26), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merged_revision", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_proposal_widget_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["fork_id"], ["widget.id"], name=op.f("fk_proposal_fork_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_proposal_author_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_author_id_id"), ["author_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_fork_id"), ["fork_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_widget_id_id"), ["widget_id", "id"], unique=False)
        batch_op.create_index("ix_proposal_open", ["fork_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "proposal_round",
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fork_revision", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("base_code", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_round_proposal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["code"], ["tree.code"], name=op.f("fk_proposal_round_code")),
        sa.ForeignKeyConstraint(["base_code"], ["tree.code"], name=op.f("fk_proposal_round_base_code")),
        sa.PrimaryKeyConstraint("proposal_id", "number", name=op.f("pk_proposal_round")),
    )
    with op.batch_alter_table("proposal_round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_round_base_code"), ["base_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_round_code"), ["code"], unique=False)


def downgrade() -> None:
    """Undo the step."""
    op.drop_table("proposal_round")
    op.drop_table("proposal")
