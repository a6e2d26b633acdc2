"""The mail of a widget: what its code sent and got, one letter, and how mail goes out and comes in. For its owner."""

import asyncio
from urllib.parse import quote

from quart import Blueprint, Response, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in
from widget_site.errors import NotFoundError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.services.email import reading, testing
from widget_site.store import letters, mail_routes, widgets
from widget_site.store.values import MailRoute, Widget

blueprint = Blueprint("mail", __name__)

STATES = {
    "waiting": "on its way",
    "sent": "sent",
    "failed": "not sent",
    "kept": "kept here: this site sends no mail",
    "handled": "handled",
    "refused": "refused",
    "put_off": "put off",
}
ENCRYPTIONS = {"starttls": "STARTTLS (port 587)", "ssl": "TLS from the start (port 465)", "": "None"}
ACCEPTS = {
    "": "Everybody, but nobody while the widget is private",
    "all": "Everybody",
    "listed": "Only these senders",
    "none": "Nobody",
}
_FIELDS = ("test_mode", "host", "port", "encryption", "username", "password", "accepts", "senders")
_TRIED = ("sender", "subject", "text")
#: What somebody's HTML may do in its frame: show itself. No scripts, no requests, no links that lead anywhere.
_INERT = "; ".join(
    ("sandbox", "default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "font-src data:", "base-uri 'none'")
)


@blueprint.get("/w/<slug>/mail")
async def mail_page(slug: str) -> str:
    """Show what was sent and what came in, newest first."""
    return await _list(await _owned(slug), Form({"sender": "", "subject": "A test", "text": "Hello."}))


@blueprint.post("/w/<slug>/mail")
async def try_mail(slug: str) -> ResponseReturnValue:
    """Have the widget's code handle a message, now, and show what its sender would be answered."""
    widget = await _owned(slug)
    form = await posted(*_TRIED)
    values = form.values
    try:
        said = await testing.try_handler(parts(), widget, values["sender"], values["subject"], values["text"])
    except SiteError as error:
        return await _list(widget, form.refuse(error)), form.status
    return await _list(widget, form, said)


@blueprint.get("/w/<slug>/mail/settings")
async def settings_page(slug: str) -> str:
    """Show how mail goes out."""
    widget = await _owned(slug)
    return await _settings(widget, _form_of(await mail_routes.of_widget(parts().store, slug, widget.owner_id)))


@blueprint.post("/w/<slug>/mail/settings")
async def change_settings(slug: str) -> ResponseReturnValue:
    """Change how mail goes out."""
    widget, site = await _owned(slug), parts()
    form = await posted(*_FIELDS)
    # An empty field leaves the password as it is.
    given = form.values["password"] or None
    try:
        wanted = _route_of(form)
        await mail_routes.choose(site.store, slug, widget.owner_id, wanted, given, site.secret_box.encrypt)
    except SiteError as error:
        return await _settings(widget, form.refuse(error)), form.status
    return see_other(f"/w/{slug}/mail/settings?done=mail-settings")


@blueprint.post("/w/<slug>/mail/settings/test")
async def send_test(slug: str) -> ResponseReturnValue:
    """Hand a test to the mail server that is set, now, and show what it said."""
    widget, site = await _owned(slug), parts()
    route = await mail_routes.of_widget(site.store, slug, widget.owner_id)
    try:
        said = await testing.send_test(site.settings, site.store, site.limiter, site.secret_box, widget.id)
    except SiteError as error:
        form = _form_of(route).refuse(error)
        return await _settings(widget, form), form.status
    return await _settings(widget, _form_of(route), said)


@blueprint.get("/w/<slug>/mail/<letter_id>")
async def letter_page(slug: str, letter_id: str) -> str:
    """Show one letter."""
    widget = await _owned(slug)
    letter, raw = await letters.one(parts().store, slug, widget.owner_id, letter_id)
    read = await asyncio.to_thread(reading.read, raw)
    return await page("letter.html", widget=widget, letter=letter, read=read, states=STATES)


@blueprint.get("/w/<slug>/mail/<letter_id>/html")
async def letter_html(slug: str, letter_id: str) -> Response:
    """Answer the HTML of a letter for a frame, in which nothing of it does anything."""
    read = await _read(slug, letter_id)
    response = Response(read.html_with_pictures(), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{_INERT}; frame-ancestors {parts().settings.site_url}"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/w/<slug>/mail/<letter_id>/source")
async def letter_source(slug: str, letter_id: str) -> Response:
    """Answer the whole message as it goes out."""
    widget = await _owned(slug)
    _, raw = await letters.one(parts().store, slug, widget.owner_id, letter_id)
    return _download(raw, f"{letter_id}.eml")


@blueprint.get("/w/<slug>/mail/<letter_id>/attached/<int:number>")
async def attached(slug: str, letter_id: str, number: int) -> Response:
    """Answer something attached, counted from 1, as a file to save."""
    read = await _read(slug, letter_id)
    if not 0 < number <= len(read.attached):
        raise NotFoundError("Nothing with this number is attached.")
    one = read.attached[number - 1]
    return _download(one.content, one.name)


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "see its mail")


async def _read(slug: str, letter_id: str) -> reading.Read:
    widget = await _owned(slug)
    _, raw = await letters.one(parts().store, slug, widget.owner_id, letter_id)
    return await asyncio.to_thread(reading.read, raw)


def _download(content: bytes, name: str) -> Response:
    # Never its own type: who opens it opens a file of their own, not a page of this site.
    response = Response(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name[:100], safe='')}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _form_of(route: MailRoute) -> Form:
    return Form(
        {
            "test_mode": "yes" if route.test_mode else "",
            "host": route.host,
            "port": str(route.port),
            "encryption": route.encryption,
            "username": route.username,
            "password": "",
            "accepts": route.accepts,
            "senders": "\n".join(route.senders),
        }
    )


def _route_of(form: Form) -> MailRoute:
    values = form.values
    port = (
        int(values["port"]) if values["port"].isascii() and values["port"].isdigit() and len(values["port"]) < 6 else 0
    )
    server = (values["host"], port, values["encryption"], values["username"])
    senders = tuple(values["senders"].replace(",", "\n").split("\n"))
    return MailRoute(values["test_mode"] == "yes", *server, accepts=values["accepts"], senders=senders)


async def _list(widget: Widget, form: Form, said: str = "") -> str:
    site = parts()
    return await page(
        "mail.html",
        widget=widget,
        shown=await letters.listed(site.store, widget.slug, widget.owner_id, after=request.args.get("after")),
        states=STATES,
        route=await mail_routes.of_widget(site.store, widget.slug, widget.owner_id),
        used=await letters.used_this_month(site.store, widget.owner_id),
        settings=site.settings,
        domain=site.settings.mail_host_of(widget.slug),
        form=form,
        said=said,
    )


async def _settings(widget: Widget, form: Form, said: str = "") -> str:
    route = await mail_routes.of_widget(parts().store, widget.slug, widget.owner_id)
    settings = parts().settings
    return await page(
        "mail_settings.html",
        widget=widget,
        form=form,
        route=route,
        encryptions=ENCRYPTIONS,
        accepts=ACCEPTS,
        said=said,
        settings=settings,
        domain=settings.mail_host_of(widget.slug),
    )
