"""What runs showed, on pages that work without scripts: verified pictures, tables and Markdown made safe, else text.

Where scripts run, ``run_output.ts`` puts charts and HTML in place of these.
"""

import json
import re
from typing import Any

import nh3
from markupsafe import Markup, escape

from widget_site.pages.ansi import plain
from widget_site.pages.prose import safe_markdown

_RASTER = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TABLE = {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "p", "b", "i", "em", "strong", "code"}
_SPANS = {"colspan", "rowspan"}
#: It heads nothing, and screen readers stumble over it.
_EMPTY_HEADING = re.compile(r"<th(?:\s[^<>]*)?>(?:\s|&nbsp;)*</th>")
_JSON_CHARS = 20_000
_SHOWN = Markup('<div class="shown" data-run="{}" data-shown="{}">{}</div>')
_PICTURE = Markup('<img class="shown-picture" src="{}" alt="{}"{} loading="lazy">')
_SAVE = Markup('<a class="button small shown-save" href="{}?download=1" download>Save picture</a>')
_TEXT = Markup('<div class="shown-text">{}</div>')
_BOX = Markup('<div class="shown-table" tabindex="0" role="group" aria-label="Table">{}</div>')
_GONE = "(Shown only where scripts run.)"


def shown_markup(data: dict[str, Any], run_id: str) -> Markup:
    """Return the data of a display event as markup for a page of its owner."""
    mime, blobs = data.get("mime") or {}, data.get("blobs") or {}
    text = plain(str(mime.get("text/plain", "")))
    best = _picture(blobs, run_id, text) or _safe(mime)
    inside = best or _TEXT.format(text or _GONE)
    note = _TEXT.format(data["note"]) if data.get("note") else ""
    return _SHOWN.format(run_id, json.dumps(data), inside + note)


def _picture(blobs: dict[str, Any], run_id: str, text: str) -> Markup:
    for kind in _RASTER:
        blob = blobs.get(kind)
        if blob is None:
            continue
        address = f"/api/v1/runs/{run_id}/files/{blob['file']}"
        size = Markup(' width="{}" height="{}"').format(blob["width"], blob["height"]) if "width" in blob else ""
        return _PICTURE.format(address, f"Picture: {text}" if text else "Picture", size) + _SAVE.format(address)
    return Markup()


def _safe(mime: dict[str, Any]) -> Markup:
    html, markdown = mime.get("text/html"), mime.get("text/markdown")
    if isinstance(html, str) and "<table" in html:
        html = _EMPTY_HEADING.sub("<td></td>", html)
        cells = nh3.clean(
            html,
            tags=_TABLE,
            attributes={"td": _SPANS, "th": _SPANS},
            clean_content_tags={"script", "style"},
            link_rel=None,
        )
        return _BOX.format(Markup(cells))  # noqa: S704  # sanitised to cells and text
    if isinstance(markdown, str):
        return Markup('<div class="prose shown-markdown">{}</div>').format(safe_markdown(markdown))
    if "application/json" in mime:
        words = json.dumps(mime["application/json"], indent=1, ensure_ascii=False)[:_JSON_CHARS]
        return _TEXT.format(escape(words))
    return Markup()
