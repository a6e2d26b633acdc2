"""The secrets of a widget (D-25): set and deleted by its owner, shown to nobody."""

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in
from widget_site.errors import SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import secrets, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("secrets", __name__)


@blueprint.get("/w/<slug>/secrets")
async def secrets_page(slug: str) -> str:
    """Show the names to the owner."""
    return await _page(await _owned(slug), _blank())


@blueprint.post("/w/<slug>/secrets")
async def put_secret(slug: str) -> ResponseReturnValue:
    """Keep a secret, new or changed."""
    widget = await _owned(slug)
    form = await posted("name", "value")
    # A form sends line ends as CRLF, whatever was pasted.
    value = form.values["value"].replace("\r\n", "\n")
    site = parts()
    try:
        await secrets.put(site.store, slug, widget.owner_id, form.values["name"], value, site.secret_box.encrypt)
    except SiteError as error:
        return await _page(widget, form.refuse(error)), form.status
    return see_other(f"/w/{slug}/secrets?done=secret-kept")


@blueprint.post("/w/<slug>/secrets/key")
async def make_key(slug: str) -> ResponseReturnValue:
    """Make an encryption key: a secret that nobody knows."""
    widget = await _owned(slug)
    form = await posted("key_name")
    site = parts()
    try:
        await secrets.make_key(site.store, slug, widget.owner_id, form.values["key_name"], site.secret_box.encrypt)
    except SiteError as error:
        return await _page(widget, _blank(), form.refuse(error)), form.status
    return see_other(f"/w/{slug}/secrets?done=key-made")


@blueprint.post("/w/<slug>/secrets/<name>/delete")
async def delete_secret(slug: str, name: str) -> ResponseReturnValue:
    """Delete a secret."""
    widget = await _owned(slug)
    await secrets.remove(parts().store, slug, widget.owner_id, name)
    return see_other(f"/w/{slug}/secrets?done=secret-deleted")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "see and change its secrets")


def _blank() -> Form:
    return Form({"name": "", "value": ""})


async def _page(widget: Widget, form: Form, key_form: Form | None = None) -> str:
    names = await secrets.listed(parts().store, widget.slug, widget.owner_id)
    key_form = key_form or Form({"key_name": ""})
    return await page("secrets.html", widget=widget, form=form, key_form=key_form, secrets=names)
