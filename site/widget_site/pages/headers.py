"""Headers of our pages: a strict content security policy, nothing kept of a page, long life for hashed files."""

import secrets

from quart import Response, g, request

from widget_site.assets import ADDRESS


def nonce() -> str:
    """Return this response's nonce for scripts and styles, the same within one request."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def content_security_policy(frames: str = "") -> str:
    """Return the policy of a page: our own files and frames only, inline scripts and styles by nonce, never framed.

    ``frames`` is another origin whose pages may be framed: a widget's.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce()}'",
            f"style-src 'self' 'nonce-{nonce()}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"frame-src 'self' {frames}".rstrip(),
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


async def secure(response: Response) -> Response:
    """Set a page's headers (after_request), unless its view said otherwise."""
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response.headers.setdefault("Cache-Control", "no-store")
    if request.path.startswith(ADDRESS) and response.status_code == 200:
        # The name holds the content's hash.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        # Sandboxed frames are of no origin and widgets of others, and these files nobody's secret.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response
