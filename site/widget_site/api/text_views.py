"""Help with text that is being written: Markdown as the widget's page will show it."""

from pydantic import BaseModel, Field
from quart import Blueprint

from widget_site.accounts.rates import Rate
from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import signed_in
from widget_site.api.models import Body
from widget_site.api.operation import operation
from widget_site.pages.prose import MAX_CHARS, shown_markdown
from widget_site.parts import parts

blueprint = Blueprint("texts", __name__)

_MARKDOWN = Rate("markdown", 240, 60.0)


class MarkdownText(Body):
    """Markdown."""

    text: str = Field(max_length=1024 * 1024, description=f"The first {MAX_CHARS} characters are shown.")


class Html(BaseModel):
    """HTML that is safe to show."""

    html: str


@blueprint.post("/markdown")
@operation(200, Html, body=MarkdownText, scope=Scope.READ)
async def render_markdown(body: MarkdownText) -> Html:
    """Render Markdown as a widget's page does: no raw HTML, no scripts, no pictures."""
    account = await signed_in()
    await parts().limiter.take(_MARKDOWN, account.id)
    return Html(html=await shown_markdown(body.text))
