"""Webhooks of a widget: for its owner alone."""

import dataclasses

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import models
from widget_site.api.operation import operation
from widget_site.api.webhook_models import (
    Deliveries,
    DeliveryShown,
    NewWebhook,
    WebhookMade,
    Webhooks,
    WebhookShown,
)
from widget_site.parts import parts
from widget_site.store import webhooks, widgets
from widget_site.store.values import Delivery, Webhook
from widget_site.webhooks.signature import new_secret

# Addresses with two parameters name the kind of both: quart_schema misreads "<slug>/.../<webhook_id>".
blueprint = Blueprint("webhooks", __name__)

_ONE = "/widgets/<string:slug>/webhooks/<string:webhook_id>"


@blueprint.get("/widgets/<slug>/webhooks")
@operation(200, Webhooks, errors=(404,))
async def list_webhooks(slug: str) -> Webhooks:
    """List the addresses that are told when runs of a widget end."""
    found = await webhooks.listed(parts().store, slug, (await visitor()).id)
    return Webhooks(items=[_webhook(one) for one in found])


@blueprint.post("/widgets/<slug>/webhooks")
@operation(201, WebhookMade, body=NewWebhook, errors=(404, 409))
async def add_webhook(slug: str, body: NewWebhook) -> WebhookMade:
    """Tell an address of runs that end; the secret that signs is shown this once."""
    site, viewer = parts(), (await visitor()).id
    await widgets.owned(site.store, slug, viewer, "see and change its webhooks")
    url, secret = site.doorman.check_text(body.url), new_secret()
    made = await webhooks.add(site.store, slug, viewer, url, body.events, secret, site.secret_box.encrypt)
    return WebhookMade(**_webhook(made).model_dump(), secret=secret)


@blueprint.delete(_ONE)
@operation(204, errors=(404,))
async def delete_webhook(slug: str, webhook_id: str) -> None:
    """Delete a webhook; what waits for it is not sent."""
    await webhooks.remove(parts().store, slug, (await visitor()).id, webhook_id)


@blueprint.post(f"{_ONE}/turn-on")
@operation(200, WebhookShown, errors=(404,))
async def turn_on_webhook(slug: str, webhook_id: str) -> WebhookShown:
    """Let a webhook go on that was turned off for its failures."""
    return _webhook(await webhooks.turn_on(parts().store, slug, (await visitor()).id, webhook_id))


@blueprint.post(f"{_ONE}/test")
@operation(202, DeliveryShown, errors=(404, 409))
async def test_webhook(slug: str, webhook_id: str) -> DeliveryShown:
    """Send a delivery of type ``test``."""
    return _delivery(await webhooks.test(parts().store, slug, (await visitor()).id, webhook_id))


@blueprint.get(f"{_ONE}/deliveries")
@operation(200, Deliveries, query=models.ListQuery, errors=(404,))
async def list_deliveries(slug: str, webhook_id: str, query: models.ListQuery) -> Deliveries:
    """List what was and will be sent to a webhook, newest first."""
    viewer = (await visitor()).id
    page = await webhooks.sent(parts().store, slug, viewer, webhook_id, after=query.page, limit=query.limit)
    return Deliveries(items=[_delivery(one) for one in page.items], next=page.next)


@blueprint.post(f"{_ONE}/deliveries/<string:delivery_id>/redeliver")
@operation(202, DeliveryShown, errors=(404, 409))
async def redeliver(slug: str, webhook_id: str, delivery_id: str) -> DeliveryShown:
    """Send a delivery again, with the same id; one that waits is sent now."""
    viewer = (await visitor()).id
    return _delivery(await webhooks.redeliver(parts().store, slug, viewer, webhook_id, delivery_id))


def _webhook(one: Webhook) -> WebhookShown:
    fields = dataclasses.asdict(one)
    del fields["gave_up"]
    return WebhookShown.model_validate(fields)


def _delivery(one: Delivery) -> DeliveryShown:
    return DeliveryShown.model_validate(dataclasses.asdict(one))
