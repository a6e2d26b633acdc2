"""One decorator per view of the API: reads and checks what is sent, documents it, and answers a model as JSON."""

import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError
from quart import Response, request

from widget_site.accounts.scopes import Scope, mark
from widget_site.api.description import Described, Nothing, describe, may_be_empty
from widget_site.errors import BadRequestError

_M = TypeVar("_M", bound=BaseModel)
#: How long a caller may take to read a file.
_FILE_TIMEOUT_S = 600


@dataclass(frozen=True)
class Download:
    """A file as an answer."""

    #: The bytes, or pieces of them as they come.
    content: bytes | AsyncIterator[bytes]
    filename: str


View = Callable[..., Awaitable[BaseModel | Download | Response | None]]


def operation(
    status: int,
    answer: type[BaseModel] = Nothing,
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    errors: tuple[int, ...] = (),
    scope: Scope | None = None,
    anybody: bool = False,
    upload: str = "",
    download: str = "",
) -> Callable[[View], Callable[..., Awaitable[Response]]]:
    """Make a view of a function that takes ``body`` and ``query`` as checked models and returns ``answer``.

    ``scope``: what a token needs, where the method does not say it. ``anybody``: whether it works without a token.
    ``upload``: the media type of the file that the view reads from the request itself, also as a form. ``download``:
    that of the file it answers (several with ", " between them; the view then answers a Response of its own).
    """

    def decorate(view: View) -> Callable[..., Awaitable[Response]]:
        @functools.wraps(view)
        async def wrapped(**path: Any) -> Response:
            if query is not None:
                path["query"] = _checked(query, dict(request.args.items()))
            if body is not None:
                path["body"] = await _read(body)
            return _answered(await view(**path), status, download)

        if scope is not None:
            mark(wrapped, scope)
        told: Callable[..., Awaitable[Response]] = describe(
            wrapped, status, answer, Described(body, query, errors, anybody, upload, download)
        )
        return told

    return decorate


def _answered(result: BaseModel | Download | Response | None, status: int, download: str) -> Response:
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=status, headers={"Content-Type": "application/json"} if status != 204 else None)
    if isinstance(result, Download):
        charset = "; charset=utf-8" if download.startswith("text/") else ""
        response = Response(result.content, status=status, content_type=download + charset)
        response.headers["Content-Disposition"] = f'attachment; filename="{result.filename}"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        response.timeout = _FILE_TIMEOUT_S
        return response
    return Response(_encode(result), status=status, content_type="application/json")


def _encode(answer: BaseModel) -> str:
    try:
        return answer.model_dump_json(exclude_unset=True)
    except PydanticSerializationError:
        # User code printed half a character, which UTF-8 can't hold; JSON's own escapes can.
        return json.dumps(answer.model_dump(exclude_unset=True), separators=(",", ":"))


async def _read(model: type[_M]) -> _M:
    if may_be_empty(model) and "Content-Type" not in request.headers and not await request.get_data():
        return model()
    if not request.is_json:
        # A form of another site can send text/plain or urlencoded with cookies; JSON it can't.
        raise _BadMediaTypeError("Send JSON, with the header Content-Type: application/json.")
    return _checked(model, _decode(await request.get_data()))


def _decode(data: bytes | str) -> Any:
    try:
        return json.loads(
            data.decode() if isinstance(data, bytes) else data,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
            parse_int=_short_integer,
        )
    except UnicodeDecodeError as error:
        raise BadRequestError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise BadRequestError("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise BadRequestError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error


def _refuse_constant(name: str) -> NoReturn:
    raise BadRequestError(f"The body is not JSON: {name} is no JSON value.")


def _short_integer(digits: str) -> int:
    if len(digits) > 20:
        raise BadRequestError("The body holds a number with more than 20 digits.")
    return int(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequestError("The body has an object that names a field twice.")
    return found


def _checked(model: type[_M], value: Any) -> _M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadRequestError(_in_words(error)) from error


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"] if not str(part).startswith(("dict[", "constrained")))
    named = f"The field {where[:100]!a}" if where else "The body"
    if first["type"] == "extra_forbidden":
        return f"{named} is not known here."
    if first["type"] == "missing":
        return f"{named} is missing."
    return f"{named} is not right: {first['msg']}."


class _BadMediaTypeError(BadRequestError):
    status, code = 415, "bad_media_type"
