"""What people reported, as administrators see it: looked at, dismissed, or answered by taking the widget down."""

import logging

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import administrator
from widget_site.pages.forms import posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.pages.words import REPORT_REASONS
from widget_site.parts import parts
from widget_site.store import reports

log = logging.getLogger("widget_site.security")
blueprint = Blueprint("admin_reports", __name__)

_MAX_WHY = 1000


@blueprint.get("/admin/reports")
async def list_reports() -> str:
    """List the reports that wait, or those that were decided."""
    await administrator()
    is_open = request.args.get("only") != "decided"
    found = await reports.listed(parts().store, is_open=is_open, after=request.args.get("after"))
    return await page("admin_reports.html", found=found, is_open=is_open, reasons=REPORT_REASONS)


@blueprint.post("/admin/reports/<report_id>/dismiss")
async def dismiss(report_id: str) -> ResponseReturnValue:
    """Decide that nothing is wrong."""
    admin = await administrator()
    await reports.dismiss(parts().store, report_id, admin.id)
    log.warning("report %s is dismissed by %s", report_id, admin.id)
    return see_other("/admin/reports?done=report-dismissed")


@blueprint.post("/admin/reports/<report_id>/take-down")
async def take_down(report_id: str) -> ResponseReturnValue:
    """Take the reported widget down."""
    admin = await administrator()
    why = (await posted("reason")).values["reason"][:_MAX_WHY]
    slug = await reports.take_down(parts().store, report_id, admin.id, why)
    log.warning("widget %s is taken down by %s for report %s", slug, admin.id, report_id)
    return see_other("/admin/reports?done=taken-down")
