"""Forms made of what is there: of a table for a GUI, or as a GUI of their own; of a script's arguments."""

from quart import Blueprint

from widget_model.files import FileContent
from widget_model.kinds import Kind
from widget_model.made_forms import FormColumn, form_name, script_app, table_app, table_form
from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api import made_form_models, models
from widget_site.api.form_views import form_of_widget
from widget_site.api.operation import operation
from widget_site.api.table_views import TABLE
from widget_site.api.widget_views import full
from widget_site.errors import BadRequestError, NotFoundError
from widget_site.parts import parts
from widget_site.store import trees, widgets
from widget_site.store.data.editing import Editing
from widget_site.store.data.labels import label_column
from widget_site.store.data.sharing import Sharing
from widget_site.store.data.values import Schema, TableInfo
from widget_site.store.values import Widget

blueprint = Blueprint("made_forms", __name__)


@blueprint.get(f"{TABLE}/form")
@operation(200, made_form_models.MadeForm, query=made_form_models.MadeFormQuery, errors=(404,))
async def get_table_form(slug: str, table: str, query: made_form_models.MadeFormQuery) -> made_form_models.MadeForm:
    """Make a form for a table: a list with search, and a dialog to add and change rows. Nothing is saved."""
    schema = await (await Editing.of(parts().store, slug, (await visitor()).id)).schema()
    info = _named(schema, table)
    name = query.name[:40] or form_name(info.name)
    try:
        made = table_form(info.name, info.title, _columns(schema, info), name)
    except ValueError as error:
        raise BadRequestError(str(error)) from error
    return made_form_models.MadeForm(name=name, files=made)


@blueprint.post(f"{TABLE}/form-widget")
@operation(201, models.WidgetFull, errors=(404,))
async def make_table_widget(slug: str, table: str) -> models.WidgetFull:
    """Make a private GUI with a form for a table; it uses the table, and those that it links to, where they are."""
    store = parts().store
    schema = await (await Editing.of(store, slug, (await visitor()).id)).schema()
    owner = await signed_in()
    info = _named(schema, table)
    targets = {one.target_id for one in info.columns} - {info.id}
    linked = [one for one in schema.tables.values() if one.id in targets]
    if any(one.home_id is not None for one in (info, *linked)):
        raise BadRequestError("The table, or one that it links to, lives in another widget: make the form there.")
    try:
        files: dict[str, FileContent] = dict(table_app(info.name, info.title, _columns(schema, info)))
    except ValueError as error:
        raise BadRequestError(str(error)) from error
    made = await widgets.create(store, owner, Kind.GUI, info.title, files, visibility="private")
    here, there = await Sharing.of(store, slug, owner.id), await Sharing.of(store, made.slug, owner.id)
    # Those that are linked to first: a link whose target is not there would be left out.
    for one in (*linked, info):
        await here.share(one.name, there, "", "none", "full")
    return await full(made)


@blueprint.post("/widgets/<slug>/form-widget")
@operation(201, models.WidgetFull, errors=(404,))
async def make_script_widget(slug: str) -> models.WidgetFull:
    """Make a private GUI whose page has the form of a script, and runs a copy of it."""
    store = parts().store
    widget = await widgets.owned(store, slug, (await visitor()).id, "make a GUI of it")
    owner = await signed_in()
    form = await form_of_widget(widget)
    if form is None or not form.fields:
        raise BadRequestError(_no_form(widget))
    files = script_app(widget.title, form, await trees.files_of(store, widget.code))
    return await full(await widgets.create(store, owner, Kind.GUI, widget.title, files, visibility="private"))


def _no_form(widget: Widget) -> str:
    if widget.kind == Kind.GUI:
        return "It is a GUI already: draw its forms in the editor."
    return "Its code tells of no arguments: give it a function main with parameters, or an argparse.ArgumentParser."


def _named(schema: Schema, name: str) -> TableInfo:
    for info in schema.tables.values():
        if info.name == name:
            return info
    raise NotFoundError(f"There is no table {name[:70]!r}.")


def _columns(schema: Schema, info: TableInfo) -> list[FormColumn]:
    """What the form shows: the server sends it to whoever opens the page, so nothing that clients never see."""
    found = []
    for one in info.columns:
        if one.client_hidden:
            continue
        target = schema.tables.get(one.target_id or 0)
        label = label_column(target) if target else None
        if target is not None or one.target_id is None:
            found.append(FormColumn(one.name, one.type, target.name if target else None, label.name if label else None))
    return found
