"""Settings of a widget: title, description, tags, visibility, address, and its end."""

import re
from typing import Any

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_model.kinds import SERVES, Kind
from widget_site.accounts.visitor import signed_in
from widget_site.errors import FormError, SiteError
from widget_site.pages.embed import snippet
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import deleted, names, widgets
from widget_site.store.values import Widget
from widget_site.store.widgets import WidgetChanges

blueprint = Blueprint("widget_settings", __name__)

_TEXTS = ("title", "description", "visibility", "slug")
_FIELDS = (*_TEXTS, "tags", "code", "embed", "keep", "engine")
#: Who reads the code.
CODE = {"shown": "Who sees the widget, and forks it", "private": "Only you; nobody else forks it"}
#: Where it may be shown.
EMBED = {"off": "On this site only", "on": "In frames on pages of other sites, too"}
#: What serves its calls.
KEEP = {"off": "A new process for each call", "on": "One process that keeps running, and its globals with it"}

#: What runs client code.
ENGINE = {
    "full": "Pyodide: all of Python 3.14, about 5 MB on a first visit",
    "light": "Skulpt: about Python 3.7 in part, quick to start everywhere",
}


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
        changes = _changes(form.values)
        changed = await widgets.change(parts().store, slug, widget.owner_id, changes)
    except SiteError as error:
        return await show(widget, form.refuse(error)), form.status
    return see_other(f"/w/{changed.slug}/settings?done=saved")


@blueprint.post("/w/<slug>/delete")
async def delete(slug: str) -> ResponseReturnValue:
    """Put the widget into the bin when its address was typed."""
    widget = await _owned(slug)
    form = await posted("confirm")
    if form.values["confirm"].strip() != slug:
        form.problems["confirm"] = f"Type {slug} to delete it."
        return await show(widget, delete_form=form), 400
    await deleted.discard(parts().store, slug, widget.owner_id)
    return see_other("/deleted?done=deleted")


def _values(widget: Widget) -> dict[str, str]:
    return {
        **{name: getattr(widget, name) for name in _TEXTS},
        "tags": " ".join(widget.tags),
        "code": "private" if widget.code_private else "shown",
        "embed": "on" if widget.embeddable else "off",
        "keep": "on" if widget.keep_server_running else "off",
        "engine": widget.client_engine,
    }


def _changes(values: dict[str, str]) -> WidgetChanges:
    for name, choices in (("code", CODE), ("embed", EMBED), ("keep", KEEP), ("engine", ENGINE)):
        if values[name] not in choices:
            raise FormError(name, "Choose one of these.")
    texts: dict[str, Any] = {name: values[name] for name in _TEXTS}
    return WidgetChanges(
        **texts,
        tags=_tags(values["tags"]),
        code_private=values["code"] == "private",
        embeddable=values["embed"] == "on",
        keep_server_running=values["keep"] == "on",
        client_engine=values["engine"],
    )


def _tags(text: str) -> list[str]:
    """Return the tags that were typed, with blanks, commas or number signs between."""
    return [tag for tag in re.split(r"[\s,;#]+", text) if tag]


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "change its settings")


async def show(
    widget: Widget, form: Form | None = None, *, delete_form: Form | None = None, import_form: Form | None = None
) -> str:
    """Render the page with what was typed into one of its forms; the others show what is kept."""
    return await page(
        "widget_settings.html",
        widget=widget,
        form=form or Form(_values(widget)),
        code_choices=CODE,
        embed_choices=EMBED,
        keep_choices=KEEP if widget.kind in SERVES else None,
        engine_choices=ENGINE if widget.kind == Kind.GUI else None,
        embed_snippet=snippet(widget),
        delete_form=delete_form or Form(),
        old_names=await names.old_ones(parts().store, widget),
        deleted_days=parts().settings.deleted_days,
        import_form=import_form or Form(),
    )
