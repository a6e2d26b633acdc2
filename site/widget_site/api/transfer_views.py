"""Widgets as zip files: export, and import as a new widget or as a draft."""

from quart import Blueprint

from widget_model.kinds import Kind
from widget_site import anvil_apps, transfer
from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api import models, revision_models
from widget_site.api.operation import Download, operation
from widget_site.api.widget_views import full
from widget_site.parts import parts
from widget_site.store import permission, widgets

blueprint = Blueprint("transfer", __name__)


@blueprint.get("/widgets/<slug>/export")
@operation(200, download=transfer.ZIP, errors=(404,), anybody=True)
async def export_widget(slug: str) -> Download:
    """Read a widget as a zip file: its latest files, and ``.widgetry/widget.json`` with kind, title and the like.

    Never its secrets, runs or draft.
    """
    store = parts().store
    viewer = (await visitor()).id
    widget = await widgets.by_slug(store, slug, viewer)
    permission.require_code(widget, viewer)
    return Download(await transfer.export(store, widget), f"{widget.slug}.zip")


@blueprint.post("/widgets/import")
@operation(201, models.Imported, query=models.ImportQuery, upload=transfer.ZIP)
async def import_widget(query: models.ImportQuery) -> models.Imported:
    """Make a widget of a zip file, or of the files of a folder sent as a form; its schedule is paused.

    The tree of an Anvil app becomes a GUI widget with its tables, without rows.
    """
    owner = await signed_in()
    archive = await transfer.read_upload()
    made = await transfer.make_widget(
        parts().store, owner, archive, kind=query.kind or "", title=query.title, visibility=query.visibility
    )
    found = [
        models.FindingShown(file=path, line=0, text="A file can't be called so; it is left out.")
        for path in archive.left_out
    ]
    if made.kind == Kind.GUI:
        amiss = await anvil_apps.findings(parts().store, parts().libraries, made, archive.files, owner.id)
        found += [models.FindingShown(file=one.file, line=one.line, text=one.text) for one in amiss]
    return models.Imported(**(await full(made)).model_dump(), findings=found)


@blueprint.post("/widgets/<slug>/import")
@operation(200, revision_models.DraftSaved, query=models.ImportDraftQuery, upload=transfer.ZIP, errors=(404, 409))
async def import_draft(slug: str, query: models.ImportDraftQuery) -> revision_models.DraftSaved:
    """Replace the draft of a widget with the files of a zip file; they are served once the draft is saved.

    409 when there is a draft already; send ``replace_draft=true`` to replace it.
    """
    store, viewer = parts().store, (await visitor()).id
    await widgets.owned(store, slug, viewer, "edit it")
    archive = await transfer.read_upload()
    draft = await transfer.replace_draft(store, slug, viewer, archive, replace=query.replace_draft)
    return revision_models.DraftSaved(version=draft.version)
