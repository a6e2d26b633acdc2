"""Runs: started, listed, read, followed and stopped by the widget's owner alone."""

from typing import Any

from quart import Blueprint

from widget_model.forms.call import Call, ValueProblem, call_of
from widget_model.kinds import RUN
from widget_model.outcomes import Status
from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import visitor
from widget_site.api import run_models, shown
from widget_site.api.form_views import form_of_widget
from widget_site.api.operation import operation
from widget_site.dispatch.ports import Given
from widget_site.errors import BadRequestError, FormError
from widget_site.parts import parts
from widget_site.store import runs, widgets
from widget_site.store.values import Run, Widget

blueprint = Blueprint("runs", __name__)


@blueprint.post("/widgets/<slug>/runs")
@operation(202, run_models.RunShown, body=run_models.NewRun, errors=(404,), scope=Scope.RUN)
async def start_run(slug: str, body: run_models.NewRun) -> run_models.RunShown:
    """Run the latest revision of a script or scheduled task; only its owner may (W-06)."""
    site, viewer = parts(), (await visitor()).id
    widget = await widgets.owned(site.store, slug, viewer, "run it")
    if widget.kind not in RUN:
        url = site.settings.widget_origin(slug)
        raise BadRequestError(f"This is a widget of kind {widget.kind}, which is not run but called, at {url}")
    given = Given(tuple(body.args), await _call(widget, body.values), body.interactive)
    run_id = await site.dispatch.start_run(slug, given)
    return await show(await runs.get(site.store, run_id, viewer))


@blueprint.get("/runs/<run_id>")
@operation(200, run_models.RunShown, errors=(404,))
async def get_run(run_id: str) -> run_models.RunShown:
    """Read a run; for its widget's owner."""
    return await show(await runs.get(parts().store, run_id, (await visitor()).id))


@blueprint.get("/runs/<run_id>/events")
@operation(200, run_models.Events, query=run_models.EventsQuery, errors=(404,))
async def get_events(run_id: str, query: run_models.EventsQuery) -> run_models.Events:
    """Read what a run said after event number ``after``, also while it runs; for its widget's owner (decisions 18)."""
    site = parts()
    await runs.get(site.store, run_id, (await visitor()).id)
    page = await site.dispatch.events_after(run_id, query.after)
    return run_models.Events(events=[shown.event(event) for event in page.events], done=page.done)


@blueprint.post("/runs/<run_id>/stop")
@operation(202, run_models.RunShown, errors=(404, 409), scope=Scope.RUN)
async def stop_run(run_id: str) -> run_models.RunShown:
    """Stop a run that is queued or running; one that is finished stays as it is. A task on an uplink can't be: 409."""
    site, viewer = parts(), (await visitor()).id
    run = await runs.get(site.store, run_id, viewer)
    if run.status != Status.FINISHED:
        await site.dispatch.stop_run(run_id)
    return await show(await runs.get(site.store, run_id, viewer))


@blueprint.post("/runs/<run_id>/input")
@operation(204, body=run_models.InputLine, errors=(404, 409), scope=Scope.RUN)
async def answer_run(run_id: str, body: run_models.InputLine) -> None:
    """Answer what a run asks for with input(); of several answers the first wins, the others get 409.

    Only runs that were started as ``interactive`` ask; the question is an event of kind ``ask``.
    """
    site = parts()
    await runs.get(site.store, run_id, (await visitor()).id)
    await site.dispatch.answer(run_id, body.number, body.text)


async def _call(widget: Widget, values: dict[str, Any] | None) -> Call | None:
    """Return the call of the widget's main function with these values; None when there are none."""
    if values is None:
        return None
    form = await form_of_widget(widget)
    if form is None or form.kind != "signature":
        raise FormError("values", "This script has no main function to call with values; pass `args` instead.")
    try:
        return call_of(form, values)
    except ValueProblem as problem:
        raise FormError(problem.field, str(problem)) from problem


async def show(run: Run) -> run_models.RunShown:
    """Show a run as it is now: a row is written when a run is over, dispatch knows it before."""
    newer = None if run.status == Status.FINISHED else await parts().dispatch.status(run.id)
    return shown.run(run, newer)
