"""Alembic's environment: works on the connection, and in the transaction, that ``store.migrate`` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from widget_site.store.tables import ExactText, metadata


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what they are in the database: a migration must not change with our code."""
    return "sa.LargeBinary()" if kind == "type" and isinstance(item, ExactText) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
    compare_type=True,
    render_item=render_item,
)
context.run_migrations()
