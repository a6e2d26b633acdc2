"""How a widget's mail goes out (to the owner alone while it is tried, by which mail server), and whose it gets."""

import dataclasses
import json
from collections.abc import Callable

from sqlalchemy import select, update

from widget_site.errors import FormError
from widget_site.store import tables, widgets
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store
from widget_site.store.values import MailRoute

_R = tables.mail_route.c
_WHAT = "see and change its mail settings"
ENCRYPTIONS = ("", "starttls", "ssl")
ACCEPTS = ("", "all", "listed", "none")
MAX_SENDERS = 200
MAX_PASSWORD = 1000
#: What a password is encrypted as; no secret of a widget can have this name.
PASSWORD = "smtp password"  # noqa: S105  # a name

#: Widget id, name and value to what is kept.
Encrypt = Callable[[str, str, str], bytes]


async def of_widget(store: Store, slug: str, viewer: str | None) -> MailRoute:
    """Return how mail of the viewer's widget goes out and comes in."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT)
    return (await for_sending(store, widget.id))[0]


async def for_sending(store: Store, widget_id: str) -> tuple[MailRoute, bytes | None]:
    """Return how a widget's mail goes out and comes in, and the password as kept. Asks for no permission."""
    query = select(tables.mail_route).where(_R.widget_id == widget_id)
    async with store.database.reading() as db:
        row = (await db.execute(query)).first()
    if row is None:
        return MailRoute(), None
    server = (row.host, row.port, row.encryption, row.username, row.kept is not None)
    route = MailRoute(row.test_mode, *server, accepts=row.accepts, senders=tuple(json.loads(row.senders)))
    return route, None if row.kept is None else bytes(row.kept)


async def choose(
    store: Store, slug: str, viewer: str | None, wanted: MailRoute, password: str | None, encrypt: Encrypt
) -> MailRoute:
    """Have the mail of the viewer's widget go out like this from now on; FormError for what can't be.

    ``password``: a new one; "" for none; None for the one that is kept, which stays with its server and user alone.
    """
    wanted = _checked(wanted)
    if password is not None and len(password) > MAX_PASSWORD:
        raise FormError("password", f"A password has at most {MAX_PASSWORD} characters.")
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT, lock=True)
        before = (await db.execute(select(tables.mail_route).where(_R.widget_id == widget.id))).first()
        kept = None
        if password:
            kept = encrypt(widget.id, PASSWORD, password)
        elif password is None and before is not None and _is_same_server(before, wanted):
            kept = before.kept
        values = {
            "test_mode": wanted.test_mode,
            "host": wanted.host,
            "port": wanted.port,
            "encryption": wanted.encryption,
            "username": wanted.username,
            "kept": kept if wanted.host else None,
            "accepts": wanted.accepts,
            "senders": json.dumps(wanted.senders),
        }
        await db.execute(insert_unless_there(db, tables.mail_route).values(widget_id=widget.id, **values))
        await db.execute(update(tables.mail_route).where(_R.widget_id == widget.id).values(**values))
    return (await for_sending(store, widget.id))[0]


def _is_same_server(before: object, wanted: MailRoute) -> bool:
    """Whether a kept password may stay: it is shown to no other server, and to none in the clear that had it sealed."""
    named = [getattr(before, name) == getattr(wanted, name) for name in ("host", "port", "username", "encryption")]
    return all(named)


def _checked(wanted: MailRoute) -> MailRoute:
    host = wanted.host.strip().lower().rstrip(".")
    if len(host) > 253 or not host.isascii() or not all(one.isalnum() or one in "-._:" for one in host):
        raise FormError("host", "A mail server is a host name like smtp.example.com.")
    if not 0 < wanted.port < 65536:
        raise FormError("port", "A port is a number from 1 to 65535.")
    if wanted.encryption not in ENCRYPTIONS:
        raise FormError("encryption", "Encryption is starttls, ssl or empty for none.")
    if len(wanted.username) > 254 or not wanted.username.isprintable():
        raise FormError("username", "A user name has at most 254 characters that can be seen.")
    senders = _checked_senders(wanted)
    return dataclasses.replace(wanted, host=host, has_password=False, senders=senders)


def _checked_senders(wanted: MailRoute) -> tuple[str, ...]:
    if wanted.accepts not in ACCEPTS:
        raise FormError("accepts", "Mail is taken from all, from listed senders, from none, or by default (empty).")
    senders = tuple(dict.fromkeys(one.strip().lower() for one in wanted.senders if one.strip()))
    if len(senders) > MAX_SENDERS:
        raise FormError("senders", f"{MAX_SENDERS} senders at most: name whole domains, like @example.com.")
    for one in senders:
        _, at, domain = one.rpartition("@")
        if not at or not domain or len(one) > 254 or not one.isprintable() or " " in one:
            shown = one[:100]
            raise FormError("senders", f"A sender is an address, or a domain like @example.com; {shown!r} is neither.")
    if wanted.accepts == "listed" and not senders:
        raise FormError("senders", "Name at least one sender.")
    return senders
