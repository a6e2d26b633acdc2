"""The HTML of a GUI widget's page: titles and tags, the theme, what starts Python, and its owner's own head."""

import hashlib
import json
from dataclasses import dataclass
from html import escape
from typing import Any

from widget_site import assets
from widget_site.public.gui.bundles import Bundle
from widget_site.public.gui.opened import Opened

#: What of the build a page asks for: its own program, the engines, and what components load when they are first used.
_ENTRY, _STYLES = "page.ts", "gui.css"
_FOLDERS = ("engines/",)
_MORE = ("plotly.js",)
#: Engine → what its start loads one after the other, so that all of it is on its way at once: modules, and the rest
#: with what it is.
_MODULES = {
    "full": ("engines/full.ts", "engines/pyodide/pyodide.mjs", "engines/pyodide/pyodide.asm.mjs"),
    "light": ("engines/light.ts",),
}
_FETCHED = {"full": (("engines/library.zip", "fetch"),), "light": (("engines/skulpt.js", "script"),)}
#: For ``str.translate`` of JSON that stands in a page.
SAFE_IN_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True)
class PageOf:
    """Whose page it is, and where it is shown."""

    widget_id: str
    title: str
    description: str
    #: full | light
    engine: str
    origin: str
    site_url: str
    run_limit_ms: int
    #: What goes behind addresses of the page's own: "?_widgetry_preview=…" for its owner, or "".
    query: str = ""
    #: Whether pages of all sites may show it in a frame.
    embeddable: bool = False
    #: Set for a page that a route asked for.
    opened: Opened | None = None


def page_html(page: PageOf, bundle: Bundle) -> tuple[str, str]:
    """Return the page, and its version: another one whenever it, or anything that it fetches, is another."""
    said = bundle.manifest
    title, about = said.title or page.title, said.description or page.description
    logo = _address(said.logo)
    icon = logo or page.site_url + assets.asset("favicon.svg")
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f'<meta property="og:title" content="{escape(title)}">',
        '<meta property="og:type" content="website">',
        f'<meta property="og:url" content="{escape(page.origin)}/">',
        '<base href="/">',
    ]
    if about:
        short = escape(about[:500])
        head += [f'<meta name="description" content="{short}">', f'<meta property="og:description" content="{short}">']
    if page.opened is not None:
        head += [
            f'<meta {"property" if ":" in name else "name"}="{escape(name)}" content="{escape(content)}">'
            for name, content in page.opened.tags.items()
        ]
    head.append(f'<link rel="icon" href="{escape(icon)}">')
    if logo:
        absolute = logo if "://" in logo else f"{page.origin}{logo}"
        head.append(f'<meta property="og:image" content="{escape(absolute)}">')
    head.append(f'<link rel="stylesheet" href="{page.site_url}{assets.asset(_STYLES)}">')
    if "theme.css" in bundle.assets:
        head.append('<link rel="stylesheet" href="/_/theme/theme.css">')
    boot = json.dumps(_boot(page, bundle)).translate(SAFE_IN_HTML)
    body = ['<div id="app"></div>', f'<script type="application/json" id="boot">{boot}</script>']
    entry = f"{page.site_url}{assets.asset(_ENTRY)}"
    body.append(f'<script type="module" crossorigin src="{entry}"></script>')
    head += _preloads(page, bundle)
    body.append("<noscript>This app needs JavaScript.</noscript>")
    # The owner's own comes last: it may be anything.
    head.append(said.head_html)
    inside = "\n".join(["<head>", *head, "</head>", "<body>", *body, "</body>"])
    theme = sorted((name, asset.etag) for name, asset in bundle.assets.items())
    version = hashlib.sha256(f"{inside} {theme}".encode("utf-8", "replace")).hexdigest()[:32]
    return f'<!doctype html>\n<html lang="en" data-page="{version}">\n{inside}\n</html>\n', version


def _preloads(page: PageOf, bundle: Bundle) -> list[str]:
    """Return links to what the page loads in any case: what paints it first, then at leisure what makes it live."""
    site = page.site_url
    painting = [assets.asset(_ENTRY), *assets.preloads(_ENTRY)]
    modules = _MODULES[page.engine]
    starting = [one for name in modules for one in (assets.asset(name), *assets.preloads(name)) if one not in painting]
    late = 'fetchpriority="low" crossorigin'
    return [
        *(f'<link rel="modulepreload" crossorigin href="{site}{one}">' for one in painting),
        *(f'<link rel="modulepreload" {late} href="{site}{one}">' for one in dict.fromkeys(starting)),
        *(
            f'<link rel="preload" as="{kind}" {late} href="{site}{assets.asset(name)}">'
            for name, kind in _FETCHED[page.engine]
        ),
        f'<link rel="preload" as="fetch" {late} href="{escape(_app_address(page, bundle))}">',
    ]


def policy(page: PageOf) -> str:
    """Return the page's content security policy: its owner's libraries may come from any https host."""
    socket = page.origin.replace("http", "ws", 1)
    scripts = f"'self' {page.site_url} https: 'unsafe-inline' 'wasm-unsafe-eval'"
    if page.engine == "light":
        scripts += " 'unsafe-eval'"
    return "; ".join(
        (
            f"default-src 'self' {page.site_url} https: data: blob:",
            f"script-src {scripts}",
            f"style-src 'self' {page.site_url} https: 'unsafe-inline'",
            f"connect-src 'self' {socket} {page.site_url} https: wss: data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            f"frame-ancestors {'*' if page.embeddable else page.site_url}",
        )
    )


def _boot(page: PageOf, bundle: Bundle) -> dict[str, Any]:
    """Return the ``Boot`` of site/browser/src/gui/app.ts."""
    names = [one for one in assets.built() if one.startswith(_FOLDERS) or one in _MORE]
    boot: dict[str, Any] = {
        "engine": page.engine,
        "assets": {name: page.site_url + assets.asset(name) for name in names},
        "app": _app_address(page, bundle),
        "first": bundle.first if page.opened is None else page.opened.first(bundle),
        "app_info": {
            "id": page.widget_id,
            "branch": "master",
            "environment": {"name": "Published", "description": "Published", "tags": []},
        },
        "origin": page.origin,
        "api_origin": f"{page.origin}/_/api",
        "socket": f"/_/ws{page.query}",
        "call": f"/_/call{page.query}",
        "run_limit_ms": page.run_limit_ms,
    }
    if page.opened is not None:
        boot["page"] = page.opened.name
        boot["opens"] = page.opened.message
    if page.query:
        # Only its owner has what opens a private widget or a preview.
        boot["console_origin"] = page.site_url
    return boot


def _app_address(page: PageOf, bundle: Bundle) -> str:
    return f"/_/app/{bundle.digest}.json{page.query}"


def _address(logo: str) -> str:
    if logo.startswith("asset:"):
        return f"/_/theme/{logo.removeprefix('asset:')}"
    return logo if logo.startswith(("https://", "http://", "/_/theme/")) else ""
