"""What word searches find widgets by (``word_search.py``)."""

from typing import Any

from sqlalchemy import Column, Dialect, ForeignKey, Integer, Table, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from widget_site.store.tables.base import ID, metadata


def trigrams(text: str) -> list[str]:
    """Return every three letters in a row that a text has, each once."""
    return sorted({text[at : at + 3] for at in range(len(text) - 2)})


class Searched(TypeDecorator[str]):
    """Text for an index of trigrams: as it is for SQLite, whose FTS5 splits it; split for Postgres. Never read."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Split on the way in, where the database does not."""
        return value if value is None or dialect.name == "sqlite" else trigrams(value)


#: A widget's text, as ``widget.search``, in a table that changes with the text alone. Its index is the database's own,
#: made by the migration: ``widget_text_index`` (FTS5), or ``ix_widget_text_text`` (GIN).
widget_text = Table(
    "widget_text",
    metadata,
    # The name of its row in FTS5.
    Column("number", Integer, primary_key=True),
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("text", Searched, nullable=False),
)
