"""Credentials of widgets' services as they are kept: what may be shown beside what is encrypted (G-89).

The encrypted part is a dict of texts, which also holds what a service has got for its owner (a token for files of his).
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.providers import PROVIDERS, CredentialError, checked
from widget_site.errors import ConflictError, FormError, NotFoundError
from widget_site.secret_box import SecretBox, UnreadableSecretError
from widget_site.store import tables, widgets
from widget_site.store.store import Store

_C = tables.service_credential.c
WHAT = "see and change its services"
UNREADABLE = "What is kept of this service can't be decrypted on this site. Enter its credentials again."


@dataclass(frozen=True)
class Shown:
    """What an owner sees of a service that he has set up."""

    service: str
    #: What was given and is no secret; for Google also ``app_files`` and ``connected``.
    values: Mapping[str, Any]
    #: The names of the secrets that there are.
    secrets: frozenset[str]
    changed_at: float


@dataclass(frozen=True)
class Credentials:
    """All that there is of a service of a widget."""

    widget_id: str
    shown: Mapping[str, Any]
    kept: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        """Return a credential; "" for one that was not given."""
        return self.kept.get(name) or str(self.shown.get(name) or "")


async def listed(store: Store, slug: str, viewer: str | None) -> dict[str, Shown]:
    """Return what the viewer's widget has, by service."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, WHAT)
        rows = (await db.execute(select(_C.service, _C.shown, _C.changed_at).where(_C.widget_id == widget.id))).all()
    found = {}
    for service, shown, changed_at in rows:
        values = json.loads(shown)
        found[service] = Shown(service, values, frozenset(values.pop("secrets", ())), changed_at)
    return found


async def put(
    store: Store, box: SecretBox, slug: str, viewer: str | None, service: str, given: Mapping[str, str]
) -> None:
    """Set credentials of a service of the viewer's widget; FormError for what can't be, NotFoundError.

    Secrets that are not given stay, unless the client id is another one: that has a secret and connections of its own.
    """
    provider = PROVIDERS.get(service)
    if provider is None:
        raise NotFoundError(f"There is no service of that name; there are {', '.join(PROVIDERS)}.")
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, WHAT, lock=True)
        before = await _read(db, box, widget.id, service, anyway=True) or Credentials(widget.id, {}, {})
        known = {one.name: before[one.name] for one in provider.fields}
        shown, kept = dict(before.shown), dict(before.kept)
        if known.get("client_id") and given.get("client_id", known["client_id"]).strip() != known["client_id"]:
            # What there is was given to the other one.
            shown, kept = {"app_files": shown.get("app_files", [])}, {}
            known = {name: value for name, value in known.items() if name not in provider.secrets}
        try:
            made = checked(provider, given, known)
        except CredentialError as error:
            raise FormError(error.name, str(error)) from error
        for one in provider.fields:
            (kept if one.is_secret else shown)[one.name] = made.get(one.name, "")
        await _write(db, box, service, Credentials(widget.id, shown, kept))


async def change(
    store: Store,
    box: SecretBox,
    slug: str,
    viewer: str | None,
    service: str,
    changed: Callable[[Credentials], Credentials],
) -> None:
    """Change what a service of the viewer's widget has; NotFoundError for none, ConflictError for unreadable."""
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, WHAT, lock=True)
        try:
            before = await _read(db, box, widget.id, service)
        except UnreadableSecretError as error:
            raise ConflictError(UNREADABLE) from error
        if before is None:
            raise NotFoundError("This service is not set up.")
        await _write(db, box, service, changed(before))


async def remove(store: Store, slug: str, viewer: str | None, service: str) -> None:
    """Forget all credentials of a service of the viewer's widget; NotFoundError when there are none."""
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, WHAT, lock=True)
        gone = delete(tables.service_credential).where(_C.widget_id == widget.id, _C.service == service[:20])
        if (await db.execute(gone)).rowcount == 0:
            raise NotFoundError("This service is not set up.")


async def read(store: Store, box: SecretBox, widget_id: str, service: str) -> Credentials | None:
    """Return what a widget has of a service; None for nothing. Asks for no permission.

    UnreadableSecretError when no key of the site opens it.
    """
    async with store.database.reading() as db:
        return await _read(db, box, widget_id, service)


async def _read(
    db: AsyncConnection, box: SecretBox, widget_id: str, service: str, *, anyway: bool = False
) -> Credentials | None:
    """Read one; ``anyway`` takes what can't be decrypted for nothing, so that it can be given anew."""
    query = select(_C.shown, _C.kept).where(_C.widget_id == widget_id, _C.service == service)
    row = (await db.execute(query)).first()
    if row is None:
        return None
    shown = json.loads(row.shown)
    shown.pop("secrets", None)
    try:
        kept = json.loads(box.decrypt(widget_id, _name(service), bytes(row.kept)))
    except UnreadableSecretError:
        if not anyway:
            raise
        kept = {}
    return Credentials(widget_id, shown, kept)


async def _write(db: AsyncConnection, box: SecretBox, service: str, made: Credentials) -> None:
    kept = {name: value for name, value in made.kept.items() if value}
    values = {
        "shown": json.dumps({**made.shown, "secrets": sorted(kept)}),
        "kept": box.encrypt(made.widget_id, _name(service), json.dumps(kept)),
        "changed_at": time.time(),
    }
    mine = (_C.widget_id == made.widget_id, _C.service == service)
    if (await db.execute(update(tables.service_credential).where(*mine).values(**values))).rowcount == 0:
        row = {"widget_id": made.widget_id, "service": service, **values}
        await db.execute(insert(tables.service_credential).values(row))


def _name(service: str) -> str:
    return f"service {service}"
