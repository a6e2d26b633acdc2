"""Reporting a widget to the administrators: with an account or without, never shown to the widget's owner."""

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_site.accounts.rates import take_report
from widget_site.accounts.visitor import require_form_token, visitor
from widget_site.errors import SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import caller_address, see_other
from widget_site.pages.words import REPORT_REASONS
from widget_site.parts import parts
from widget_site.store import reports, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("report", __name__)


@blueprint.get("/w/<slug>/report")
async def report_page(slug: str) -> str:
    """Show the form."""
    return await _show(await _widget(slug), Form())


@blueprint.post("/w/<slug>/report")
async def report(slug: str) -> ResponseReturnValue:
    """Tell the administrators."""
    await require_form_token()
    widget = await _widget(slug)
    form = await posted("reason", "text")
    who = (await visitor()).id
    try:
        await take_report(parts().limiter, who, caller_address())
        await reports.add(parts().store, slug, who, form.values["reason"], form.values["text"])
    except SiteError as error:
        return await _show(widget, form.refuse(error)), form.status
    return see_other(f"/w/{widget.slug}?done=reported")


async def _widget(slug: str) -> Widget:
    return await widgets.by_slug(parts().store, slug, (await visitor()).id)


async def _show(widget: Widget, form: Form) -> str:
    return await page("report.html", widget=widget, form=form, reasons=REPORT_REASONS)
