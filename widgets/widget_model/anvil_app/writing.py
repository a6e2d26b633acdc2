"""An app's tree as it is given back: only what has changed is written anew, every other byte stays."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from widget_model.anvil_app.manifest import TableSpec

#: A part of a mapping at the top of a file: its first line, and all that are indented or empty or items of a list.
_PART = r"^{}:[^\n]*\n(?:(?:[ \t#\-][^\n]*)?\n)*"
_KEY = "db_schema"


def with_tables(text: str, tables: Sequence[TableSpec]) -> str:
    """Return ``anvil.yaml`` with these tables in place of those that it names."""
    said = {table.name: _table(table) for table in tables}
    part = yaml.safe_dump({_KEY: said}, allow_unicode=True, sort_keys=False, default_flow_style=False, width=1000)
    whole = text if text.endswith("\n") or not text else f"{text}\n"
    made, count = re.subn(_PART.format(_KEY), lambda _: part, whole, count=1, flags=re.MULTILINE)
    return made if count else whole + part


def _table(table: TableSpec) -> dict[str, Any]:
    columns: list[dict[str, Any]] = []
    for column in table.columns:
        shown: dict[str, Any] = {"admin_ui": {"order": len(columns), "width": 200}}
        shown |= {"name": column.name, "type": column.type}
        if column.target is not None:
            shown["target"] = column.target
        columns.append(shown)
    return {"client": table.client, "columns": columns, "server": table.server, "title": table.title}
