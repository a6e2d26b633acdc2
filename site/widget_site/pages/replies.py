"""Small answers that several views give."""

from quart import Response, request


def see_other(target: str) -> Response:
    """Return the answer to a form that was taken: go there with GET."""
    return Response(status=303, headers={"Location": target})


def caller_address() -> str:
    """Return the address of who sends this request, for the limits."""
    return request.remote_addr or ""
