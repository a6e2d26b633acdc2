"""An index of the texts of widgets, for searches"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ADD = "INSERT INTO widget_text_index (rowid, text) VALUES (new.number, new.text)"
_TAKE = "INSERT INTO widget_text_index (widget_text_index, rowid, text) VALUES ('delete', old.number, old.text)"
#: What keeps FTS5's index of another table's column true (sqlite.org/fts5.html, external content).
_TRIGGERS = (
    f"CREATE TRIGGER widget_text_added AFTER INSERT ON widget_text BEGIN {_ADD}; END",
    f"CREATE TRIGGER widget_text_removed AFTER DELETE ON widget_text BEGIN {_TAKE}; END",
    f"CREATE TRIGGER widget_text_changed AFTER UPDATE ON widget_text BEGIN {_TAKE}; {_ADD}; END",
)
_FTS5 = (
    "CREATE VIRTUAL TABLE widget_text_index USING fts5"
    "(text, content='widget_text', content_rowid='number', tokenize='trigram case_sensitive 1', columnsize=0)"
)


def upgrade() -> None:
    """Apply the step."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "widget_text",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("widget_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.Text() if is_sqlite else postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["widget_id"], ["widget.id"], name=op.f("fk_widget_text_widget_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_widget_text")),
        sa.UniqueConstraint("widget_id", name=op.f("uq_widget_text_widget_id")),
    )
    if is_sqlite:
        for statement in (_FTS5, *_TRIGGERS):
            op.execute(statement)
        op.execute("INSERT INTO widget_text (widget_id, text) SELECT id, search FROM widget")
    else:
        parts = "SELECT DISTINCT substr(search, at, 3) FROM generate_series(1, char_length(search) - 2) AS at"
        op.execute(f"INSERT INTO widget_text (widget_id, text) SELECT id, ARRAY({parts}) FROM widget")  # noqa: S608
        op.create_index("ix_widget_text_text", "widget_text", ["text"], postgresql_using="gin")


def downgrade() -> None:
    """Take the step back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE widget_text_index")
    op.drop_table("widget_text")
