"""HTML of user code on our own pages: in a frame that may do nothing, sent back by the site under a policy of its own.

A frame whose text the page writes itself (``srcdoc``) would be ruled by the page's policy, which takes no style of
anybody else's. So the page posts the text here, and gets it back into its frame: sandboxed (no script, no form, no
origin), with inline styles and pictures, and without any request to anywhere.
"""

from quart import Blueprint, Response, request

from widget_site.accounts.visitor import require_form_token, signed_in

blueprint = Blueprint("frame", __name__)

POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


@blueprint.post("/frames/html")
async def html_frame() -> Response:
    """Give back the field ``html`` as a page for a frame on one of our own pages."""
    await require_form_token()
    await signed_in()
    html = (await request.form).get("html", "")
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "no-store"
    return response
