"""What a route returns becomes an HTTP response as features.md 2.3 says, and nothing hostile gets into a header."""

from typing import Any

import pytest

from widget_model.http_response import EXCEPTION_TEXT, HttpAnswer, MediaBody, error_answer, make_answer
from widget_model.limits import Limits

LIMITS = Limits(timeout_s=30, payload_bytes=1000)


def answer(body: Any, headers: Any = None, status: Any = 200, objects: Any = (), **media: MediaBody) -> HttpAnswer:
    response = {"status": status, "body": body, "headers": headers if headers is not None else {}}
    return make_answer({"id": "c", "response": response, "objects": list(objects)}, media, LIMITS)


def media_object(kind: str = "DataMedia", path: tuple[Any, ...] = ("response", "body"), **more: Any) -> dict[str, Any]:
    return {"type": [kind], "path": list(path), **more}


@pytest.mark.parametrize(
    ("row", "body", "kind", "content"),
    [
        ("H-50", "héllo", "text/plain; charset=utf-8", "héllo".encode()),
        ("H-50", "", "text/plain; charset=utf-8", b""),
        ("H-51", {"a": [1, None]}, "application/json", b'{"a":[1,null]}'),
        ("H-51", ["é"], "application/json", '["é"]'.encode()),
        ("H-51", None, "application/json", b"null"),
        ("H-52", 3, "application/json", b"3"),
        ("H-52", 1.5, "application/json", b"1.5"),
        ("H-52", True, "application/json", b"true"),
    ],
)
def test_plain_values_become_text_or_json(row: str, body: Any, kind: str, content: bytes) -> None:
    assert answer(body) == HttpAnswer(200, (("content-type", kind),), content), row


def test_media_is_sent_with_its_own_type_and_name() -> None:  # H-53, H-64
    got = answer(None, objects=[media_object(id="m")], m=MediaBody(b"\x89PNG\x00\xff", "image/png", 'Ä "b".png'))

    assert got.body == b"\x89PNG\x00\xff"
    assert got.headers == (
        ("content-type", "image/png"),
        ("content-disposition", 'inline; filename="%C3%84%20%22b%22.png"'),
    )


def test_a_media_type_that_no_header_can_carry_is_replaced() -> None:
    got = answer(None, objects=[media_object(id="m")], m=MediaBody(b"x", "text/html\r\nset-cookie: a=1", None))

    assert got.headers == (("content-type", "application/octet-stream"),)


def test_media_inside_other_values_is_refused_with_its_path() -> None:
    got = answer({"pic": None}, objects=[media_object(path=("response", "body", "pic"), id="m")])

    assert got.status == 500
    assert got.body.startswith(b"Cannot send a Media object over HTTP as response['pic']")


def test_status_and_headers_of_an_http_response_are_kept() -> None:  # H-54, H-55, H-57
    got = answer("made", [["location", "/x"], ["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2"]], status=302)

    assert got.status == 302
    assert got.headers[1:] == (("location", "/x"), ("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2"))


def test_a_content_type_of_ones_own_replaces_ours() -> None:  # H-56
    got = answer("<h1>x</h1>", [["Content-Type", "text/html"]])

    assert got.headers == (("content-type", "text/html"),)


def test_405_comes_from_the_library_as_it_is() -> None:  # H-05
    got = answer("Method not supported", {"Allow": "GET, POST"}, status=405)

    assert (got.status, got.body) == (405, b"Method not supported")
    assert ("allow", "GET, POST") in got.headers


def test_large_whole_numbers_survive_and_dates_do_not() -> None:
    big = answer({"n": [None]}, objects=[media_object("Long", ("response", "body", "n", 0), value="1099511627776")])
    date = answer({"d": None}, objects=[media_object("Date", ("response", "body", "d"), value="2026-01-02")])

    assert big.body == b'{"n":[1099511627776]}'
    assert date.status == 500
    assert date.body.startswith(b"Cannot send a Date object over HTTP as response['d'].")


def test_a_number_json_does_not_have_is_refused() -> None:
    got = answer(None, objects=[media_object("Float", value="NaN")])

    assert got.status == 500
    assert b"NaN" in got.body


@pytest.mark.parametrize(
    ("message", "starts"),
    [
        (
            "Cannot serialize return value from function. Cannot serialize <class 'object'> object at "
            "msg['response']['body']",
            "Cannot send a object object over HTTP as response. A route returns a string",
        ),
        (
            "Cannot serialize return value from function. Cannot serialize <class 'set'> object at "
            "msg['response']['body']['a'][0]",
            "Cannot send a set object over HTTP as response['a'][0]. A route returns",
        ),
        (
            "Cannot serialize return value from function. Cannot serialize <class 'bytes'> object at "
            "msg['response']['body']",
            "Cannot send a bytes object over HTTP as response: the function returned a binary string.",
        ),
        (
            "Cannot serialize return value from function. Cannot serialize dictionaries with keys that aren't strings "
            "at msg['response']['body'][1]",
            "Cannot serialize dictionaries with keys that aren't strings",
        ),
    ],
)
def test_what_cannot_be_sent_is_a_500_that_says_why(message: str, starts: str) -> None:  # H-60, H-61
    got = error_answer({"type": "anvil.server.SerializationError", "message": message})

    assert got.status == 500
    assert got.body.decode().startswith(starts)
    assert got.complaint


