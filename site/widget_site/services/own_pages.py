"""Pages of services on widgets' own hosts, below ``/_/``: what they are asked, what they answer, how they look."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import jinja2

from widget_wire.runs import ServiceCall


@dataclass(frozen=True)
class PageRequest:
    """A request to a page; the session of who asks is in the call that comes with it."""

    #: Without ``/_/``.
    path: str
    #: What was posted; None for looking at the page.
    form: Mapping[str, str] | None = None
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: A page of another site led here: what the browser has of this one's is not in the call's session.
    is_foreign: bool = False

    def asked(self, name: str) -> str:
        """Return a parameter of the address; "" when it is not there."""
        return next(iter(self.query.get(name, ())), "")


@dataclass(frozen=True)
class PageAnswer:
    """A page, or where to go on."""

    status: int
    html: str = ""
    #: The visit that the request belongs to was changed: the browser's session is another one now.
    visited: bool = False
    #: Where the browser goes, with a status of 303.
    location: str = ""


class OwnPages(Protocol):
    """The pages of a service."""

    def has(self, path: str) -> bool:
        """Tell whether a path, without ``/_/``, is one of them."""

    async def answer(self, call: ServiceCall, asked: PageRequest) -> PageAnswer:
        """Answer a request."""


@dataclass(frozen=True)
class Shown:
    """What a page says: a text, and a form with a button or, with ``asks``, for a new password."""

    title: str
    text: str = ""
    email: str = ""
    button: str = ""
    asks: bool = False
    problem: str = ""
    #: The address of a way on, and what it is called.
    go_on: str = ""
    go_on_text: str = "Go on"
    status: int = 200

    def answer(self, call: ServiceCall, *, visited: bool = False) -> PageAnswer:
        """Return the page, under the name of the widget's host."""
        app = call.origin.partition("://")[2].partition(":")[0]
        return PageAnswer(self.status, _template().render(shown=self, app=app), visited)


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("widget_site.services", "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined).get_template(
        "page.html"
    )
