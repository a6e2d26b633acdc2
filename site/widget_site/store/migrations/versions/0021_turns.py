"""Times that are due in the order of their turns: by account, minute and widget"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_OPEN = "state IN ('waiting', 'handed_over')"
#: (name, columns, of which rows)
_INDEXES = (
    ("ix_tick_open", ["schedule_id"], _OPEN),
    ("ix_tick_turn", ["owner_id", "minute", "widget_id", "tick_at", "id"], "state = 'waiting'"),
    ("ix_tick_lease", ["lease_until"], "state = 'waiting'"),
    ("ix_tick_handed_over", ["widget_id"], "state = 'handed_over'"),
)


def upgrade() -> None:
    """Apply the step."""
    op.add_column("tick", sa.Column("widget_id", sa.String(length=26), nullable=False, server_default=""))
    op.add_column("tick", sa.Column("minute", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE tick SET minute = CAST(tick_at AS INTEGER) / 60, "
        "widget_id = (SELECT widget_id FROM schedule WHERE schedule.id = tick.schedule_id)"
    )
    op.drop_index("ix_tick_open", table_name="tick")
    for name, columns, rows in _INDEXES:
        _create(name, columns, rows)


def downgrade() -> None:
    """Take the step back."""
    for name, _, _ in _INDEXES:
        op.drop_index(name, table_name="tick")
    _create("ix_tick_open", ["state", "owner_id"], _OPEN)
    op.drop_column("tick", "minute")
    op.drop_column("tick", "widget_id")


def _create(name: str, columns: list[str], rows: str) -> None:
    op.create_index(name, "tick", columns, sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))
