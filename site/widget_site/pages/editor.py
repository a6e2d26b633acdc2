"""The editor's page: it carries what its island starts with; all else goes over the JSON API and the live channel."""

from quart import Blueprint, make_response
from quart.typing import ResponseReturnValue

from widget_model.kinds import RUN, SERVES, Kind
from widget_site.accounts.visitor import csrf_token, signed_in
from widget_site.assets import asset
from widget_site.pages.headers import content_security_policy
from widget_site.pages.render import page, widget_url
from widget_site.parts import parts
from widget_site.store import drafts, revisions, trees, widgets

blueprint = Blueprint("editor", __name__)


@blueprint.get("/w/<slug>/edit")
async def edit(slug: str) -> ResponseReturnValue:
    """Show the editor to the widget's owner."""
    viewer = (await signed_in()).id
    store, settings = parts().store, parts().settings
    widget = await widgets.owned(store, slug, viewer, "edit it")
    latest = await revisions.get(store, slug, viewer, widget.revision)
    draft = await drafts.get(store, slug, viewer)
    data = {
        "slug": widget.slug,
        "title": widget.title,
        "kind": widget.kind,
        "visibility": widget.visibility,
        "engine": widget.client_engine,
        # A script is run, not called: what its owner passes on is its page.
        "url": widget_url(slug) if widget.kind in SERVES else f"{settings.site_url}/w/{slug}",
        "revision": latest.number,
        "files": await trees.files_of(store, latest.code),
        "saved_at_ms": latest.created_at * 1000,
        "draft": None
        if draft is None
        else {
            "files": draft.files,
            "base_revision": draft.base_revision,
            "version": draft.version,
            "saved_at_ms": draft.changed_at * 1000,
        },
        "csrf": await csrf_token(),
        "icons": asset("icons.svg"),
        "timeout_s": settings.script_timeout_s if widget.kind in RUN else settings.route_timeout_s,
    }
    response = await make_response(await page("editor.html", widget=widget, data=data))
    if widget.kind == Kind.GUI:
        # It runs beside its code, on its own origin.
        response.headers["Content-Security-Policy"] = content_security_policy(widget_url(slug).rstrip("/"))
    return response
