"""Who sends the current request: asked once per request, and the proof that a browser's request is our own page's."""

import hmac
from dataclasses import dataclass

from quart import Request, Response, current_app, g, request

from widget_site.accounts import scopes
from widget_site.accounts.cookies import clear_cookie, form_cookie, session_cookie, set_cookie
from widget_site.accounts.scopes import SAFE_METHODS, Scope
from widget_site.accounts.secret import MAX_CHARS, hash_secret, new_secret
from widget_site.errors import CsrfError, ForbiddenError, SignInError
from widget_site.parts import SiteParts, parts
from widget_site.store.values import Account, Token, WebSession

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
_LOCAL = "widget_site_visitor"


@dataclass(frozen=True)
class Visitor:
    """Who somebody is in one request; ``account`` is None for anybody."""

    account: Account | None = None
    #: The sign-in, for somebody who came with a cookie.
    session: WebSession | None = None
    #: What the sign-in's cookie holds.
    secret: str | None = None
    #: The token, for a program that came with one.
    token: Token | None = None

    @property
    def id(self) -> str | None:
        """The account's id, as the store's functions take it for ``viewer``."""
        return None if self.account is None else self.account.id


async def visitor() -> Visitor:
    """Return who sends this request; SignInError for a bearer token that is nobody's."""
    found: Visitor | None = g.get(_LOCAL)
    if found is None:
        found = await _find(parts(), request)
        setattr(g, _LOCAL, found)
    return found


async def signed_in() -> Account:
    """Return the account that sends this request; SignInError when there is none."""
    account = (await visitor()).account
    if account is None:
        raise SignInError
    return account


async def administrator() -> Account:
    """Return the administrator who is signed in here; SignInError or ForbiddenError. A token does not do."""
    who = await visitor()
    if who.session is None:
        raise SignInError("Sign in as an administrator in this browser first.")
    if not who.session.account.is_admin:
        raise ForbiddenError("This is for administrators of the site.")
    return who.session.account


async def session_visitor(site: SiteParts, cookies: dict[str, str]) -> Visitor:
    """Return who has these cookies (for WebSockets, which have no request)."""
    secret = cookies.get(session_cookie(site.settings))
    session = await site.accounts.session_of(secret) if secret else None
    return Visitor() if session is None else Visitor(session.account, session, secret)


async def _find(site: SiteParts, sent: Request) -> Visitor:
    authorization = sent.headers.get("Authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        found = await site.accounts.bearer(secret.strip() if scheme.lower() == "bearer" else "")
        return Visitor(found.account, token=found.token)
    return await session_visitor(site, dict(sent.cookies))


# --- forgery of requests ---


async def csrf_token() -> str:
    """Return the token for this browser's forms and fetches; bound to its sign-in, or else to a cookie of its own."""
    who = await visitor()
    if who.secret is not None:
        return _token_of(who.secret)
    if "form_secret" not in g:
        held = request.cookies.get(form_cookie(parts().settings), "")
        g.form_secret = held if 20 <= len(held) <= MAX_CHARS else new_secret()
        g.form_secret_is_new = g.form_secret != held
    return _token_of(g.form_secret)


async def guard() -> None:
    """Refuse what a token's scope does not reach, and a state-changing request that another site made a browser send
    (before_request); ForbiddenError, CsrfError.

    A bearer token is proof by itself: browsers never send one by themselves. A sign-in's cookie needs our own Origin
    and the token; without either, a browser's request must still not come from another site.
    """
    if "Authorization" in request.headers:
        await _require_scope()
        return
    if request.method in SAFE_METHODS:
        return
    site = parts()
    _require_own_origin(site)
    if session_cookie(site.settings) in request.cookies and (await visitor()).session is not None:
        await _require_token(await csrf_token())


async def require_form_token() -> None:
    """Refuse a form without its token, also of somebody who is not signed in (sign-in and sign-up forms); CsrfError."""
    await _require_token(await csrf_token())


async def _require_scope() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    needed = scopes.needed(request.method, view)
    if view is None or needed == Scope.READ:
        # Every token reads; whether this one is a token at all is asked by whoever wants to know who it is.
        return
    token = (await visitor()).token
    assert token is not None, "who sends Authorization comes with a token, or is refused"
    if not Scope(token.scope).allows(needed):
        raise ForbiddenError(
            f"This token may {token.scope}, and this needs one that may {needed}. Make one on your account page.",
            details={"scope": needed.value},
        )


def _require_own_origin(site: SiteParts) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != site.settings.site_url:
        raise CsrfError
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from is not None and fetched_from not in ("same-origin", "none"):
        raise CsrfError
    if origin is None and fetched_from is None and session_cookie(site.settings) in request.cookies:
        # Every browser of today sends one of the two with a POST; a cookie without either proves nothing.
        raise CsrfError


async def _require_token(expected: str) -> None:
    sent = request.headers.get(CSRF_HEADER)
    if sent is None and request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        sent = (await request.form).get(CSRF_FIELD)
    if sent is None or not hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode()):
        raise CsrfError


def _token_of(secret: str) -> str:
    return hash_secret(f"csrf {secret}")


# --- cookies ---


def remember(response: Response, secret: str) -> Response:
    """Set the cookie of a new sign-in on a response, and forget the cookie of forms before it."""
    settings = parts().settings
    set_cookie(response, settings, session_cookie(settings), secret, settings.session_days * 86400)
    clear_cookie(response, settings, form_cookie(settings))
    g.form_secret_is_new = False
    return response


def forget(response: Response) -> Response:
    """Clear the cookie of a sign-in on a response."""
    settings = parts().settings
    clear_cookie(response, settings, session_cookie(settings))
    return response


async def keep_form_cookie(response: Response) -> Response:
    """Set the cookie that a form's token is bound to, where a page asked for one (after_request)."""
    if g.get("form_secret_is_new"):
        settings = parts().settings
        set_cookie(response, settings, form_cookie(settings), g.form_secret, None)
        # A page with a token of one browser must not be given to another by a cache.
        response.headers["Cache-Control"] = "no-store"
    return response
