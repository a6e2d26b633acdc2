"""Runs that are looked for and counted, what they said as files, and how long they are kept; all for the owner."""

from quart import Blueprint

from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api import run_models
from widget_site.api.operation import Download, operation
from widget_site.api.output_files import json_lines, plain_text
from widget_site.api.run_views import show
from widget_site.parts import parts
from widget_site.store import retention, run_search, tallies, widgets
from widget_site.store.retention import Retention
from widget_site.store.run_search import Found, Wanted
from widget_site.store.tallies import Span

blueprint = Blueprint("run_log", __name__)

_CONDITIONS = ("trigger", "outcome", "status", "revision", "since", "until", "method", "path")


@blueprint.get("/widgets/<slug>/runs")
@operation(200, run_models.Runs, query=run_models.RunQuery, errors=(404,))
async def list_runs(slug: str, query: run_models.RunQuery) -> run_models.Runs:
    """List a widget's runs, requests and installs, newest first; for its owner."""
    viewer = (await visitor()).id
    page = await run_search.of_widget(
        parts().store, slug, viewer, wanted_of(query), after=query.page, limit=query.limit
    )
    return await _runs(page)


@blueprint.get("/runs")
@operation(200, run_models.Runs, query=run_models.RunQuery)
async def list_own_runs(query: run_models.RunQuery) -> run_models.Runs:
    """List the runs of all widgets of the account that asks."""
    owner = await signed_in()
    page = await run_search.of_account(parts().store, owner.id, wanted_of(query), after=query.page, limit=query.limit)
    return await _runs(page)


@blueprint.get("/widgets/<slug>/run-summary")
@operation(200, run_models.Summary, query=run_models.SummaryQuery, errors=(404,))
async def summarize_runs(slug: str, query: run_models.SummaryQuery) -> run_models.Summary:
    """Count a widget's runs and requests by hour or day, how they ended and how long they took; for its owner."""
    widget = await widgets.owned(parts().store, slug, (await visitor()).id, "see its runs")
    return _summary(await tallies.newest(parts().store, query.by, widget_id=widget.id))


@blueprint.get("/run-summary")
@operation(200, run_models.Summary, query=run_models.SummaryQuery)
async def summarize_own_runs(query: run_models.SummaryQuery) -> run_models.Summary:
    """Count the runs and requests of all widgets of the account that asks."""
    return _summary(await tallies.newest(parts().store, query.by, owner_id=(await signed_in()).id))


@blueprint.get("/runs/<run_id>/output.txt")
@operation(200, errors=(404,), download="text/plain")
async def get_output(run_id: str) -> Download:
    """Read what a run said as text, all of it; for its widget's owner."""
    return await plain_text(run_id, (await visitor()).id)


@blueprint.get("/runs/<run_id>/output.jsonl")
@operation(200, errors=(404,), download="application/jsonl")
async def get_output_lines(run_id: str) -> Download:
    """Read all events of a run, each a JSON object on a line of its own; for its widget's owner."""
    return await json_lines(run_id, (await visitor()).id)


@blueprint.get("/widgets/<slug>/retention")
@operation(200, run_models.RetentionShown, errors=(404,))
async def get_retention(slug: str) -> run_models.RetentionShown:
    """Read how long and how many runs a widget keeps; for its owner."""
    return _retention(await retention.of_widget(parts().store, slug, (await visitor()).id))


@blueprint.put("/widgets/<slug>/retention")
@operation(200, run_models.RetentionShown, body=run_models.RetentionBody, errors=(404,))
async def set_retention(slug: str, body: run_models.RetentionBody) -> run_models.RetentionShown:
    """Choose how long and how many runs a widget keeps; more are forgotten within an hour."""
    site = parts()
    wanted = Retention(body.days, body.runs)
    most = Retention(*site.settings.retention)
    chosen = await retention.choose(site.store, slug, (await visitor()).id, wanted, most)
    return _retention(chosen)


def wanted_of(query: run_models.RunQuery) -> Wanted:
    """Return what a query looks for."""
    low_high = None
    if query.http_status is not None:
        low_high = (int(query.http_status.replace("x", "0")), int(query.http_status.replace("x", "9")))
    return Wanted(**{name: getattr(query, name) for name in _CONDITIONS}, http_status=low_high, text=query.q)


async def _runs(page: Found) -> run_models.Runs:
    shown = [await show(run) for run in page.items]
    return run_models.Runs(items=shown, next=page.next, searched_to=page.searched_to)


def _summary(spans: list[Span]) -> run_models.Summary:
    return run_models.Summary(
        spans=[
            run_models.SpanShown(
                start=span.start,
                runs=span.runs,
                outcomes=dict(span.outcomes),
                p50_ms=_ms(span.p50_s),
                p95_ms=_ms(span.p95_s),
            )
            for span in spans
        ]
    )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, round(seconds * 1000))


def _retention(chosen: Retention) -> run_models.RetentionShown:
    site = parts().settings
    return run_models.RetentionShown(
        days=chosen.days, runs=chosen.runs, site_days=site.run_retention_days, site_runs=site.runs_kept_per_widget
    )
