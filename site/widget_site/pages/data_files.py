"""The data files of a widget (M-16), for its owner: listed, uploaded, deleted."""

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in
from widget_site.errors import FormError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import widgets
from widget_site.store.data.data_files import DataFiles
from widget_site.store.values import Widget

blueprint = Blueprint("data_file_pages", __name__)


@blueprint.get("/w/<slug>/files")
async def files_page(slug: str) -> str:
    """Show the files to the owner."""
    return await _page(await _owned(slug), Form({"folder": "", "file": ""}))


@blueprint.post("/w/<slug>/files")
async def upload(slug: str) -> ResponseReturnValue:
    """Keep the files that were chosen, each in place of one of its path."""
    widget = await _owned(slug)
    form = await posted("folder", "file")
    # Browsers send an empty one for a field that nothing was chosen for.
    sent = [one for one in (await request.files).getlist("file") if one.filename]
    folder = form.values["folder"].strip().strip("/")
    files = await DataFiles.of(parts().store, slug, widget.owner_id)
    try:
        if not sent:
            raise FormError("file", "Choose one or more files.")
        for one in sent:
            name = (one.filename or "").replace("\\", "/").rpartition("/")[2]
            await files.put(f"{folder}/{name}" if folder else name, one.read(), one.mimetype or "")
    except SiteError as error:
        return await _page(widget, form.refuse(error)), form.status
    return see_other(f"/w/{slug}/files?done=files-kept")


@blueprint.post("/w/<slug>/files/delete")
async def delete(slug: str) -> ResponseReturnValue:
    """Delete a file."""
    widget = await _owned(slug)
    form = await posted("path")
    await (await DataFiles.of(parts().store, slug, widget.owner_id)).remove(form.values["path"])
    return see_other(f"/w/{slug}/files?done=file-deleted")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "see and change its data files")


async def _page(widget: Widget, form: Form) -> str:
    files, problem = [], ""
    try:
        files = await (await DataFiles.of(parts().store, widget.slug, widget.owner_id)).listed()
    except SiteError as error:
        # A table of the widget's own has the name; a file that was sent says so itself.
        problem = "" if form.problem else str(error)
    return await page("data_files.html", widget=widget, form=form, files=files, problem=problem)
