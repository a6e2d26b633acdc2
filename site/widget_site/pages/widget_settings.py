"""Settings of a widget: title, description, tags, visibility, address, and its end."""

import re

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in
from widget_site.errors import SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import widgets
from widget_site.store.values import Widget
from widget_site.store.widgets import WidgetChanges

blueprint = Blueprint("widget_settings", __name__)

_TEXTS = ("title", "description", "visibility", "slug")
_FIELDS = (*_TEXTS, "tags")


@blueprint.get("/w/<slug>/settings")
async def settings(slug: str) -> str:
    """Show the settings to the owner."""
    return await show(await _owned(slug))


@blueprint.post("/w/<slug>/settings")
async def save_settings(slug: str) -> ResponseReturnValue:
    """Keep the settings; go to where the widget is then."""
    widget = await _owned(slug)
    form = await posted(*_FIELDS, defaults=_values(widget))
    try:
        texts = {name: form.values[name] for name in _TEXTS}
        changes = WidgetChanges(**texts, tags=_tags(form.values["tags"]))
        changed = await widgets.change(parts().store, slug, widget.owner_id, changes)
    except SiteError as error:
        return await show(widget, form.refuse(error)), form.status
    return see_other(f"/w/{changed.slug}/settings?done=saved")


@blueprint.post("/w/<slug>/delete")
async def delete(slug: str) -> ResponseReturnValue:
    """Delete the widget when its address was typed."""
    widget = await _owned(slug)
    form = await posted("confirm")
    if form.values["confirm"].strip() != slug:
        form.problems["confirm"] = f"Type {slug} to delete it."
        return await show(widget, delete_form=form), 400
    await widgets.remove(parts().store, slug, widget.owner_id)
    return see_other("/?done=deleted")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "change its settings")


def _values(widget: Widget) -> dict[str, str]:
    return {**{name: getattr(widget, name) for name in _TEXTS}, "tags": " ".join(widget.tags)}


def _tags(text: str) -> list[str]:
    """Return the tags that were typed, with blanks, commas or number signs between."""
    return [tag for tag in re.split(r"[\s,;#]+", text) if tag]


async def show(
    widget: Widget, form: Form | None = None, *, delete_form: Form | None = None, import_form: Form | None = None
) -> str:
    """Render the page with what was typed into one of its forms; the others show what is kept."""
    return await page(
        "widget_settings.html",
        widget=widget,
        form=form or Form(_values(widget)),
        delete_form=delete_form or Form(),
        import_form=import_form or Form(),
    )
