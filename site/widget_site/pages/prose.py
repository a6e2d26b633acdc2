"""Markdown of strangers as safe HTML: rendered without raw HTML, then sanitised to a short list of elements."""

import functools

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from widget_model.files import README, FileContent
from widget_site import study

#: A README larger than this is shown as far as this.
MAX_CHARS = 50_000
_TAGS = set("p br hr em strong del code pre blockquote ul ol li a h1 h2 h3 h4 h5 h6 table thead tbody tr th td".split())
_SCHEMES = {"http", "https", "mailto"}


@functools.cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


async def shown_markdown(text: str) -> Markup:
    """Return ``safe_markdown`` without holding up others: made to be slow, a text takes a second of a CPU."""
    return await study.read(_kept, text[:MAX_CHARS])


@functools.lru_cache(maxsize=200)
def _kept(text: str) -> Markup:
    return safe_markdown(text)


def safe_markdown(text: str) -> Markup:
    """Return Markdown as HTML that holds no script, no style, no image and no frame, and whose links say nofollow."""
    made = _renderer().render(text[:MAX_CHARS])
    # Headings go down one level: the page has an h1 of its own.
    clean = nh3.clean(
        made,
        tags=_TAGS,
        attributes={"a": {"href"}, "th": set(), "td": set()},
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer ugc",
        clean_content_tags={"script", "style"},
    )
    for level in (5, 4, 3, 2, 1):
        clean = clean.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    # A code block scrolls sideways, so the keyboard must reach it.
    clean = clean.replace("<pre>", '<pre tabindex="0">')
    return Markup(clean)  # noqa: S704  # sanitised above


async def readme_html(files: dict[str, FileContent]) -> str:
    """Return what README.md tells as safe HTML; "" without one."""
    text = files.get(README)
    return await shown_markdown(text) if isinstance(text, str) and text.strip() else ""
