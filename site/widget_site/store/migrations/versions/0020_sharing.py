"""Deleted widgets that can be restored, old names by their widget, private code, widgets in frames"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("widget", sa.Column("code_private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("widget", sa.Column("embeddable", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("widget", sa.Column("deleted_at", sa.Double(), nullable=True))
    binned = sa.text("deleted_at IS NOT NULL")
    op.create_index("ix_widget_deleted_at", "widget", ["deleted_at"], sqlite_where=binned, postgresql_where=binned)
    op.create_index(op.f("ix_held_slug_widget_id"), "held_slug", ["widget_id"])


def downgrade() -> None:
    """Take the step back."""
    op.drop_index(op.f("ix_held_slug_widget_id"), table_name="held_slug")
    op.drop_index("ix_widget_deleted_at", table_name="widget")
    op.drop_column("widget", "deleted_at")
    op.drop_column("widget", "embeddable")
    op.drop_column("widget", "code_private")
