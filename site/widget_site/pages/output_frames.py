"""Documents for sandboxed frames: what runs show as HTML, and charts.

They are static and hold nothing of anybody: the page around them posts in what to show. The policy that comes with
them makes them of no origin even when they are opened by themselves, and lets nothing in them speak with any host.
"""

from quart import Blueprint, Response

from widget_site.assets import asset
from widget_site.parts import parts

blueprint = Blueprint("output_frames", __name__)

_DOCUMENT = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<link rel="stylesheet" href="{style}"></head><body><div id="shown" class="{kind}"></div>{scripts}</body></html>'
)


@blueprint.get("/frames/output")
async def output_frame() -> Response:
    """Answer the document that shows HTML; its scripts run there, without a way out."""
    scripts = [asset("html_frame.ts")]
    return _frame("Output of a run", "html", scripts, "'unsafe-inline' 'unsafe-eval'")


@blueprint.get("/frames/figure")
async def figure_frame() -> Response:
    """Answer the document that draws figures of plotly."""
    return _frame("Chart", "figure", [asset("plotly.js"), asset("figure_frame.ts")], "")


def _frame(title: str, kind: str, scripts: list[str], more: str) -> Response:
    site, style = parts().settings.site_url, asset("frame.css")
    tags = "".join(f'<script src="{script}"></script>' for script in scripts)
    response = Response(
        _DOCUMENT.format(title=title, style=style, kind=kind, scripts=tags), content_type="text/html; charset=utf-8"
    )
    sources = " ".join([*(f"{site}{script}" for script in scripts), more]).strip()
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "sandbox allow-scripts",
            "default-src 'none'",
            f"script-src {sources}",
            f"style-src {site}{style} 'unsafe-inline'",
            "img-src data: blob:",
            "font-src data:",
            "media-src data: blob:",
            "connect-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {site}",
        )
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
