"""Telling the administrators what is wrong with a widget."""

from quart import Blueprint, request

from widget_site.accounts.rates import take_report
from widget_site.accounts.visitor import visitor
from widget_site.api import report_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import reports, widgets

blueprint = Blueprint("report_views", __name__)


@blueprint.post("/widgets/<slug>/reports")
@operation(204, body=report_models.NewReport, errors=(404,), anybody=True)
async def report_widget(slug: str, body: report_models.NewReport) -> None:
    """Report a widget to the administrators of the site. Its owner is not told who did, nor that anybody did."""
    site, who = parts(), (await visitor()).id
    await widgets.by_slug(site.store, slug, who)
    await take_report(site.limiter, who, request.remote_addr or "")
    await reports.add(site.store, slug, who, body.reason, body.text)
