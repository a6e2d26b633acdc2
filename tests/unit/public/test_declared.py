"""What an API's code says of its routes, read without running it (X-22)."""

import json

import pytest

from widget_site.public.declared import DeclaredRoute, declared_api
from widget_site.public.openapi import document, template
from widget_site.store.values import ApiAccess, WidgetSnapshot

SOURCE = '''
"""Adds and scales."""
from typing import Literal, Optional
import anvil.server
from anvil.server import route, request
import more, missing

@anvil.server.route("/add/:a/:b")
def add(a: int, b: float, *, digits: int = 2, **rest) -> dict:
    """Add two numbers.

    The sum is rounded.
    """

@route("/again/:x")
@route("/scale/:width", methods=["POST", "PUT"])
def scale(width, unit: Literal["px", "cm"] = "px", tags: "list[str] | None" = None):
    return request.body_json

@anvil.server.http_endpoint("/up", methods=["POST"], require_credentials=True)
def up(name: Optional[str], big: bool = False) -> str:
    pass

@route("/files/:path*", methods=["GET"])
def files(path):
    pass

@route("/raw", methods=["PUT"])
def raw():
    return request.body

@route("/add/:c/:d")
def hidden(c, d):
    pass

@route(PATH)
def unknown():
    pass

@other("/x")
def not_a_route():
    pass

def outer():
    @route("/inner")
    def inner():
        pass
'''


def routes() -> dict[str, DeclaredRoute]:
    files = {"main.py": SOURCE, "more.py": "@route('/more')\ndef more():\n    pass\n", "unused.py": "@route('/no')\n"}
    return {route.path: route for route in declared_api(files).routes}


def snapshot(**access: object) -> WidgetSnapshot:
    rules = ApiAccess(**access)  # type: ignore[arg-type]  # as the test says
    return WidgetSnapshot("w", "a-b-c", "api", "public", "o", 7, "c", None, 1, access=rules)


def test_x_22_routes_are_found_where_they_are_declared() -> None:
    found = routes()

    assert list(found) == [
        "/add/:a/:b",
        "/scale/:width",
        "/again/:x",
        "/_/api/up",
        "/files/:path*",
        "/raw",
        "/add/:c/:d",
        "/more",
    ]
    assert found["/add/:a/:b"].methods == ("GET", "POST")
    assert found["/scale/:width"].methods == ("POST", "PUT")
    assert (found["/add/:a/:b"].summary, found["/add/:a/:b"].description) == (
        "Add two numbers.",
        "The sum is rounded.",
    )


def test_x_22_parameters_come_from_the_path_and_the_signature() -> None:
    found = routes()
    add = {one.name: one for one in found["/add/:a/:b"].parameters}

    assert {name: (one.where, one.schema, one.required) for name, one in add.items()} == {
        "a": ("path", {"type": "integer"}, True),
        "b": ("path", {"type": "number"}, True),
        "digits": ("query", {"type": "integer", "default": 2}, False),
    }
    scale = {one.name: one.schema for one in found["/scale/:width"].parameters}
    assert scale == {
        "width": {"type": "string"},
        "unit": {"enum": ["px", "cm"], "default": "px"},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
    assert [one.takes_rest for one in found["/files/:path*"].parameters] == [True]
    assert {one.name: one.schema for one in found["/_/api/up"].parameters} == {
        "name": {"type": "string"},
        "big": {"type": "boolean", "default": False},
    }


def test_x_22_bodies_answers_and_logins_are_seen() -> None:
    found = routes()

    assert [found[path].body for path in ("/scale/:width", "/raw", "/more")] == ["application/json", "", None]
    assert (found["/add/:a/:b"].answer, found["/_/api/up"].answer) == ("application/json", "text/plain")
    assert [path for path, route in found.items() if route.needs_login] == ["/_/api/up"]


@pytest.mark.parametrize(
    "source", ["def broken(:", "\0", "(" * 5000, "x = " + "-" * 100_000 + "1", "#" * 600_000, ""], ids=str.__len__
)
def test_x_22_code_that_can_not_be_read_declares_nothing(source: str) -> None:
    assert declared_api({"main.py": source}).routes == ()


def test_x_22_the_document_shows_what_answers() -> None:
    made = document(snapshot(), "Sums", "", declared_api({"main.py": SOURCE}), "http://a-b-c.localhost:8000")

    assert made["info"] == {"title": "Sums", "version": "7", "description": "Adds and scales."}
    # The second route of the same shape never answers.
    assert list(made["paths"]) == ["/add/{a}/{b}", "/scale/{width}", "/again/{x}", "/_/api/up", "/files/{path}", "/raw"]
    post = made["paths"]["/add/{a}/{b}"]["post"]
    assert [one["name"] for one in post["parameters"]] == ["a", "b"]
    assert post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"] == {
        "digits": {"type": "integer", "default": 2}
    }
    names = [operation["operationId"] for path in made["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    assert made["paths"]["/_/api/up"]["post"]["security"] == [{"login": []}]
    assert "security" not in made


def test_x_22_keys_and_limits_are_in_the_document() -> None:
    api = declared_api({"main.py": SOURCE})
    made = document(snapshot(keys_needed=True, per_minute=5), "Sums", "", api, "http://a.localhost")

    assert made["security"] == [{"key": []}, {"bearer": []}]
    assert made["components"]["securitySchemes"]["key"]["name"] == "X-Api-Key"
    assert set(made["paths"]["/raw"]["put"]["responses"]) == {"200", "401", "429", "500"}


def test_x_22_a_path_is_written_as_openapi_does() -> None:
    assert template("/a/:b/c/:rest*") == "/a/{b}/c/{rest}"


def test_what_is_read_and_told_is_bounded_whatever_the_code_is() -> None:
    many = ", ".join(f"a{number}=1" for number in range(1500))
    routes = "".join(f"@route('/{number}')\ndef f{number}({many}): ...\n" for number in range(10))
    deep = " | ".join(["A"] * 600)
    odd = f"@route('/odd')\ndef odd(a: {deep}, b=1e999, c=0x{'f' * 5000}, d='{'x' * 9999}'): ...\n"

    found = declared_api({"main.py": odd + routes})

    assert sum(len(route.parameters) for route in found.routes) <= 2000
    assert [one.schema for one in found.routes[0].parameters] == [{"type": "string"}] * 4
    json.dumps(document(snapshot(), "", "", found, "http://a.localhost"), allow_nan=False)