def test_a_value_that_is_too_big_is_not_told_which_kinds_are_allowed() -> None:  # H-61
    said = "This function returned too much data - please use Media objects to transfer large amounts of data."

    got = error_answer(
        {"type": "anvil.server.SerializationError", "message": f"Cannot serialize return value from function. {said}"}
    )

    assert (got.status, got.body.decode()) == (500, said)


def test_an_exception_tells_the_visitor_nothing() -> None:  # H-62
    got = error_answer({"type": "ValueError", "message": "secret"})

    assert got == HttpAnswer(500, (("content-type", "text/plain; charset=utf-8"),), EXCEPTION_TEXT.encode())


def test_no_route_is_a_404() -> None:  # H-13
    got = error_answer(
        {
            "type": "anvil.server.NoServerFunctionError",
            "message": 'No server function matching "route:/nope" has been registered',
        }
    )

    assert (got.status, got.body) == (404, b"No matching API endpoint")


@pytest.mark.parametrize("status", [199, 600, 100, "200", True, None, 2.5, -1])
def test_a_status_outside_200_to_599_is_a_500_with_a_reason_for_the_owner(status: Any) -> None:
    got = answer("x", status=status)

    assert (got.status, got.body) == (500, EXCEPTION_TEXT.encode())
    assert "200 to 599" in got.complaint


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["x-a", "1\r\nset-cookie: b=1"], "x-a"),
        (["x-a", "1\n2"], "x-a"),
        (["x-a", "\x00"], "x-a"),
        (["x-a", "中"], "x-a"),
        (["x a", "1"], "name of a header"),
        (["x:a", "1"], "name of a header"),
        (["", "1"], "name of a header"),
        (["x-a\r\n", "1"], "name of a header"),
        (["Transfer-Encoding", "chunked"], "transfer-encoding"),
        (["Connection", "x"], "connection"),
        (["x-a", "v" * 10_000], "x-a"),
        (["x-a", ["1"]], "x-a"),
        (["x-a", None], "x-a"),
        (["x-a"], "a name and a value"),
        ("x-a", "a name and a value"),
        ([1, "1"], "a name and a value"),
    ],
)
def test_headers_that_could_do_harm_are_a_500_that_names_them(header: Any, reason: str) -> None:
    got = answer("x", [header])

    assert (got.status, got.body) == (500, EXCEPTION_TEXT.encode())
    assert reason in got.complaint
    assert all("\n" not in name + value for name, value in got.headers)


def test_too_many_headers_are_refused() -> None:
    assert answer("x", [["x-a", "1"]] * 101).status == 500
    assert answer("x", [[f"x-{number}", "v" * 8000] for number in range(5)]).status == 500


def test_cookies_of_the_platform_and_domains_of_cookies_are_left_out() -> None:  # H-66
    got = answer(
        "x",
        [
            ["Set-Cookie", "anvilapp=1"],
            ["Set-Cookie", "__Host-widgetry-session=1; Path=/"],
            ["Set-Cookie", "mine=1; Path=/; DOMAIN=example.com; HttpOnly"],
            ["Content-Length", "3"],
        ],
    )

    assert got.headers[1:] == (("set-cookie", "mine=1; Path=/; HttpOnly"),)


def test_what_is_not_media_is_bounded_and_media_is_not_bounded_by_that() -> None:
    assert answer("x" * 1000).status == 200
    over = answer("x" * 1001)
    assert over.status == 500
    assert b"1001 bytes" in over.body
    assert answer(None, objects=[media_object(id="m")], m=MediaBody(b"x" * 2000, None, None)).status == 200


@pytest.mark.parametrize(
    "message",
    [
        {"response": None},
        {"response": {}},
        {"response": {"status": 200, "body": 1, "headers": {}}, "objects": 3},
        {"response": {"status": 200, "body": 1, "headers": {}}, "objects": [{}]},
        {"response": {"status": 200, "body": 1, "headers": {}}, "objects": [{"type": ["Long"], "path": None}]},
        {
            "response": {"status": 200, "body": 1, "headers": {}},
            "objects": [{"type": ["Long"], "path": ["response", "body", "x"], "value": "1"}],
        },
        {
            "response": {"status": 200, "body": [1], "headers": {}},
            "objects": [{"type": ["Long"], "path": ["response", "body", 0], "value": "9" * 5000}],
        },
        {"response": {"status": 200, "body": 1, "headers": {}}, "objects": [media_object(id="gone")]},
    ],
)
def test_a_forged_answer_is_a_500(message: dict[str, Any]) -> None:
    assert make_answer(message, {}, LIMITS).status == 500
