"""Uplinks of a widget over the JSON API: keys, who is connected, and letting one finish (features.md section 9)."""

import dataclasses

from quart import Blueprint
from redis.exceptions import RedisError

from widget_site.accounts.visitor import visitor
from widget_site.api import uplink_models
from widget_site.api.operation import operation
from widget_site.dispatch import AwayError
from widget_site.dispatch.redis_link import GONE
from widget_site.errors import NotFoundError
from widget_site.parts import parts
from widget_site.store import uplink_keys, widgets
from widget_site.uplink.handshake import new_key

blueprint = Blueprint("uplinks", __name__)


@blueprint.get("/widgets/<slug>/uplinks")
@operation(200, uplink_models.UplinksShown, errors=(404,))
async def get_uplinks(slug: str) -> uplink_models.UplinksShown:
    """List the keys for uplinks of a widget, and who is connected."""
    site, viewer = parts(), (await visitor()).id
    keys = await uplink_keys.listed(site.store, slug, viewer)
    widget = await widgets.owned(site.store, slug, viewer, "see its uplinks")
    connected = []
    for entry in site.uplinks.directory.of_widget(widget.id):
        fields = dataclasses.asdict(entry)
        connected.append(uplink_models.UplinkShown(**{**fields, "names": list(entry.names)}))
    shown = [uplink_models.UplinkKeyShown(**dataclasses.asdict(key)) for key in keys]
    return uplink_models.UplinksShown(keys=shown, connected=connected)


@blueprint.post("/widgets/<slug>/uplink-keys")
@operation(201, uplink_models.UplinkKeyMade, body=uplink_models.NewUplinkKey, errors=(404, 409))
async def create_uplink_key(slug: str, body: uplink_models.NewUplinkKey) -> uplink_models.UplinkKeyMade:
    """Make a key by which a program connects to a widget; it is shown this once."""
    key, key_hash = new_key(body.kind)
    made = await uplink_keys.add(parts().store, slug, (await visitor()).id, body.kind, key_hash)
    return uplink_models.UplinkKeyMade(**dataclasses.asdict(made), key=key, url=parts().settings.uplink_url)


@blueprint.delete("/widgets/<slug>/uplink-keys/<key_id>")
@operation(204, errors=(404,))
async def revoke_uplink_key(slug: str, key_id: str) -> None:
    """Revoke a key; whoever is connected by it is cut off within a second."""
    await uplink_keys.revoke(parts().store, slug, (await visitor()).id, key_id)


@blueprint.post("/widgets/<slug>/uplinks/<link_id>/drain")
@operation(204, errors=(404,))
async def drain_uplink(slug: str, link_id: str) -> None:
    """Let an uplink finish what it has and take no new calls; it stays connected."""
    site, viewer = parts(), (await visitor()).id
    widget = await widgets.owned(site.store, slug, viewer, "drain its uplinks")
    entry = site.uplinks.directory.get(link_id)
    if entry is None or entry.widget_id != widget.id:
        raise NotFoundError("This widget has no such uplink.")
    try:
        await site.uplinks.drain(entry)
    except (*GONE, RedisError) as error:
        raise AwayError from error
