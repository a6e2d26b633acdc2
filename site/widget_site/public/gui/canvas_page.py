"""The page that the designer draws forms on: with the libraries of a widget, and none of its code.

The widget's own forms and theme are told by the editor, as they are there at the moment.

It stands in a frame of the editor, sandboxed without an origin (decisions 17): it shares nothing with the widget's own
pages, runs no script but ours, and talks with nobody but the editor.
"""

import json
from html import escape
from typing import Any

from widget_site import assets
from widget_site.public.gui.bundles import Bundle
from widget_site.public.gui.page import SAFE_IN_HTML

_ENTRY, _STYLES = "design/design_page.ts", ("gui.css", "design_canvas.css")
_LIBRARIES = ("plotly.js",)


def canvas_html(bundle: Bundle, origin: str, site_url: str, query: str) -> str:
    """Return the page; ``query`` goes behind the addresses of a private widget's files."""
    whole: dict[str, Any] = json.loads(bundle.app)
    boot = {
        "package": whole["package"],
        "library": bundle.library_look,
        "dependencies": {name: {**one, "modules": {}} for name, one in whole["dependencies"].items()},
        "origin": origin,
        "query": query,
        "editor_origin": site_url,
    }
    return _html(boot, site_url)


def bare_canvas_html(site_url: str) -> str:
    """Return the page with nothing of any widget: for what our own pages draw."""
    library = {"colors": {}, "html": {}, "roles": [], "css": ""}
    boot = {"package": "docs", "library": library, "dependencies": {}, "origin": site_url, "query": ""}
    return _html({**boot, "editor_origin": site_url}, site_url)


def _html(boot: dict[str, Any], site_url: str) -> str:
    boot["assets"] = {name: site_url + assets.asset(name) for name in _LIBRARIES}
    styles = [site_url + assets.asset(name) for name in _STYLES]
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Canvas</title>",
        '<base href="/">',
        *(f'<link rel="stylesheet" href="{escape(one)}">' for one in styles),
        "</head>",
        '<body class="design">',
        '<main id="app"></main>',
        f'<script type="application/json" id="boot">{json.dumps(boot).translate(SAFE_IN_HTML)}</script>',
        f'<script type="module" crossorigin src="{site_url}{assets.asset(_ENTRY)}"></script>',
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def canvas_policy(origin: str, site_url: str) -> str:
    """Return the page's content security policy: no script but ours, no connection, in a frame of the site's alone."""
    return "; ".join(
        (
            "sandbox allow-scripts",
            "default-src 'none'",
            f"script-src {site_url}",
            f"style-src {origin} {site_url} https: 'unsafe-inline'",
            f"img-src {origin} {site_url} https: data: blob:",
            f"font-src {origin} {site_url} https: data:",
            f"base-uri {origin}",
            f"frame-ancestors {site_url}",
        )
    )
