"""The webhooks of a widget: added, tested, turned on again; and what was sent to them."""

import json
from typing import Any

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in
from widget_site.errors import SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import webhooks, widgets
from widget_site.store.values import Delivery, Widget
from widget_site.webhooks.signature import new_secret

blueprint = Blueprint("webhooks", __name__)

#: Deliveries of each webhook that the page shows.
_SHOWN = 20
EVENTS = {"failed": "Runs that fail", "all": "All runs (of requests only those that fail)"}


@blueprint.get("/w/<slug>/webhooks")
async def webhooks_page(slug: str) -> str:
    """Show the webhooks to the owner."""
    return await _page(await _owned(slug))


@blueprint.post("/w/<slug>/webhooks")
async def add_webhook(slug: str) -> ResponseReturnValue:
    """Add one and show its secret, this once."""
    widget, site = await _owned(slug), parts()
    form = await posted("url", "events", defaults={"events": "failed"})
    secret = new_secret()
    try:
        url = site.doorman.check_text(form.values["url"])
        made = await webhooks.add(
            site.store, slug, widget.owner_id, url, form.values["events"], secret, site.secret_box.encrypt
        )
    except SiteError as error:
        return await _page(widget, form.refuse(error)), form.status
    return await _page(widget, new_id=made.id, new_secret=secret)


@blueprint.post("/w/<slug>/webhooks/<webhook_id>/delete")
async def delete_webhook(slug: str, webhook_id: str) -> ResponseReturnValue:
    """Delete one."""
    widget = await _owned(slug)
    await webhooks.remove(parts().store, slug, widget.owner_id, webhook_id)
    return see_other(f"/w/{slug}/webhooks?done=webhook-deleted")


@blueprint.post("/w/<slug>/webhooks/<webhook_id>/turn-on")
async def turn_on(slug: str, webhook_id: str) -> ResponseReturnValue:
    """Let one go on that was turned off."""
    widget = await _owned(slug)
    await webhooks.turn_on(parts().store, slug, widget.owner_id, webhook_id)
    return see_other(f"/w/{slug}/webhooks?done=webhook-on")


@blueprint.post("/w/<slug>/webhooks/<webhook_id>/test")
async def send_test(slug: str, webhook_id: str) -> ResponseReturnValue:
    """Send a test."""
    widget = await _owned(slug)
    await webhooks.test(parts().store, slug, widget.owner_id, webhook_id)
    return see_other(f"/w/{slug}/webhooks?done=webhook-sent")


@blueprint.post("/w/<slug>/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver")
async def redeliver(slug: str, webhook_id: str, delivery_id: str) -> ResponseReturnValue:
    """Send a delivery again."""
    widget = await _owned(slug)
    await webhooks.redeliver(parts().store, slug, widget.owner_id, webhook_id, delivery_id)
    return see_other(f"/w/{slug}/webhooks?done=webhook-sent")


def words(one: Delivery) -> str:
    """Return what came of a delivery."""
    last = one.error or (f"answered {one.status}" if one.status is not None else "")
    if one.state == "done":
        return f"Taken: {last}"
    if one.state == "failed":
        return f"Given up: {last}"
    times = "once" if one.attempts == 1 else f"{one.attempts} times"
    return f"Tried {times}, and again later: {last}" if last else "Waiting"


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "see and change its webhooks")


async def _page(widget: Widget, form: Form | None = None, **new: str) -> str:
    shown: list[dict[str, Any]] = []
    for one, sent in await webhooks.with_newest(parts().store, widget.slug, widget.owner_id, _SHOWN):
        lines = [{"one": item, "words": words(item), "body": _body(item)} for item in sent]
        shown.append({"webhook": one, "deliveries": lines})
    return await page("webhooks.html", widget=widget, form=form or Form(), shown=shown, events=EVENTS, **new)


def _body(one: Delivery) -> str:
    return json.dumps(one.payload, indent=2, ensure_ascii=False)
