"""The documentation: Markdown files that are versioned with the site."""

import functools
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape
from quart import Blueprint, Response
from quart.typing import ResponseReturnValue

from widget_site import examples
from widget_site.errors import NotFoundError
from widget_site.pages.code import code_file
from widget_site.pages.component_docs import components
from widget_site.pages.render import page, widget_url
from widget_site.parts import parts
from widget_site.public.gui.canvas_page import bare_canvas_html, canvas_policy

blueprint = Blueprint("docs", __name__)

#: The widget that the pages call.
_EXAMPLE = "three-word-name"

#: Below a block of code that is a whole widget.
_OPEN = Markup('<p class="after-code"><a class="button small" href="/new?{}" aria-label="{}">Open as a widget</a></p>')


@dataclass(frozen=True)
class DocPage:
    """A page of the documentation."""

    name: str
    #: In the list of pages.
    short: str
    title: str

    @property
    def address(self) -> str:
        """Where it is."""
        return "/docs" if self.name == "tour" else f"/docs/{self.name}"


PAGES = (
    DocPage("tour", "Five-minute tour", "Five-minute tour"),
    DocPage("scripts", "Scripts", "Scripts"),
    DocPage("scheduled-tasks", "Scheduled tasks", "Scheduled tasks"),
    DocPage("http-apis", "HTTP APIs", "HTTP APIs"),
    DocPage("gui", "GUIs", "GUIs"),
    DocPage("components", "Components", "Components"),
    DocPage("code-api", "The code API", "The code API"),
    DocPage("server-functions", "Server functions", "Server functions"),
    DocPage("background-tasks", "Background tasks", "Background tasks"),
    DocPage("sessions", "Sessions and cookies", "Sessions and cookies"),
    DocPage("users", "Users", "Users of a widget"),
    DocPage("editor", "The editor", "The editor"),
    DocPage("packages", "Packages", "Packages"),
    DocPage("rich-output", "Tables, pictures, files", "Tables, pictures, charts and files"),
    DocPage("runs", "Runs and logs", "Runs and logs"),
    DocPage("history", "History", "History and forks"),
    DocPage("gallery", "Finding widgets", "Finding widgets"),
    DocPage("sharing", "Sharing", "Sharing"),
    DocPage("accounts", "Accounts", "Accounts and messages"),
    DocPage("store", "Values that last", "Values that last"),
    DocPage("media", "Media and files", "Media and files"),
    DocPage("secrets", "Secrets", "Secrets"),
    DocPage("email", "E-mail", "E-mail"),
    DocPage("integrations", "Google, Microsoft …", "Google, Microsoft, Facebook, Stripe"),
    DocPage("data-tables", "Data Tables", "Data Tables"),
    DocPage("limits", "Limits and security", "Limits and security"),
    DocPage("webhooks", "Webhooks", "Webhooks"),
    DocPage("json-api", "JSON API", "The JSON API"),
    DocPage("cli", "Command line", "The command line"),
    DocPage("self-hosting", "Self-hosting", "Run your own"),
    DocPage("administration", "Administration", "Administration"),
    DocPage("settings", "Settings", "Settings"),
    DocPage("gui-features", "What GUIs can do", "What GUIs can do"),
    DocPage("tested-features", "What is tested", "What is tested"),
    DocPage("glossary", "Words", "The words of Widgetry"),
)


@blueprint.get("/docs")
async def tour() -> str:
    """Show the first page."""
    return await _show("tour")


@blueprint.get("/docs/canvas")
async def canvas() -> ResponseReturnValue:
    """Show the page that examples of components are drawn on: nothing of a widget, in a sandbox without an origin."""
    site_url = parts().settings.site_url
    policy = {"Content-Security-Policy": canvas_policy(site_url, site_url)}
    return Response(bare_canvas_html(site_url), mimetype="text/html", headers=policy)


@blueprint.get("/docs/<name>")
async def doc(name: str) -> str:
    """Show a page of the documentation."""
    return await _show(name)


async def _show(name: str) -> str:
    found = next((item for item in PAGES if item.name == name), None)
    if found is None:
        raise NotFoundError("There is no such page in the documentation.")
    text = _with_our_addresses(body(name))
    # Not kept with the page's own text: it comes with the browser's files.
    made = components() if name == "components" else Markup("")
    return await page("docs.html", doc=found, pages=PAGES, body=text + made)


def _with_our_addresses(text: Markup) -> Markup:
    """Put this site's addresses where the pages name those of `ops/up`, so that what is copied works here."""
    example = widget_url(_EXAMPLE).removesuffix("/")
    html = str(text).replace(f"http://{_EXAMPLE}.localhost:8000", str(escape(example)))
    site = str(escape(parts().settings.site_url))
    html = html.replace("--site http://localhost:8000", f"--site {site}")
    return Markup(html.replace("http://localhost:8000/api/", f"{site}/api/"))  # noqa: S704  # our own text


@functools.cache
def body(name: str) -> Markup:
    """Return a page's text as HTML; these files are ours, so raw HTML in them stays."""
    text = (examples.DOCS / f"{name}.md").read_text()
    renderer = MarkdownIt("commonmark", {"highlight": _highlight}).enable("table")
    renderer.add_render_rule("fence", _fence)
    html = renderer.render(text, {"page": name})
    html = html.replace("<pre>", '<pre class="hl" tabindex="0">').replace(
        "<table>", '<div class="scroll-x" tabindex="0"><table>'
    )
    return Markup(html.replace("</table>", "</table></div>"))  # noqa: S704  # our own text


def _fence(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: MutableMapping[str, Any]
) -> str:
    """Return a block of code, with a link below it when it is an example that opens as a widget."""
    html: str = renderer.fence(tokens, at, options, env)
    example = examples.of_fence(env["page"], tokens[at].info, tokens[at].content)
    if example is None:
        return html
    return html + str(_OPEN.format(urlencode({"example": example.name}), f"Open as a widget: {example.title}"))


def _highlight(code: str, language: str, _attributes: str) -> str:
    if language != "python":
        return ""
    return str(Markup("\n").join(code_file("example.py", code).lines))
