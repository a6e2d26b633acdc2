"""Pages of services on widgets' hosts, below ``/_/``: asked for in a session, and answered so that they can be trusted.

A form is taken from a page of the same host alone, and no other page may show one in a frame.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, parse_qsl

from widget_model.ids import new_id
from widget_site.public.response import RawHeaders
from widget_site.public.visitors import Visitor
from widget_wire.runs import ServiceCall

#: Of a form that is posted.
MAX_FORM_BYTES = 10_000


def call_of(visitor: Visitor, slug: str, origin: str) -> ServiceCall:
    """Return a request to a page as a call that its services take: of us, in the session of who asks."""
    return ServiceCall(
        id=new_id(),
        runner="",
        run_id=visitor.run_id,
        widget_id=visitor.widget_id,
        trigger="page",
        origin=origin,
        command="",
        session=visitor.session.id,
        slug=slug,
        visit=visitor.run_id,
    )


def form_of(body: bytes) -> dict[str, str]:
    """Return the fields of a posted form; the first of each name."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20):
        found.setdefault(name, value)
    return found


def query_of(raw: bytes) -> Mapping[str, Sequence[str]]:
    """Return the parameters of an address; none of one that has too many."""
    try:
        return parse_qs(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=30)
    except ValueError:
        return {}


HEADERS: RawHeaders = [
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-frame-options", b"DENY"),
    # The address of the page opens an account: no other site is told of it. The form's own needs its origin.
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
