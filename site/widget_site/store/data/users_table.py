"""The Data Table whose rows are the users of a widget, with Anvil's columns (U-01). Plain functions of a Connection.

Its owner and the widget's code may add columns and change what is in it: nothing here takes a cell's form for granted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from widget_site.store.data import catalog, rows
from widget_site.store.data.queries import Query
from widget_site.store.data.values import DataError, NoSuchColumnError, Stored, TableInfo

#: Column and type, in the order of the editor.
COLUMNS: Mapping[str, str] = {
    "email": "string",
    "enabled": "bool",
    "signed_up": "datetime",
    "last_login": "datetime",
    "confirmed_email": "bool",
    "password_hash": "string",
    "n_password_failures": "number",
    "email_confirmation_key": "string",
    "remembered_logins": "simpleObject",
    "mfa": "simpleObject",
}
#: What no client ever sees of a user that it is handed.
HIDDEN = ("password_hash", "n_password_failures", "email_confirmation_key", "remembered_logins", "mfa")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class User:
    """A row of the table, as far as the service is concerned."""

    table_id: int
    row_id: int
    email: str
    enabled: bool
    confirmed_email: bool
    #: "" for who has no password.
    password_hash: str
    failures: int
    confirmation_key: str
    signed_up: datetime | None
    last_login: datetime | None
    #: ``{"login_time": ISO 8601, "token_hash": ...}`` each.
    remembered: tuple[dict[str, Any], ...]
    #: ``{"type": "totp", ...}`` each.
    mfa: tuple[dict[str, Any], ...]


def find(db: Connection, widget_id: str, name: str) -> TableInfo:
    """Return the table; DataError when there is none, or its addresses are no text."""
    for info in catalog.read(db, widget_id).tables.values():
        if info.name == name:
            _require_type(info, "email")
            return info
    raise DataError(f"The Users service keeps its users in the table '{name}', and this widget has no such table")


def ensure(db: Connection, widget_id: str, name: str) -> TableInfo:
    """Return the table with every column that the service needs, made now where one is missing; DataError."""
    tables = catalog.read(db, widget_id).tables.values()
    info = next((one for one in tables if one.name == name), None)
    if info is None:
        info = catalog.add_table(db, widget_id, name, name.capitalize())
    there = {column.name for column in info.columns}
    missing = [column for column in COLUMNS if column not in there]
    for column in missing:
        catalog.add_column(db, widget_id, info.id, column, COLUMNS[column], client_hidden=column in HIDDEN)
    for column in there & set(COLUMNS):
        _require_type(info, column)
    return catalog.read(db, widget_id).table(info.id) if missing else info


def _require_type(info: TableInfo, column: str) -> None:
    kind = info.column(column).type
    if kind != COLUMNS[column]:
        raise DataError(
            f"Column '{column}' of the table '{info.name}' is a {kind}; for users it is a {COLUMNS[column]}"
        )


def by_email(db: Connection, info: TableInfo, email: str, typed: str = "") -> User | None:
    """Return the user of an address in small letters, or as it was ``typed`` where rows were brought from elsewhere."""
    same: Query = ["any", *(["is", "email", one] for one in dict.fromkeys((email, typed or email)))]
    found = rows.page(db, info, [same], [], None, 1, _known(info)).rows
    return _user(info, *found[0]) if found else None


def by_id(db: Connection, info: TableInfo, row_id: int) -> User | None:
    """Return a user; None when the row is gone."""
    stored = rows.by_ids(db, info, [row_id], _known(info)).get(row_id)
    return None if stored is None else _user(info, row_id, stored)


def page(db: Connection, info: TableInfo, after: int, limit: int) -> tuple[list[User], bool]:
    """Return the next users by row, and whether there are more."""
    cursor = [after] if after else None
    found = rows.page(db, info, [], [], cursor, limit, _known(info))
    return [_user(info, *one) for one in found.rows], found.cursor is not None


def hold(db: Connection, info: TableInfo) -> None:
    """Let nobody else add users before this transaction ends: of two that sign up with one address, one has it."""
    if db.dialect.name != "sqlite":
        db.execute(text("SELECT pg_advisory_xact_lock(:space, :id)"), {"space": 0x75736572, "id": info.id % 2**31})


def add(db: Connection, info: TableInfo, **values: Any) -> int:
    """Add a user; return its row id."""
    return rows.add(db, info, [_stored(info, values)])[0]


def change(db: Connection, info: TableInfo, row_id: int, **values: Any) -> bool:
    """Set some cells of a user; False when the row is gone."""
    return rows.change(db, info, row_id, _stored(info, values))


def _known(info: TableInfo) -> list[Any]:
    return [column for column in info.columns if COLUMNS.get(column.name) == column.type]


def _stored(info: TableInfo, values: Mapping[str, Any]) -> Stored:
    made: Stored = {}
    for name, value in values.items():
        column = info.column(name)
        if isinstance(value, datetime):
            value = (value - _EPOCH) // _MICROSECOND
        elif column.type == "simpleObject" and value is not None:
            value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        made[column.id] = value
    return made


def _user(info: TableInfo, row_id: int, stored: Stored) -> User:
    def cell(name: str) -> Any:
        try:
            return stored.get(info.column(name).id)
        except NoSuchColumnError:
            return None

    return User(
        table_id=info.id,
        row_id=row_id,
        email=cell("email") or "",
        enabled=bool(cell("enabled")),
        confirmed_email=bool(cell("confirmed_email")),
        password_hash=cell("password_hash") or "",
        failures=int(cell("n_password_failures") or 0),
        confirmation_key=cell("email_confirmation_key") or "",
        signed_up=_moment(cell("signed_up")),
        last_login=_moment(cell("last_login")),
        remembered=_objects(cell("remembered_logins")),
        mfa=_objects(cell("mfa")),
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else _EPOCH + stored * _MICROSECOND


def _objects(stored: str | None) -> tuple[dict[str, Any], ...]:
    found = json.loads(stored) if stored else []
    return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
