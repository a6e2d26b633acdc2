"""How a page is made: the template with what every page needs, and the page of an error."""

import logging
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from quart import Quart, render_template, request

from widget_model.kinds import KINDS
from widget_site import assets
from widget_site.accounts.cookies import has_guarded_cookie
from widget_site.accounts.visitor import CSRF_FIELD, csrf_token, visitor
from widget_site.pages import headers, times, words
from widget_site.parts import parts
from widget_site.store import outbox

log = logging.getLogger(__name__)

#: What an error is called, where its text says the rest.
_TITLES = {
    308: "It has another address now",
    400: "That could not be understood",
    401: "Sign in first",
    403: "You may not do this",
    404: "There is nothing here",
    405: "That does not work here",
    409: "This changed in the meantime",
    413: "That is too large",
    429: "Too many requests",
    500: "Something went wrong on our side",
    503: "Back in a moment",
}
#: What is said where an error's text repeats its title.
_MORE = {404: "The address may be mistyped, or what was here was renamed, deleted or made private."}
#: Errors of somebody who is known and of parts that work. Not 401: a token that is not valid would be refused again.
_KNOWN_VISITOR = frozenset((400, 403, 404, 405, 409, 413))


def set_up(app: Quart) -> None:
    """Give the app's templates their filters and globals."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.filters |= {"duration": times.duration, "memory": times.memory, "size": times.size}
    app.jinja_env.globals |= {
        "asset": assets.asset,
        "preloads": assets.preloads,
        "icon": assets.icon,
        "nonce": headers.nonce,
        "ago": times.ago,
        "exact": times.exact,
        "kinds": words.KINDS,
        "built": [kind.value for kind in KINDS],
        "visibilities": words.VISIBILITIES,
        "run_state": words.state,
        "run_trigger": words.trigger,
        "run_given": words.given,
        "run_seconds": words.seconds,
        "tick_reason": words.reason,
        "moment": times.moment,
        "day": times.day,
        "widget_url": widget_url,
        "run_url": run_url,
        "next_page": next_page,
        "with_arg": with_arg,
    }


def widget_url(slug: str) -> str:
    """Return the public address of a widget."""
    return f"{parts().settings.widget_origin(slug)}/"


def run_url(run_id: str) -> str:
    """Return the whole address of a run's page, to be passed on."""
    return f"{parts().settings.site_url}/runs/{run_id}"


def next_page(cursor: str) -> str:
    """Return this page's address with the rest of its list."""
    return f"{request.path}?{urlencode({**request.args, 'after': cursor})}"


def with_arg(name: str, value: str) -> str:
    """Return this page's address with one thing of it changed, at the beginning of its list."""
    kept = {key: held for key, held in request.args.items() if key != "after"}
    return f"{request.path}?{urlencode({**kept, name: value})}"


async def page(template: str, **context: Any) -> str:
    """Render a page of the site for whoever asks."""
    who = await visitor()
    field = Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, await csrf_token())
    context |= {
        "viewer": who.account,
        "unread": 0 if who.account is None else await outbox.unread(parts().store, who.account.id),
        "notice": words.NOTICES.get(request.args.get("done", "")),
        "csrf_field": lambda: field,
        "unguarded": not has_guarded_cookie(parts().settings),
        "sign_up_open": parts().settings.is_sign_up_open,
        "oidc_name": parts().settings.oidc_name if parts().oidc else "",
    }
    return await render_template(template, **context)


async def error_page(status: int, code: str, text: str) -> str:
    """Render the page of an error.

    What the visitor did wrong is told inside the site as they know it. What failed on our side is told without asking
    for the visitor or the database, which may be what failed.
    """
    title = _TITLES.get(status, "That did not work")
    context: dict[str, Any] = {
        "status": status,
        "code": code,
        "text": text if text.rstrip(".") != title else _MORE.get(status, text),
        "title": title,
        "widget_page": _widget_page() if status == 403 else "",
    }
    if status in _KNOWN_VISITOR:
        try:
            return await page("error.html", **context)
        except Exception:
            # Whatever else fails now, the first error is what the visitor must read.
            log.warning("the page of error %s is shown without its visitor", status, exc_info=True)
    return await render_template("error.html", viewer=None, csrf_field=Markup, **context)


def _widget_page() -> str:
    """Return the address of the widget whose page was refused; "" for other pages."""
    args = request.view_args or {}
    return f"/w/{args['slug']}" if request.path.startswith("/w/") and "slug" in args else ""
