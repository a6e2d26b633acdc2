"""A widget's page: use it, read it, fork it."""

from typing import Any

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_model.files import MAIN, README, FileContent
from widget_model.kinds import RUN, Kind
from widget_model.outcomes import Trigger
from widget_model.starters import SHOWN
from widget_site import anvil_apps, study
from widget_site.accounts.visitor import csrf_token, require_form_token, signed_in, visitor
from widget_site.assets import asset
from widget_site.pages.code import code_files
from widget_site.pages.embed import snippet
from widget_site.pages.prose import readme_html
from widget_site.pages.render import page, widget_url
from widget_site.pages.replies import see_other
from widget_site.pages.routes import curl_lines
from widget_site.parts import parts
from widget_site.public.preview import ONCE_PARAM, PREVIEW_PARAM
from widget_site.store import permission, revisions, runs, schedules, stars, trees, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("widget", __name__)


@blueprint.get("/w/<slug>")
async def widget_page(slug: str) -> str:
    """Show the latest revision of a widget that the visitor may see."""
    viewer = (await visitor()).id
    widget = await widgets.by_slug(parts().store, slug, viewer)
    return await show(widget, viewer, widget.revision, widget.code)


@blueprint.get("/w/<slug>/revisions/<int:number>")
async def revision_page(slug: str, number: int) -> str:
    """Show an earlier revision of it."""
    viewer = (await visitor()).id
    store = parts().store
    widget = await widgets.by_slug(store, slug, viewer)
    revision = await revisions.get(store, slug, viewer, number)
    return await show(widget, viewer, revision.number, revision.code)


@blueprint.get("/w/<slug>/preview")
async def preview(slug: str) -> ResponseReturnValue:
    """Open the widget's own address as only its owner can while it is private."""
    viewer = (await signed_in()).id
    widget = await widgets.owned(parts().store, slug, viewer, "open it like that")
    token = await parts().previews.make(widget.id)
    return see_other(f"{widget_url(widget.slug)}?{PREVIEW_PARAM}={token}")


@blueprint.get("/w/<slug>/canvas")
async def canvas(slug: str) -> ResponseReturnValue:
    """Open the page that this widget's forms are drawn on, for a frame: of its owner's editor, of who compares."""
    viewer = (await visitor()).id
    widget = await widgets.by_slug(parts().store, slug, viewer)
    permission.require_code(widget, viewer)
    previews = parts().previews
    address = f"{widget_url(widget.slug)}_/canvas?{ONCE_PARAM}={await previews.make_once(widget.id)}"
    if widget.visibility == permission.PRIVATE and viewer == widget.owner_id:
        address += f"&{PREVIEW_PARAM}={await previews.make(widget.id)}"
    return see_other(address)


@blueprint.post("/w/<slug>/fork")
async def fork(slug: str) -> ResponseReturnValue:
    """Copy the widget for the visitor and open the copy's editor; who is not signed in does that first."""
    await require_form_token()
    account = (await visitor()).account
    if account is None:
        return see_other(f"/sign-in?next=/w/{slug}")
    made = await widgets.fork(parts().store, slug, account)
    return see_other(f"/w/{made.slug}/edit")


async def show(widget: Widget, viewer: str | None, number: int, code: str) -> str:
    """Render a widget's page with the files of one revision."""
    store = parts().store
    may_read = permission.may_read_code(widget, viewer)
    files = trees.readable(await trees.files_of(store, code), may_read=may_read)
    is_owner = viewer == widget.owner_id
    context: dict[str, Any] = {
        "widget": widget,
        "is_owner": is_owner,
        "is_starred": await stars.is_given(store, widget.id, viewer),
        "may_read": may_read,
        "embed_snippet": snippet(widget) if widget.embeddable and widget.visibility != permission.PRIVATE else "",
        "revision_number": number,
        "readme": await readme_html(files),
        "files": await study.read(code_files, files, sorted(files, key=_order)),
        "url": widget_url(widget.slug),
        "curls": await _curls(widget, files) if may_read else [],
        "route_timeout": parts().settings.route_timeout_s,
    }
    if widget.kind == Kind.GUI and is_owner and number == widget.revision:
        context["findings"] = await anvil_apps.findings(store, parts().libraries, widget, files, widget.owner_id)
    if widget.kind == Kind.SCHEDULED:
        context["schedule"] = await schedules.of_widget(store, widget.id)
    if is_owner and widget.kind in RUN and number == widget.revision:
        context["run_card"] = await _run_card(widget, files)
    if is_owner:
        newest = (await runs.listed(store, widget.slug, viewer, limit=10)).items
        context["last_run"] = next((run for run in newest if run.trigger != Trigger.INSTALL), None)
    return await page("widget.html", **context)


async def _curls(widget: Widget, files: dict[str, FileContent]) -> list[str]:
    return await study.read(curl_lines, files, widget_url(widget.slug)) if widget.kind == Kind.API else []


async def _run_card(widget: Widget, files: dict[str, FileContent]) -> dict[str, Any]:
    """Return what the island starts with that runs the widget from its page."""
    return {
        "slug": widget.slug,
        "revision": widget.revision,
        "csrf": await csrf_token(),
        "icons": asset("icons.svg"),
        "timeout_s": parts().settings.script_timeout_s,
        "files": sorted(files),
    }


def _order(path: str) -> tuple[int, str]:
    """What it begins with first, README last, the rest by name."""
    return (0 if path in (MAIN, SHOWN) else 2 if path == README else 1, path)
