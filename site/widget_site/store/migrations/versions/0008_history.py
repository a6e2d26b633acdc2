"""What each revision changed; where a fork began"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("revision", sa.Column("changes", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("widget", sa.Column("forked_revision", sa.Integer(), nullable=True))
    op.add_column("widget", sa.Column("base_code", sa.String(length=64), nullable=True))
    _note_where_forks_began()


def _note_where_forks_began() -> None:
    """A fork's first revision is the code that it copied: its parent's newest revision with that code is its base."""
    widget = sa.table("widget", *map(sa.column, ("id", "forked_from_id", "forked_revision", "base_code")))
    revision_ = sa.table("revision", *map(sa.column, ("widget_id", "number", "code")))
    first = (
        sa.select(revision_.c.code)
        .where(revision_.c.widget_id == widget.c.id, revision_.c.number == 1)
        .correlate(widget)
        .scalar_subquery()
    )
    parents = revision_.alias("parents")
    number = (
        sa.select(sa.func.max(parents.c.number))
        .where(parents.c.widget_id == widget.c.forked_from_id, parents.c.code == first)
        .correlate(widget)
        .scalar_subquery()
    )
    began = {"base_code": first, "forked_revision": sa.func.coalesce(number, 1)}
    op.execute(sa.update(widget).where(widget.c.forked_from_id.is_not(None)).values(began))


def downgrade() -> None:
    """Undo the step."""
    with op.batch_alter_table("widget", schema=None) as batch_op:
        batch_op.drop_column("base_code")
        batch_op.drop_column("forked_revision")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_column("changes")
