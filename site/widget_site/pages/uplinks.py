"""The uplinks of a widget: keys for programs outside, and who is connected (K-01, K-19)."""

from quart import Blueprint
from quart.typing import ResponseReturnValue
from redis.exceptions import RedisError

from widget_site.accounts.visitor import signed_in
from widget_site.dispatch import AwayError
from widget_site.dispatch.redis_link import GONE
from widget_site.errors import NotFoundError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import uplink_keys, widgets
from widget_site.store.values import Widget
from widget_site.uplink.handshake import new_key

blueprint = Blueprint("uplink_pages", __name__)

_SERVER_CODE = """import anvil.server

@anvil.server.callable
def double(number):
    return 2 * number

anvil.server.connect(
    "{key}",
    url="{url}",
)
anvil.server.wait_forever()"""
_CLIENT_CODE = """import anvil.server

anvil.server.connect(
    "{key}",
    url="{url}",
)
print(anvil.server.call("a_function"))"""


@blueprint.get("/w/<slug>/uplinks")
async def uplinks_page(slug: str) -> str:
    """Show the keys and who is connected to the owner."""
    return await _page(await _owned(slug))


@blueprint.post("/w/<slug>/uplink-keys")
async def make_key(slug: str) -> ResponseReturnValue:
    """Make a key and show it, this once, in a program that connects by it."""
    widget = await _owned(slug)
    form = await posted("kind")
    kind = form.values["kind"]
    key, key_hash = new_key(kind)
    try:
        await uplink_keys.add(parts().store, slug, widget.owner_id, kind, key_hash)
    except SiteError as error:
        return await _page(widget, form.refuse(error)), form.status
    code = _SERVER_CODE if kind == uplink_keys.SERVER else _CLIENT_CODE
    return await _page(widget, program=code.format(key=key, url=parts().settings.uplink_url))


@blueprint.post("/w/<slug>/uplink-keys/<key_id>/revoke")
async def revoke_key(slug: str, key_id: str) -> ResponseReturnValue:
    """Revoke a key; whoever is connected by it is cut off within a second."""
    widget = await _owned(slug)
    await uplink_keys.revoke(parts().store, slug, widget.owner_id, key_id)
    return see_other(f"/w/{slug}/uplinks?done=key-revoked")


@blueprint.post("/w/<slug>/uplinks/<link_id>/drain")
async def drain(slug: str, link_id: str) -> ResponseReturnValue:
    """Let an uplink finish what it has and take no new calls."""
    widget = await _owned(slug)
    entry = parts().uplinks.directory.get(link_id)
    if entry is None or entry.widget_id != widget.id:
        raise NotFoundError("This widget has no such uplink any more.")
    try:
        await parts().uplinks.drain(entry)
    except (*GONE, RedisError) as error:
        raise AwayError from error
    return see_other(f"/w/{slug}/uplinks?done=drained")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "see and change its uplinks")


async def _page(widget: Widget, form: Form | None = None, program: str = "") -> str:
    return await page(
        "uplinks.html",
        widget=widget,
        form=form or Form(),
        program=program,
        keys=await uplink_keys.listed(parts().store, widget.slug, widget.owner_id),
        connected=sorted(parts().uplinks.directory.of_widget(widget.id), key=lambda entry: entry.since),
    )
