"""A README of a stranger, on our own origin (security.md): whatever is written, only harmless elements come out."""

import asyncio
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from widget_site.pages.prose import MAX_CHARS, safe_markdown, shown_markdown

ELEMENTS = set(
    "p br hr em strong del code pre blockquote ul ol li a h1 h2 h3 h4 h5 h6 table thead tbody tr th td".split()
)
ATTRIBUTES = {"href", "rel", "tabindex", "title"}

CORPUS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/a.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)//",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=//x.example/x.swf>",
    "<base href=//x.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//x.example/a.css>",
    "<style>@import '//x.example/a.css';</style>",
    "<form action=//x.example/><input name=password><button>Sign in</button></form>",
    "<a href='javas\tcript:alert(1)'>a</a>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<div style='position:fixed;inset:0'>over everything</div>",
    "<p id=csrf_token class=primary data-confirm=x data-copy=x>a</p>",
    "<template><script>alert(1)</script></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "[a](java&#10;script:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](  JaVaScRiPt:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](vbscript:msgbox(1))",
    "[a](file:///etc/passwd)",
    "[a](blob:https://x.example/1)",
    "[a](//x.example 'onclick=alert(1)')",
    '[a](https://x.example/"onmouseover="alert(1))',
    "[a](https://x.example/'><img src=x onerror=alert(1)>)",
    "[a]: javascript:alert(1)\n\n[a]",
    "<javascript:alert(1)>",
    '<https://x.example/"onclick=alert(1)>',
    "![a](https://x.example/track.png)",
    "![a](javascript:alert(1))",
    "![<img src=x onerror=alert(1)>](x)",
    "[![a](x onerror=alert(1))](javascript:alert(1))",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "```<script>alert(1)</script>\nx\n```",
    '```x" onmouseover="alert(1)\nx\n```',
    "    <script>alert(1)</script>",
    "|<script>alert(1)</script>|b|\n|-|-|\n|<img src=x onerror=alert(1)>|[a](javascript:x)|",
    "# <img src=x onerror=alert(1)>",
    "> <script>\n> alert(1)\n> </script>",
    "- <svg onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<script>alert(1)</script>",
    "\ufeff<script>alert(1)</script>",
    "\u202e[txet](javascript:alert(1))",
    "<h1 onclick=alert(1)>a</h1>",
    "<pre onclick=alert(1)>a</pre>",
]


class Reader(HTMLParser):
    """Notes what a browser would make of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize("text", CORPUS)
def test_only_harmless_elements_attributes_and_addresses_come_out(text: str) -> None:
    reader = Reader()
    reader.feed(safe_markdown(text))

    assert reader.elements <= ELEMENTS
    assert {name for name, _ in reader.attributes} <= ATTRIBUTES
    for name, value in reader.attributes:
        if name == "href":
            assert urlsplit(value.strip()).scheme in ("", "http", "https", "mailto")
        if name == "tabindex":
            assert value == "0"


@pytest.mark.parametrize("piece", ["[", "![[", "**_", "> ", "- ", "`", "<", "&", "|a", "[a](", "\\", "~~a "])
def test_a_text_made_to_be_slow_is_rendered_as_far_as_it_is_shown(piece: str) -> None:
    text = piece * (3 * MAX_CHARS // len(piece))

    assert safe_markdown(text) == safe_markdown(text[:MAX_CHARS])


async def test_others_are_served_while_a_slow_text_is_rendered() -> None:
    rendering = asyncio.create_task(shown_markdown("![[" * MAX_CHARS))
    turns = 0
    while not rendering.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 1
    assert "![[" in await rendering
