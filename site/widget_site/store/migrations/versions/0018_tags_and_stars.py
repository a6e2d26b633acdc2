"""Tags of widgets, and who starred them"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: Orders of the gallery: of all public widgets and of one kind.
_ORDERS = (["visibility", "star_count"], ["visibility", "kind", "fork_count"], ["visibility", "kind", "star_count"])


def upgrade() -> None:
    """Apply the step."""
    op.add_column("widget", sa.Column("tags", sa.Text(), nullable=False, server_default=""))
    op.add_column("widget", sa.Column("star_count", sa.Integer(), nullable=False, server_default="0"))
    for columns in _ORDERS:
        op.create_index(_name("widget", [*columns, "id"]), "widget", [*columns, "id"])
    op.create_table(
        "widget_tag",
        sa.Column("tag", sa.String(length=30), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("fork_count", sa.Integer(), nullable=False),
        sa.Column("star_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_widget_tag_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag", "widget_id", name=op.f("pk_widget_tag")),
    )
    for columns in (["tag", "fork_count", "widget_id"], ["tag", "star_count", "widget_id"], ["widget_id"]):
        op.create_index(_name("widget_tag", columns), "widget_tag", columns)
    op.create_table(
        "star",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_star_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["widget_id"], ["widget.id"], name=op.f("fk_star_widget_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "widget_id", name=op.f("pk_star")),
    )
    for columns in (["account_id", "created_at", "widget_id"], ["widget_id"]):
        op.create_index(_name("star", columns), "star", columns)


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("star")
    op.drop_table("widget_tag")
    for columns in _ORDERS:
        op.drop_index(_name("widget", [*columns, "id"]), "widget")
    op.drop_column("widget", "star_count")
    op.drop_column("widget", "tags")


def _name(table: str, columns: list[str]) -> str:
    return str(op.f(f"ix_{table}_{'_'.join(columns)}"))
