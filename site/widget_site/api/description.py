"""What OpenAPI is told of an operation: its models, its answers, its files, and which tokens it takes."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from quart_schema import document_querystring, document_request, document_response

from widget_site.accounts.scopes import needed
from widget_site.api.models import Error

_ATTRIBUTE = "widgetry_described"
_BINARY = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {"file": {"type": "array", "items": _BINARY}}, "required": ["file"]}
_MOVED = {
    "description": "The widget was renamed. The same request goes to the address in Location.",
    "headers": {"Location": {"schema": {"type": "string"}, "required": True}},
    "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}},
}


class Nothing(BaseModel):
    """Done; there is nothing to say."""


@dataclass(frozen=True)
class Described:
    """What an operation takes and gives, besides its answer."""

    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()
    #: Whether it works without a token.
    anybody: bool = False
    #: Media types of the file that it takes, and of the one that it answers.
    upload: str = ""
    download: str = ""

    @property
    def statuses(self) -> list[int]:
        """The statuses of its errors."""
        of_body = [400, 413, 415] if self.body or self.upload else []
        return sorted({*self.errors, 401, 403, 429, 503, *of_body, *([400] if self.query else [])})


def describe(view: Any, status: int, answer: type[BaseModel], described: Described) -> Any:
    """Return the view with its description."""
    setattr(view, _ATTRIBUTE, described)
    documented: Any = document_response(answer, status)(view)
    if described.body is not None:
        documented = document_request(described.body)(documented)
    if described.query is not None:
        documented = document_querystring(described.query)(documented)
    for code in described.statuses:
        documented = document_response(Error, code)(documented)
    return documented


def complete(view: Any, method: str, entry: dict[str, Any], *, names_widget: bool) -> None:
    """Add to the entry of an operation in the document what quart_schema does not know.

    ``names_widget``: whether its address holds the name of a widget, which may have been renamed.
    """
    described: Described = getattr(view, _ATTRIBUTE, Described())
    token: dict[str, list[str]] = {"bearer": [needed(method, view).value]}
    entry["security"] = [{}, token] if described.anybody else [token]
    if names_widget:
        entry["responses"][308] = _MOVED
    if described.upload:
        content = {described.upload: {"schema": _BINARY}, "multipart/form-data": {"schema": _FORM}}
        entry["requestBody"] = {"required": True, "content": content}
    if described.download:
        content = {kind: {"schema": _BINARY} for kind in described.download.split(", ")}
        file = {"description": "The file.", "content": content}
        entry["responses"] = {
            status: file if int(status) < 300 else told for status, told in entry["responses"].items()
        }


def may_be_empty(model: type[BaseModel]) -> bool:
    """Whether a request may come without this body at all."""
    return not any(field.is_required() for field in model.model_fields.values())
