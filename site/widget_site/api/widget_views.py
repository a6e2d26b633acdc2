"""Widgets: made, listed, read, changed, forked, deleted."""

import time
from typing import Any

from quart import Blueprint

from widget_model.files import Files
from widget_model.kinds import Kind
from widget_model.package_lists import PACKAGE_LISTS
from widget_model.requirements import REQUIREMENTS, lines_of, text_of
from widget_model.starters import starter
from widget_site import anvil_apps
from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api import models, shown
from widget_site.api.operation import operation
from widget_site.api.package_views import checked
from widget_site.errors import FormError
from widget_site.parts import parts
from widget_site.store import deleted, packages, permission, rules, schedules, trees, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("widgets", __name__)


@blueprint.post("/widgets")
@operation(201, models.WidgetFull, body=models.NewWidget)
async def create_widget(body: models.NewWidget) -> models.WidgetFull:
    """Make a widget; its public URL works at once."""
    owner = await signed_in()
    schedule = None if body.schedule is None else rules.schedule(body.schedule)
    files = body.files if body.files is not None else _starter(body.kind, body.starter or "")
    if body.starter is not None and (body.files is not None or body.kind != Kind.GUI):
        raise FormError("starter", "A starter is chosen for a new widget of kind gui, without files.")
    begin = PACKAGE_LISTS[body.packages].lines
    if body.requirements or begin:
        more = body.requirements if body.requirements is not None else lines_of(files)
        files = {**files, REQUIREMENTS: text_of(checked([*begin, *more]))}
    made = await widgets.create(
        parts().store,
        owner,
        body.kind,
        body.title,
        files,
        description=body.description,
        visibility=body.visibility,
        schedule=schedule,
        tags=body.tags or (),
    )
    if body.files is None and made.kind == Kind.GUI:
        await anvil_apps.furnish(parts().store, made, owner, dict(files))
    return await full(made)


@blueprint.get("/widgets")
@operation(200, models.Widgets, query=models.WidgetQuery, anybody=True)
async def list_widgets(query: models.WidgetQuery) -> models.Widgets:
    """List widgets, newest first: public ones and the caller's own, without their files."""
    site = parts()
    page = await widgets.listed(
        site.store,
        (await visitor()).id,
        search=query.q,
        kind=query.kind,
        owner=query.owner,
        after=query.page,
        limit=query.limit,
    )
    return models.Widgets(items=[shown.widget(one, site.settings) for one in page.items], next=page.next)


@blueprint.get("/widgets/<slug>")
@operation(200, models.WidgetFull, errors=(404,), anybody=True)
async def get_widget(slug: str) -> models.WidgetFull:
    """Read a widget with the files of its latest revision."""
    viewer = (await visitor()).id
    return await full(await widgets.by_slug(parts().store, slug, viewer))


@blueprint.patch("/widgets/<slug>")
@operation(200, models.WidgetFull, body=models.WidgetPatch, errors=(404, 409))
async def change_widget(slug: str, body: models.WidgetPatch) -> models.WidgetFull:
    """Change a widget's settings."""
    store, viewer = parts().store, (await visitor()).id
    await widgets.owned(store, slug, viewer, "change it")
    schedule = None if body.schedule is None else rules.schedule(body.schedule)
    changes = widgets.WidgetChanges(
        title=body.title,
        description=body.description,
        visibility=body.visibility,
        slug=body.slug,
        tags=body.tags,
        code_private=body.code_private,
        embeddable=body.embeddable,
        keep_server_running=body.keep_server_running,
        client_engine=body.client_engine,
    )
    if "schedule" in body.model_fields_set:
        await schedules.save(store, slug, viewer, schedule, time.time())
    return await full(await widgets.change(store, slug, viewer, changes))


@blueprint.delete("/widgets/<slug>")
@operation(204, errors=(404, 409))
async def delete_widget(slug: str) -> None:
    """Delete a widget: it can be restored for some days, then it goes with its history, runs and draft.

    Its name is never given to anybody else.
    """
    await deleted.discard(parts().store, slug, (await visitor()).id)


@blueprint.post("/widgets/<slug>/fork")
@operation(201, models.WidgetFull, errors=(404,))
async def fork_widget(slug: str) -> models.WidgetFull:
    """Copy a widget's latest files to a new one of the caller's own."""
    store, viewer = parts().store, (await visitor()).id
    await widgets.by_slug(store, slug, viewer)
    return await full(await widgets.fork(store, slug, await signed_in()))


async def full(widget: Widget) -> models.WidgetFull:
    """Show a widget to the caller, who may see it, with the files that they may read."""
    site = parts()
    may_read = permission.may_read_code(widget, (await visitor()).id)
    files = trees.readable(await trees.files_of(site.store, widget.code), may_read=may_read)
    if not may_read:
        # Its packages and what came of installing them are told by the code.
        return shown.widget_full(widget, files, None, await _schedule(widget), site.settings)
    wanted = await packages.get(site.store, widget.package_set_id)
    return shown.widget_full(widget, files, wanted, await _schedule(widget), site.settings)


async def _schedule(widget: Widget) -> dict[str, Any] | None:
    stored = await schedules.of_widget(parts().store, widget.id) if widget.kind == Kind.SCHEDULED else None
    return None if stored is None else stored.schedule.as_dict()


def _starter(kind: str, name: str) -> Files:
    try:
        return starter(Kind(kind), name)
    except (ValueError, KeyError):
        # A kind that does not exist: ``create`` refuses it by name. A starter that the kind has not: our caller does.
        return {}
