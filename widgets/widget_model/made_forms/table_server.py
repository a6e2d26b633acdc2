"""The server module of a table's form: lists, checks, keeps and deletes rows."""

from collections.abc import Sequence

from widget_model.made_forms.columns import CHECKS, Keyed
from widget_model.made_forms.table_checks import CHECK_CODE
from widget_model.made_forms.text import entry, joined, quoted

_LABELS = ("string", "number", "date", "datetime", "bool")


def server_module(table: str, form: str, stem: str, columns: Sequence[Keyed]) -> str:
    """Return the module's text."""
    types = {one.type for one in columns}
    links = [one for one in columns if one.column.target is not None]
    parts = [
        _head(form, types),
        f"def table():\n    return app_tables.{table}",
        *(CHECK_CODE[check] for kind, check in CHECKS.items() if kind in types),
        _tables(columns, links),
        _listing(stem, columns, types),
        _saving(stem),
        *([_choices(stem)] if links else []),
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _head(form: str, types: set[str]) -> str:
    standard = (["import json"] if "simpleObject" in types else []) + _dates(types)
    own = ["import anvil"] if "media" in types else []
    own += ["import anvil.server"]
    own += ["import anvil.tables.query as q"] if "string" in types else []
    own += ["from anvil.tables import app_tables" + (", order_by" if types & set(_LABELS) else "")]
    said = [
        f"# Rows for the form {form}. Whatever is callable can be called by everybody who opens the",
        "# page, with anything: so what comes is checked here. To let only some people do it,",
        "# switch the Users service on and write @anvil.server.callable(require_user=True).",
        "",
        "# How many rows are shown at most.",
        "MOST = 500",
    ]
    return joined([*standard, *([""] if standard else []), *own, "", *said])


def _dates(types: set[str]) -> list[str]:
    names = [name for kind, name in (("date", "date"), ("datetime", "datetime")) if kind in types]
    return [f"from datetime import {', '.join(names)}"] if names else []


def _tables(columns: Sequence[Keyed], links: Sequence[Keyed]) -> str:
    lines = ["# By what the form calls them: the columns, and the checks of what is typed.", "COLUMNS = {"]
    for one in columns:
        lines += entry(one.key, (quoted(one.column.name), CHECKS[one.type]))
    lines += ["}"]
    if links:
        lines += ["# Links: the table that they lead to, and the column that its rows are called by.", "LINKS = {"]
        for one in links:
            label = "None" if one.column.label is None else quoted(one.column.label)
            lines += entry(one.key, (quoted(one.column.target or ""), label))
        lines += ["}"]
    return joined(lines)


def _listing(stem: str, columns: Sequence[Keyed], types: set[str]) -> str:
    """The functions that read."""
    ordered = next((one for kind in _LABELS for one in columns if one.type == kind), None)
    lines = ["@anvil.server.callable", f"def list_{stem}(words):"]
    order = ""
    if ordered is not None:
        lines += [f'    first, _ = COLUMNS["{ordered.key}"]', "    order = order_by(first)"]
        order = "order"
    if "string" in types:
        lines += ["    if words:", '        like = q.ilike("%" + str(words) + "%")']
        lines += ["        texts = [name for name, check in COLUMNS.values() if check is a_text]"]
        wanted = "q.any_of(**dict.fromkeys(texts, like))"
        lines += [f"        found = table().search({order}, {wanted})", "    else:"]
        lines += [f"        found = table().search({order})"]
    else:
        lines += [f"    found = table().search({order})"]
    lines += ["    return [shown(row) for row in found[:MOST]]", "", "", "def shown(row):"]
    lines += ["    values = {key: row[name] for key, (name, _) in COLUMNS.items()}"]
    lines += ['    values["id"] = row.get_id()']
    for one in columns:
        lines += _shown(one)
    lines += ["    return values"]
    return joined(lines)


def _shown(one: Keyed) -> list[str]:
    """The lines that make of a value what the form gets."""
    key = one.key
    match one.type:
        case "simpleObject":
            return [
                f'    value = values["{key}"]',
                "    if value is not None:",
                f'        values["{key}"] = json.dumps(value)',
            ]
        case "link_single":
            return [
                f'    linked = values["{key}"]',
                f'    values["{key}"] = linked and linked.get_id()',
                f'    called = name_of(linked, "{key}")',
                f'    values["{key}_shown"] = called',
            ]
        case "link_multiple":
            return [
                f'    linked = values["{key}"] or []',
                f'    values["{key}"] = [one.get_id() for one in linked]',
                f'    names = [name_of(one, "{key}") for one in linked]',
                f'    values["{key}_shown"] = ", ".join(names)',
            ]
    return []


def _saving(stem: str) -> str:
    return f"""\
@anvil.server.callable
def save_{stem}(values):
    # Returns what is wrong, "" for nothing. What is left out stays as it is.
    checked = {{}}
    for key, (name, check) in COLUMNS.items():
        if key in values:
            try:
                checked[name] = check(values[key], key)
            except ValueError as error:
                return f"{{name}}: {{error}}"
    if "id" not in values:
        table().add_row(**checked)
        return ""
    row = table().get_by_id(values["id"])
    if row is None:
        return "Somebody has deleted this row."
    row.update(**checked)
    return ""


@anvil.server.callable
def delete_{stem}(row_id):
    row = table().get_by_id(row_id)
    # Somebody else may have deleted it a moment ago.
    if row is not None:
        row.delete()
"""


def _choices(stem: str) -> str:
    return f"""\
@anvil.server.callable
def choices_{stem}():
    # What the links can lead to: text and id of each row.
    found = {{}}
    for key, (target, _) in LINKS.items():
        rows = getattr(app_tables, target).search()[:MOST]
        found[key] = sorted((name_of(row, key), row.get_id()) for row in rows)
    return found


def name_of(row, key):
    if row is None:
        return ""
    _, called = LINKS[key]
    return str(row[called]) if called else "Row " + row.get_id()
"""
