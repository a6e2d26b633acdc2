"""Who may call an API and how often: keys and limits, set by its owner (X-24)."""

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in
from widget_site.errors import FormError, NotFoundError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page, widget_url
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.public.door import new_key
from widget_site.store import api_access, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("access", __name__)

_OPEN, _KEYS = "open", "keys"


@blueprint.get("/w/<slug>/access")
async def access_page(slug: str) -> str:
    """Show the rules and the keys to the owner."""
    return await _page(await _owned(slug))


@blueprint.post("/w/<slug>/access")
async def save_rules(slug: str) -> ResponseReturnValue:
    """Keep the rules."""
    widget = await _owned(slug)
    form = await posted("who", "per_minute")
    try:
        keys_needed = form.values["who"] == _KEYS
        per_minute = _number(form.values["per_minute"])
        await api_access.change(parts().store, slug, widget.owner_id, keys_needed=keys_needed, per_minute=per_minute)
    except SiteError as error:
        return await _page(widget, form=form.refuse(error)), form.status
    return see_other(f"/w/{slug}/access?done=saved")


@blueprint.post("/w/<slug>/keys")
async def make_key(slug: str) -> ResponseReturnValue:
    """Make a key and show it, this once."""
    widget = await _owned(slug)
    form = await posted("name")
    key, key_hash = new_key()
    try:
        await api_access.add_key(parts().store, slug, widget.owner_id, form.values["name"], key_hash)
    except SiteError as error:
        return await _page(widget, key_form=form.refuse(error)), form.status
    return await _page(widget, new=key)


@blueprint.post("/w/<slug>/keys/<key_id>/revoke")
async def revoke_key(slug: str, key_id: str) -> ResponseReturnValue:
    """Revoke a key."""
    widget = await _owned(slug)
    await api_access.revoke_key(parts().store, slug, widget.owner_id, key_id)
    return see_other(f"/w/{slug}/access?done=key-revoked")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    widget = await widgets.owned(parts().store, slug, account.id, "change who may call it")
    if widget.kind != "api":
        raise NotFoundError(f"A widget of kind {widget.kind} takes no requests.")
    return widget


def _number(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise FormError("per_minute", "A whole number goes here, or nothing.")
    return int(text)


async def _page(widget: Widget, form: Form | None = None, key_form: Form | None = None, new: str = "") -> str:
    rules, keys = await api_access.of_widget(parts().store, widget.slug, widget.owner_id)
    if form is None:
        most = "" if rules.per_minute is None else str(rules.per_minute)
        form = Form({"who": _KEYS if rules.keys_needed else _OPEN, "per_minute": most})
    return await page(
        "access.html",
        widget=widget,
        form=form,
        key_form=key_form or Form(),
        keys=keys,
        keys_needed=rules.keys_needed,
        new_key=new,
        example=f"curl -H 'X-API-Key: wk_…' {widget_url(widget.slug)}",
    )
