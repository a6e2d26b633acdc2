"""Zip files in forms: a new widget, or the draft of one. (The way out is a link to the API.)"""

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_model.kinds import Kind
from widget_site import transfer
from widget_site.accounts.visitor import require_form_token, signed_in, visitor
from widget_site.errors import ConflictError, SiteError
from widget_site.pages import new_widget, widget_settings
from widget_site.pages.forms import Form, posted
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import widgets

blueprint = Blueprint("transfer", __name__)


@blueprint.post("/new/import")
async def import_widget() -> ResponseReturnValue:
    """Make a widget of a zip file and open its editor."""
    await require_form_token()
    if (await visitor()).account is None:
        return see_other("/sign-in?next=/new")
    form = await posted("import_visibility", defaults={"import_visibility": "private"})
    # So that a problem with the file finds its field.
    form.values["file"] = ""
    try:
        archive = await transfer.read_upload()
        made = await transfer.make_widget(
            parts().store,
            await signed_in(),
            archive,
            title=await _file_title(),
            visibility=form.values["import_visibility"],
        )
    except SiteError as error:
        return await new_widget.show(Form(new_widget.START), form.refuse(error)), form.status
    # Of an app somebody first wants to see whether it works, and what is amiss.
    return see_other(f"/w/{made.slug}" if made.kind == Kind.GUI else f"/w/{made.slug}/edit")


@blueprint.post("/w/<slug>/import")
async def import_draft(slug: str) -> ResponseReturnValue:
    """Replace the draft of a widget with a zip file and open its editor, where it can be looked at and saved."""
    store, account = parts().store, await signed_in()
    widget = await widgets.owned(store, slug, account.id, "edit it")
    form = await posted("replace")
    form.values["file"] = ""
    try:
        archive = await transfer.read_upload()
        await transfer.replace_draft(store, slug, account.id, archive, replace=form.values["replace"] == "yes")
    except SiteError as error:
        form.refuse(error)
        form.values["ask"] = "yes" if isinstance(error, ConflictError) else ""
        return await widget_settings.show(widget, import_form=form), form.status
    return see_other(f"/w/{slug}/edit")


async def _file_title() -> str:
    """Return a title for files that say none: the name of the file."""
    sent = (await request.files).get("file")
    name = (sent.filename or "" if sent is not None else "").rpartition("/")[2]
    return name.removesuffix(".zip")[:200].strip()
