"""A widget inside somebody else's page: what a stranger sees of it, where its owner allows that.

Nobody is asked who they are: no cookie is read or set, there is no form and no script of ours. A GUI
brings its page, an API the page that tries its routes, each from its own address; a script, which its owner alone runs,
says so.
"""

import html

from quart import Blueprint, Response, g, render_template

from widget_model.kinds import Kind
from widget_site.errors import NotFoundError
from widget_site.pages.headers import nonce
from widget_site.pages.prose import readme_html
from widget_site.pages.render import widget_url
from widget_site.parts import parts
from widget_site.responses import FRAMED
from widget_site.store import trees, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("embed", __name__)


def snippet(widget: Widget) -> str:
    """Return the HTML that shows a widget on any page."""
    source, title = html.escape(embed_url(widget)), html.escape(widget.title)
    return f'<iframe src="{source}" title="{title}" width="100%" height="480" loading="lazy"></iframe>'


def embed_url(widget: Widget) -> str:
    """Return the address that a frame shows."""
    return f"{parts().settings.site_url}/embed/{widget.slug}"


@blueprint.get("/embed/<slug>")
async def embed(slug: str) -> Response:
    """Show a widget to a frame; NotFoundError, never framed, where its owner or its visibility does not let it."""
    store = parts().store
    widget = await widgets.by_slug(store, slug, None)
    if not widget.embeddable:
        raise NotFoundError("The owner of this widget does not let other sites show it.")
    files = await trees.files_of(store, widget.code)
    origin = parts().settings.widget_origin(widget.slug)
    is_app = widget.kind == Kind.GUI
    tries = widget.kind == Kind.API and not widget.code_private
    text = await render_template(
        "embed.html",
        widget=widget,
        readme=await readme_html(files),
        url=widget_url(widget.slug),
        page=f"{parts().settings.site_url}/w/{widget.slug}",
        routes=f"{origin}/_/docs" if tries else "",
        app=f"{origin}/" if is_app else "",
    )
    setattr(g, FRAMED, True)
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(origin if tries or is_app else "'none'")
    # What a page shows may ask where a frame comes from; this one is for all.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _policy(frames: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'self' 'nonce-{nonce()}'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"frame-src {frames}",
            "form-action 'none'",
            "frame-ancestors *",
            "base-uri 'none'",
        )
    )
