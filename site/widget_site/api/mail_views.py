"""Mail that a widget's code sent and got, how it goes out and whose comes in: for its owner alone."""

import asyncio
import dataclasses

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import models
from widget_site.api.mail_models import (
    AttachedShown,
    LetterRead,
    Letters,
    LetterShown,
    MailSettings,
    NewMailSettings,
    TestSaid,
    TriedMail,
)
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.services.email import reading, testing
from widget_site.store import letters, mail_routes, widgets
from widget_site.store.values import Letter, MailRoute, Widget

# Addresses with two parameters name the kind of both: quart_schema misreads "<slug>/.../<letter_id>".
blueprint = Blueprint("mail", __name__)


@blueprint.get("/widgets/<slug>/mail")
@operation(200, Letters, query=models.ListQuery, errors=(404,))
async def list_mail(slug: str, query: models.ListQuery) -> Letters:
    """List what a widget's code sent with ``anvil.email.send`` and what came in for it, newest first."""
    viewer = (await visitor()).id
    page = await letters.listed(parts().store, slug, viewer, after=query.page, limit=query.limit)
    return Letters(items=[LetterShown(**_fields(one)) for one in page.items], next=page.next)


@blueprint.get("/widgets/<string:slug>/mail/<string:letter_id>")
@operation(200, LetterRead, errors=(404, 409))
async def read_mail(slug: str, letter_id: str) -> LetterRead:
    """Read one letter: its headers and texts, and what is attached."""
    letter, raw = await letters.one(parts().store, slug, (await visitor()).id, letter_id)
    read = await asyncio.to_thread(reading.read, raw)
    attached = [
        AttachedShown(name=one.name, content_type=one.content_type, size_bytes=len(one.content), cid=one.cid)
        for one in read.attached
    ]
    return LetterRead(**_fields(letter), headers=list(read.headers), text=read.text, html=read.html, attached=attached)


@blueprint.post("/widgets/<slug>/mail")
@operation(200, TestSaid, body=TriedMail, errors=(404, 409))
async def try_mail(slug: str, body: TriedMail) -> TestSaid:
    """Have a widget's code handle a message as if it had come by mail; tell what its sender would be answered."""
    widget, site = await _owned(slug), parts()
    return TestSaid(said=await testing.try_handler(site, widget, body.sender, body.subject, body.text))


@blueprint.get("/widgets/<slug>/mail-settings")
@operation(200, MailSettings, errors=(404,))
async def mail_settings(slug: str) -> MailSettings:
    """Show how a widget's mail goes out and whose comes in."""
    widget = await _owned(slug)
    return await _settings(widget, await mail_routes.of_widget(parts().store, slug, widget.owner_id))


@blueprint.put("/widgets/<slug>/mail-settings")
@operation(200, MailSettings, body=NewMailSettings, errors=(404,))
async def put_mail_settings(slug: str, body: NewMailSettings) -> MailSettings:
    """Set how a widget's mail goes out and whose comes in, from the next message on."""
    widget, site = await _owned(slug), parts()
    server = (body.host, body.port, body.encryption, body.username)
    wanted = MailRoute(body.test_mode, *server, accepts=body.accepts, senders=tuple(body.senders))
    made = await mail_routes.choose(site.store, slug, widget.owner_id, wanted, body.password, site.secret_box.encrypt)
    return await _settings(widget, made)


@blueprint.post("/widgets/<slug>/mail-settings/test")
@operation(200, TestSaid, errors=(404, 409))
async def test_mail_settings(slug: str) -> TestSaid:
    """Hand a message to the owner over to the mail server that is set, and tell what it said."""
    widget, site = await _owned(slug), parts()
    said = await testing.send_test(site.settings, site.store, site.limiter, site.secret_box, widget.id)
    return TestSaid(said=said)


async def _owned(slug: str) -> Widget:
    return await widgets.owned(parts().store, slug, (await visitor()).id, "see and change its mail settings")


async def _settings(widget: Widget, route: MailRoute) -> MailSettings:
    site = parts()
    used = await letters.used_this_month(site.store, widget.owner_id)
    fields = {**dataclasses.asdict(route), "senders": list(route.senders)}
    address = site.settings.mail_host_of(widget.slug)
    return MailSettings(**fields, address=address, month_used=used, month_most=site.settings.emails_per_month)


def _fields(letter: Letter) -> dict[str, object]:
    fields = dataclasses.asdict(letter)
    return {**fields, "recipients": list(letter.recipients)}
