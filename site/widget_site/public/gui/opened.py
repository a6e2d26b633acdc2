"""A page that a route of the widget's code asked for (H-58, H-59): with which form, arguments, data and tags."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from widget_site.public.gui.bundles import Bundle
from widget_site.public.gui.calls import PageCalls
from widget_site.store.values import WidgetSnapshot

MAX_TAGS = 50


class PageError(ValueError):
    """A page that can't be made; the text is for the widget's owner."""


@dataclass(frozen=True)
class Opened:
    """What the page is given beside what every page is."""

    #: The name that the page calls itself: what it was given is signed for it.
    name: str
    #: ``opens`` with its ``objects``, for its client code.
    message: Mapping[str, Any]
    #: {"kind", "name"} of what it starts with; None for what the app starts with.
    startup: Mapping[str, str] | None
    #: Meta tags: name to content.
    tags: Mapping[str, str]

    def first(self, bundle: Bundle) -> Mapping[str, Any]:
        """Return what the first paint needs."""
        return bundle.first if self.startup is None else bundle.first_of(self.startup)


def read(widget: WidgetSnapshot, calls: PageCalls, package: str, body: bytes) -> Opened:
    """Read what a route answered (``widget_model.opened_page``); PageError."""
    name = secrets.token_urlsafe(24)
    try:
        given = json.loads(body)
        if any(one["type"] == ["DataMedia"] for one in given["objects"]):
            raise PageError("Media can't be given to a form by its page's address. Let the form call for it.")
        message = calls.given_out(widget, name, given)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise PageError(str(error)) from error
    asked = message.get("opens")
    if not isinstance(asked, dict):
        raise PageError("A page is asked for by a FormResponse or an AppResponder.")
    startup = None
    for key, kind in (("form", "form"), ("module", "module")):
        given = asked.get(key)
        if isinstance(given, str):
            startup = {"kind": kind, "name": given.removeprefix(f"{package}.")}
    return Opened(name, message, startup, _tags(asked.get("meta")))


def _tags(meta: Any) -> dict[str, str]:
    if not isinstance(meta, dict):
        return {}
    return {str(name): str(content) for name, content in list(meta.items())[:MAX_TAGS]}
