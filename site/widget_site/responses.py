"""The one place that turns what went wrong into a response: JSON for the API, a page for people."""

import logging
import re
from collections.abc import Awaitable, Callable

from quart import Quart, Response, current_app, g, jsonify, request, url_for
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException

from widget_model.ids import new_id
from widget_site.dispatch import DispatchError, UnknownWidgetError
from widget_site.errors import MovedError, NotFoundError, SiteError, UnavailableError

log = logging.getLogger(__name__)

API_PREFIX = "/api/"
#: Set in ``g`` by the view of a page that other sites may show; its own policy says so, too.
FRAMED = "may_be_framed"
#: Addresses that end in a secret: our log must not hold it.
_SECRET = re.compile(r"^/(welcome|reset|confirm)/.*", re.DOTALL)
#: Makes the page of an error; the pages set it as ``app.extensions["error_page"]``.
ErrorPage = Callable[[int, str, str], Awaitable[str]]

#: Texts of errors that the framework raises; its own describe the framework.
_HTTP_TEXTS = {
    400: ("bad_request", "The request could not be understood."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
    408: ("too_slow", "The request took too long to arrive."),
    413: ("too_large", "That is larger than what is taken here."),
    415: ("bad_media_type", "This address takes application/json."),
}


def set_up_errors(app: Quart) -> None:
    """Answer every exception of this app."""
    app.register_error_handler(SiteError, _site_error)
    app.register_error_handler(DispatchError, _dispatch_error)
    app.register_error_handler(UnknownWidgetError, _unknown_widget)
    app.register_error_handler(RedisError, _redis_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def set_up_headers(app: Quart) -> None:
    """Give every response of this app the headers that need no page's knowledge."""

    @app.after_request
    async def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        if not g.get(FRAMED, False):
            headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith(API_PREFIX):
            headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
            headers.setdefault("Cache-Control", "no-store")
        else:
            headers.setdefault("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
        if app.extensions["widget_site"].settings.is_https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


async def _site_error(error: SiteError) -> Response:
    if error.status >= 500:
        log.warning("%s %s: %s", request.method, _path(), error, exc_info=error.__cause__)
    if isinstance(error, MovedError):
        return await _moved(error)
    return await _answer(error.status, error.code, str(error), error.retry_after_s, error.details)


async def _moved(error: MovedError) -> Response:
    """Lead from a widget's old name to the same address with its new one, with the same method."""
    args = request.view_args or {}
    if "slug" not in args or request.endpoint is None:
        return await _site_error(NotFoundError())
    response = await _answer(error.status, error.code, str(error), details=error.details)
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    response.headers["Location"] = url_for(request.endpoint, **{**args, "slug": error.slug}) + query
    # Its owner may take the old name again, and browsers keep what they are told is for good.
    response.headers["Cache-Control"] = "no-store"
    return response


async def _dispatch_error(error: DispatchError) -> Response:
    code = "too_many" if error.status == 429 else "unavailable"
    return await _answer(error.status, code, str(error), error.retry_after_s)


async def _unknown_widget(_error: UnknownWidgetError) -> Response:
    return await _site_error(NotFoundError("There is no such widget (any more)."))


async def _redis_error(error: RedisError) -> Response:
    log.warning("%s %s: redis does not answer: %s", request.method, _path(), error)
    return await _site_error(UnavailableError(retry_after_s=2))


async def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        # A redirect of the framework, to an address with a slash.
        return Response(status=status, headers={"Location": getattr(error, "new_url", "/")})
    code, text = _HTTP_TEXTS.get(status, ("error", f"The request was refused with status {status}."))
    response = await _answer(status, code, text)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


async def _unexpected(error: Exception) -> Response:
    # What went wrong is for our log alone; who reports it names the number.
    number = new_id()
    log.error("%s %s failed (%s)", request.method, _path(), number, exc_info=error)
    return await _answer(500, "internal_error", f"Something went wrong on our side. Its number in our log is {number}.")


def _path() -> str:
    return _SECRET.sub(r"/\1/…", request.path)


async def _answer(
    status: int, code: str, text: str, retry_after_s: int | None = None, details: dict[str, object] | None = None
) -> Response:
    make_page: ErrorPage | None = current_app.extensions.get("error_page")
    if request.path.startswith(API_PREFIX) or make_page is None:
        response = jsonify({"error": {**(details or {}), "code": code, "message": text}})
    else:
        response = Response(await make_page(status, code, text), content_type="text/html; charset=utf-8")
    response.status_code = status
    if retry_after_s:
        response.headers["Retry-After"] = str(retry_after_s)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
