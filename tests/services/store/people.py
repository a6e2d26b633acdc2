"""Accounts and widgets for tests of the store."""

from typing import Any

from widget_site.store import accounts, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget

CODE = {"main.py": "print('hello')\n", "README.md": "A test.\n"}


async def account(store: Store, name: str = "olive") -> Account:
    return await accounts.create(store, name, f"{name}@example.com", "no password")


async def widget(store: Store, owner: Account, **more: Any) -> Widget:
    fields = {"kind": "script", "title": "A test", "files": CODE, **more}
    return await widgets.create(store, owner, fields.pop("kind"), fields.pop("title"), fields.pop("files"), **fields)
