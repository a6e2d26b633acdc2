"""Small answers that several views give."""

from quart import Response, request

from widget_site.pages.devices import device_of


def see_other(target: str) -> Response:
    """Return the answer to a form that was taken: go there with GET."""
    return Response(status=303, headers={"Location": target})


def caller_address() -> str:
    """Return the address of who sends this request, for the limits."""
    return request.remote_addr or ""


def caller_device() -> str:
    """Return what sends this request, in words, for its owner to recognise the sign-in by."""
    return device_of(request.headers.get("User-Agent", ""))
