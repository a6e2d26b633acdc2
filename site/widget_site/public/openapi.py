"""The OpenAPI 3.1 document of a widget's API, made of what its code declares (X-22)."""

import re
from typing import Any

from widget_site.public.declared import DeclaredApi, DeclaredRoute, Parameter
from widget_site.public.door import KEY_HEADER
from widget_site.store.values import WidgetSnapshot

_PARAMETER = re.compile(r":([^/]*)")
_FORM = "application/x-www-form-urlencoded"
#: Methods whose requests have no body worth naming.
_BODILESS = ("GET", "HEAD", "DELETE", "OPTIONS")
_KEY_SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": KEY_HEADER.title()},
    "bearer": {"type": "http", "scheme": "bearer"},
}
_LOGIN = {"login": {"type": "http", "scheme": "basic"}}

Document = dict[str, Any]


def document(widget: WidgetSnapshot, title: str, about: str, api: DeclaredApi, origin: str) -> Document:
    """Return the document; routes that another one before them hides are left out."""
    paths: dict[str, Document] = {}
    shapes: dict[str, str] = {}
    names: set[str] = set()
    for route in api.routes:
        path = template(route.path)
        # Two paths that differ in the names of parameters alone are one for a caller: the first route answers.
        shape = _PARAMETER.sub(":", route.path)
        if shapes.setdefault(shape, path) != path:
            continue
        for method in route.methods:
            name = _free_name(route.function, method, names)
            paths.setdefault(path, {}).setdefault(method.lower(), _operation(route, method, name, widget))
    made: Document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": str(widget.revision), "description": api.description or about},
        "servers": [{"url": origin}],
        "paths": paths,
    }
    schemes: Document = dict(_KEY_SCHEMES) if _has_keys(widget) else {}
    if any(route.needs_login for route in api.routes):
        schemes |= _LOGIN
    if schemes:
        made["components"] = {"securitySchemes": schemes}
    if widget.access.keys_needed:
        made["security"] = [{name: []} for name in _KEY_SCHEMES]
    return made


def template(path: str) -> str:
    """Return a route's path as OpenAPI writes it: /add/{a}/{b}."""
    return _PARAMETER.sub(lambda found: "{" + found[1].removesuffix("*") + "}" if found[1] else ":", path)


def _has_keys(widget: WidgetSnapshot) -> bool:
    return widget.access.keys_needed or bool(widget.access.names)


def _free_name(function: str, method: str, names: set[str]) -> str:
    name, number = (function if function not in names else f"{function}_{method.lower()}"), 2
    while name in names:
        name, number = f"{function}_{number}", number + 1
    names.add(name)
    return name


def _operation(route: DeclaredRoute, method: str, name: str, widget: WidgetSnapshot) -> Document:
    in_form = method not in _BODILESS and route.body is None
    made: Document = {"operationId": name, "responses": _responses(route, widget)}
    if route.summary:
        made["summary"] = route.summary
    if route.description:
        made["description"] = route.description
    shown = [_parameter(one) for one in route.parameters if one.where == "path" or not in_form]
    if shown:
        made["parameters"] = shown
    body = _request_body(route, in_form) if method not in _BODILESS else None
    if body is not None:
        made["requestBody"] = body
    if route.needs_login:
        made["security"] = [{"login": []}]
    return made


def _parameter(one: Parameter) -> Document:
    made: Document = {"name": one.name, "in": one.where, "required": one.required, "schema": one.schema}
    if one.takes_rest:
        made["description"] = "The rest of the path; it may hold slashes."
    return made


def _request_body(route: DeclaredRoute, in_form: bool) -> Document | None:
    if not in_form:
        kind = route.body or "*/*"
        return {"content": {kind: {"schema": {} if kind != "*/*" else {"type": "string"}}}}
    fields = [one for one in route.parameters if one.where == "query"]
    if not fields:
        return None
    schema: Document = {"type": "object", "properties": {one.name: one.schema for one in fields}}
    needed = [one.name for one in fields if one.required]
    if needed:
        schema["required"] = needed
    return {"content": {_FORM: {"schema": schema}}}


def _responses(route: DeclaredRoute, widget: WidgetSnapshot) -> Document:
    answers: Document = {
        "200": {"description": "What the route returns.", "content": {route.answer or "*/*": {}}},
        "500": {"description": "The code failed, or took too long.", "content": {"text/plain": {}}},
    }
    if widget.access.keys_needed or route.needs_login:
        answers["401"] = {"description": "A valid key is needed."}
        if route.needs_login:
            answers["401"] = {"description": "A user name and password are needed."}
    if widget.access.per_minute is not None:
        answers["429"] = {"description": f"More than {widget.access.per_minute} requests in a minute."}
    return answers
