"""Trying out a widget's public address from our own pages: requests sent for somebody, and links to a private one."""

import base64
import binascii
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from quart import Blueprint, request

from widget_site.accounts.rates import Rate
from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api.models import Body
from widget_site.api.operation import operation
from widget_site.errors import FormError
from widget_site.parts import parts
from widget_site.public import trial
from widget_site.public.preview import PREVIEW_HEADER, PREVIEW_PARAM, TTL_S
from widget_site.store import widgets

blueprint = Blueprint("trials", __name__)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
#: Requests that one account sends from our pages in a minute.
MOST_PER_MINUTE = 240
#: Over what the code itself may take: a place in the queue, and the parts of a long answer.
_MORE_S = 20.0
_MAX_HEADERS = 50
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")
_TARGET = re.compile(r"/[\x21-\x7e]*\Z")

Pair = Annotated[list[str], Field(min_length=2, max_length=2)]


class TrialRequest(Body):
    """A request to send."""

    method: Method = "GET"
    target: str = Field("/", max_length=8192, description="Path and query, encoded as in a URL.")
    headers: list[Pair] = Field(default=[], max_length=_MAX_HEADERS, description="Pairs of name and value.")
    body: str = Field("", max_length=6 * 1024 * 1024, description="The body as base64.")


class TrialAnswer(BaseModel):
    """What the widget answered."""

    status: int
    headers: list[list[str]]
    body: str = Field(description="As base64; at most 2 MB of it.")
    size_bytes: int
    is_whole: bool = Field(description="False when more came, or was to come, than is here.")
    duration_ms: float


class Preview(BaseModel):
    """How a private widget can be opened for a while."""

    url: str
    header: str = Field(description="Name of the header that takes the token, for programs.")
    token: str
    valid_s: int


@blueprint.post("/widgets/<slug>/requests")
@operation(200, TrialAnswer, body=TrialRequest, errors=(404,), scope=Scope.RUN)
async def try_request(slug: str, body: TrialRequest) -> TrialAnswer:
    """Send a request to a widget's public address and answer what it says, also for your own private widget."""
    site = parts()
    widget = await widgets.by_slug(site.store, slug, (await visitor()).id)
    account = await signed_in()
    await site.limiter.take(Rate("trial", MOST_PER_MINUTE, 60.0), account.id)
    token = await site.previews.make(widget.id) if widget.visibility == "private" else None
    host = urlsplit(site.settings.widget_origin(slug)).netloc
    answer = await trial.send(
        site.public, slug, host, _checked(body), token=token, timeout_s=site.settings.route_timeout_s + _MORE_S
    )
    return TrialAnswer(
        status=answer.status,
        headers=[[name, value] for name, value in answer.headers],
        body=base64.b64encode(answer.body).decode(),
        size_bytes=answer.size_bytes,
        is_whole=answer.is_whole,
        duration_ms=answer.duration_ms,
    )


@blueprint.post("/widgets/<slug>/preview")
@operation(200, Preview, errors=(404,))
async def make_preview(slug: str) -> Preview:
    """Make a link by which anybody who has it sees your private widget for 15 minutes."""
    site = parts()
    widget = await widgets.owned(site.store, slug, (await visitor()).id, "make a link to it")
    token = await site.previews.make(widget.id)
    url = f"{site.settings.widget_origin(slug)}/?{PREVIEW_PARAM}={token}"
    return Preview(url=url, header=PREVIEW_HEADER, token=token, valid_s=TTL_S)


def _checked(body: TrialRequest) -> trial.Trial:
    if not _TARGET.match(body.target) or "#" in body.target:
        raise FormError("target", "A path begins with / and is encoded as in a URL.")
    for name, value in body.headers:
        if not _NAME.match(name) or not _VALUE.match(value):
            raise FormError("headers", f"The header {name[:40]!a} is not one that can be sent.")
        if name.lower() in trial.REFUSED_HEADERS:
            raise FormError("headers", f"The header {name[:40]!a} is set by the site.")
    try:
        data = base64.b64decode(body.body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormError("body", "The body is not base64.") from error
    headers = [(name.lower().encode(), value.strip().encode("latin-1")) for name, value in body.headers]
    return trial.Trial(body.method, body.target.encode(), headers, data, request.remote_addr or "")
