"""Every tier 1 row of features.md section 2 with its check, and the rows W-15 to W-17, over real HTTP end to end."""

import asyncio
import base64
import json
import os
import re
import time
from typing import Any

import pytest
from tests.services.http_client import Answer
from tests.services.public.conftest import ROUTE_TIMEOUT_S, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
RAISED = "An exception was raised. Check the application logs for details."


def parsed(answer: Answer) -> Any:
    assert (answer.status, answer.header("content-type")) == (200, JSON), answer
    return json.loads(answer.body)


# --- decorators and matching ---


async def test_h01_a_route_is_served_at_the_root_of_the_url(world: World) -> None:
    answer = await world.w.get("/hello")

    assert (answer.status, answer.text) == (200, "Hello, world!")


async def test_h02_an_http_endpoint_is_served_below_api(world: World) -> None:
    assert (await world.w.get("/_/api/hello")).text == "Hello below, /hello"


async def test_h03_h42_route_and_request_can_be_imported_by_name(world: World) -> None:
    client = await world.make("from anvil.server import route\n@route('/x')\ndef x():\n    return 'bare'\n")

    assert (await client.get("/x")).text == "bare"
    assert parsed(await world.w.get("/same")) is True


async def test_h04_the_options_have_their_defaults(world: World) -> None:
    text = (await world.w.get("/options")).text

    for option in ("require_credentials=False", "enable_cors=False", "cross_site_session=False"):
        assert text.count(option) == 2
    assert "methods" in text
    assert "authenticate_users=False" in text


async def test_h05_another_method_is_405_and_allow_names_those_that_are_taken(world: World) -> None:
    answer = await world.w("PUT", "/hello")

    assert (answer.status, answer.text, answer.header("allow")) == (405, "Method not supported", "GET, POST")
    assert (await world.w("DELETE", "/put")).text == "DELETE"


async def test_h06_head_is_405_unless_it_is_listed(world: World) -> None:
    refused, listed = await world.w("HEAD", "/hello"), await world.w("HEAD", "/head")

    assert (refused.status, refused.header("allow")) == (405, "GET, POST")
    assert (listed.status, listed.body) == (200, b"")


async def test_h07_options_is_200_with_cors_and_405_without(world: World) -> None:
    with_cors, without = await world.w("OPTIONS", "/cors"), await world.w("OPTIONS", "/hello")

    assert (with_cors.status, with_cors.body) == (200, b"")
    assert with_cors.header("access-control-allow-origin") == "*"
    assert (without.status, without.header("access-control-allow-origin")) == (405, None)


async def test_h08_cors_allows_the_headers_that_are_asked_for(world: World) -> None:
    asked = [("Origin", "https://a.example"), ("Access-Control-Request-Headers", "X-Foo, content-type, X-foo")]
    preflight = await world.w("OPTIONS", "/cors", headers=asked)
    one = await world.w.get("/cors-one")

    allowed = [name.strip() for name in (preflight.header("access-control-allow-headers") or "").split(",")]
    assert sorted(allowed) == ["content-type", "x-foo"]
    assert (await world.w.get("/cors")).header("access-control-allow-origin") == "*"
    assert one.header("access-control-allow-origin") == "https://one.example"


async def test_h09_path_parameters_are_strings_of_one_segment(world: World) -> None:
    assert parsed(await world.w.get("/add/32/10")) == {"types": ["str", "str"], "sum": 42}
    assert parsed(await world.w.get("/segment/")) == {"x": ""}
    assert (await world.w.get("/segment/a/b")).status == 404


async def test_h10_a_parameter_is_never_converted_and_a_bad_one_is_a_plain_error(world: World) -> None:
    answer = await world.w.get("/add/x/1")

    assert (answer.status, answer.text) == (500, RAISED)
    run, said = await world.log("/add/x/1")
    assert "ValueError" in run.error + said


async def test_h11_the_first_route_that_matches_the_whole_path_answers(world: World) -> None:
    assert (await world.w.get("/first/x")).text == "first"
    assert (await world.w.get("/hello/more")).status == 404


async def test_h12_a_trailing_slash_is_another_path(world: World) -> None:
    assert (await world.w.get("/hello/")).status == 404


async def test_h13_no_match_is_404_in_plain_text(world: World) -> None:
    answer = await world.w.get("/nope")

    assert (answer.status, answer.text) == (404, "No matching API endpoint")
    assert (answer.header("content-type") or "").startswith("text/plain")


async def test_h14_the_root_path_can_be_a_route(world: World) -> None:
    assert (await world.w.get("/")).text == "root"


async def test_h15_below_the_platforms_prefix_no_route_is_reached(world: World) -> None:
    answer = await world.w.get("/_/x")

    assert answer.status == 404
    assert "platform" in answer.text


# --- arguments ---


async def test_h17_the_path_overrides_the_query_and_the_query_the_form(world: World) -> None:
    both = parsed(await world.w.post("/args?a=2", b"a=1&b=3", FORM))
    path = parsed(await world.w.post("/path-wins/9?a=2", b"a=1", FORM))

    assert both == {"a": "2", "b": "3"}
    assert path == {"a": "9"}


async def test_h18_query_parameters_are_keyword_arguments(world: World) -> None:
    assert (await world.w.get("/hi?name=Bo")).text == "Hi Bo"


async def test_h19_form_parameters_are_keyword_arguments(world: World) -> None:
    assert (await world.w.post("/hi", b"name=Bo+B", FORM)).text == "Hi Bo B"


async def test_h20_a_missing_or_extra_parameter_is_a_type_error_in_the_log(world: World) -> None:
    missing, extra = await world.w.get("/hi"), await world.w.get("/hi?name=a&zzz=1")

    assert [missing.status, extra.status] == [500, 500]
    run, said = await world.log("/hi", status=500)
    assert "TypeError" in run.error + said


async def test_h21_a_repeated_parameter_is_a_list(world: World) -> None:
    assert parsed(await world.w.get("/args?a=1&a=2")) == {"a": ["1", "2"]}


async def test_h22_paths_and_queries_are_decoded_as_utf8(world: World) -> None:
    assert (await world.w.get("/hi?name=%C3%A9")).text == "Hi é"
    assert parsed(await world.w.get("/segment/%C3%A9%20b")) == {"x": "é b"}
    assert parsed(await world.w.get("/segment/a%2Fb")) == {"x": "a%2Fb"}


async def test_h23_a_multipart_body_is_there_as_bytes(world: World) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\x00\xff\r\n--b--\r\n'

    answer = await world.w.post("/body", body, "multipart/form-data; boundary=b")

    assert answer.body == body


async def test_h24_paths_are_case_sensitive(world: World) -> None:
    assert (await world.w.get("/Hello")).status == 404


# --- the request object ---


async def test_h30_h31_h32_h33_the_request_shows_method_path_and_parameters(world: World) -> None:
    posted = parsed(await world.w.post("/echo/bar?q=1", b"f=2", FORM))
    got = parsed(await world.w.get("/echo"))

    assert posted["method"] == "POST"
    assert posted["path"] == "/echo/bar"
    assert posted["query_params"] == {"q": "1"}
    assert posted["form_params"] == {"f": "2"}
    assert (got["method"], got["form_params"]) == ("GET", {})


async def test_h34_header_names_are_small_and_platform_cookies_are_removed(world: World) -> None:
    cookies = ("Cookie", "mine=1; __Host-widgetry-session=secret; widgetry-session=secret; theirs=2")
    headers = parsed(await world.w("GET", "/echo", headers=[("X-A", "1"), cookies]))["headers"]

    assert headers["x-a"] == "1"
    assert headers["cookie"] == "mine=1; theirs=2"


async def test_h35_the_remote_address_is_the_clients(world: World) -> None:
    spoofed = [("X-Forwarded-For", "203.0.113.9")]

    assert parsed(await world.w("GET", "/echo", headers=spoofed))["remote_address"] == "127.0.0.1"


async def test_h36_the_body_is_media_with_type_and_name_or_none(world: World) -> None:
    named = [("Content-Type", "x/y"), ("Content-Disposition", 'attachment; filename="a b.bin"')]
    facts = await world.w("POST", "/body-facts", headers=named, body=b"\x00\x01")
    back = await world.w.post("/body", b"\x00\x01", "x/y")
    none = await world.w.get("/body-facts")

    assert parsed(facts) == {"type": "x/y", "name": "a b.bin", "length": 2}
    assert (back.body, back.header("content-type")) == (b"\x00\x01", "x/y")
    assert none.text == "null"


async def test_h37_body_json_needs_the_type_and_bad_json_is_500(world: World) -> None:
    right = await world.w.post("/json", b'{"a":1}', JSON)
    charset = await world.w.post("/json", b'{"a":1}', "application/json; charset=utf-8")
    without = await world.w.post("/json", b'{"a":1}', "text/plain")
    invalid = await world.w.post("/json", b"{", JSON)

    assert parsed(right) == parsed(charset) == {"json": {"a": 1}}
    assert parsed(without) == {"json": None}
    assert invalid.status == 500


async def test_h39_basic_credentials_are_shown_and_malformed_ones_refused(world: World) -> None:
    sent = base64.b64encode("a:b:é".encode()).decode()
    shown = parsed(await world.w.get("/echo", authorization=f"Basic {sent}"))
    none = parsed(await world.w.get("/echo"))
    malformed = await world.w.get("/echo", authorization="Basic %%")

    assert (shown["username"], shown["password"]) == ("a", "b:é")
    assert (none["username"], none["password"]) == (None, None)
    assert malformed.status == 400
    assert malformed.text.startswith("Invalid Authorization header for HTTP Basic auth: ")


async def test_h41_outside_a_request_the_request_says_so(world: World) -> None:
    source = (
        "import anvil.server\n"
        "try:\n    anvil.server.request.method\nexcept Exception as error:\n    TEXT = str(error)\n"
        "@anvil.server.route('/')\ndef root():\n    return TEXT\n"
    )

    answer = await (await world.make(source)).get("/")

    assert answer.text == "anvil.server.request is only available in http_endpoint calls."


# --- responses ---


async def test_h50_a_str_is_plain_text(world: World) -> None:
    answer = await world.w.get("/hello")

    assert answer.header("content-type") == "text/plain; charset=utf-8"


async def test_h51_dict_list_and_none_are_json(world: World) -> None:
    assert parsed(await world.w.get("/dict")) == {"a": [1, None, "é"]}
    assert parsed(await world.w.get("/list")) == [1, {"b": True}]
    assert (await world.w.get("/none")).body == b"null"


async def test_h52_numbers_and_bools_are_json(world: World) -> None:
    assert (await world.w.get("/number")).body == b"3"
    assert parsed(await world.w.get("/bool")) is False


async def test_h53_media_has_its_own_type_and_name(world: World) -> None:
    named, plain = await world.w.get("/media"), await world.w.get("/media-plain")

    assert (named.header("content-type"), named.body[:4]) == ("image/png", b"\x89PNG")
    assert named.header("content-disposition") == 'inline; filename="pic%20ture.png"'
    assert (plain.body, plain.header("content-disposition")) == (named.body, None)


async def test_h54_an_http_response_sets_status_body_and_headers(world: World) -> None:
    answer, default = await world.w.get("/response"), await world.w.get("/response-default")

    assert (answer.status, answer.header("x-one"), json.loads(answer.body)) == (201, "1", {"made": True})
    assert (default.status, default.body) == (200, b"")


async def test_h55_response_headers_are_replaced_added_and_deleted(world: World) -> None:
    answer = await world.w.get("/headers")

    assert answer.headers("x-one") == ["b"]
    assert answer.headers("set-cookie") == ["a=1", "b=2"]
    assert answer.header("x-gone") is None
    assert (await world.w.get("/headers-wrong")).text == "headers should be set to a dictionary"


async def test_h56_type_and_disposition_can_be_overridden(world: World) -> None:
    page, media = await world.w.get("/html"), await world.w.get("/media-named")

    assert (page.headers("content-type"), page.text) == (["text/html; charset=utf-8"], "<h1>é</h1>")
    assert media.headers("content-disposition") == ['attachment; filename="b.png"']


async def test_h57_a_redirect_is_sent_as_it_is(world: World) -> None:
    answer = await world.w.get("/redirect")

    assert (answer.status, answer.header("location")) == (302, "https://example.com/x")


async def test_h60_what_can_not_be_sent_is_500_and_says_why(world: World) -> None:
    answer = await world.w.get("/object")

    assert answer.status == 500
    assert re.match(r"Cannot send a .*object.* over HTTP as response", answer.text)


async def test_h61_bytes_are_500_and_the_text_names_blob_media(world: World) -> None:
    answer = await world.w.get("/bytes")

    assert answer.status == 500
    assert "binary string" in answer.text


async def test_h62_an_exception_is_500_and_its_traceback_is_the_owners_alone(world: World) -> None:
    answer = await world.w.get("/raise")

    assert (answer.status, answer.text) == (500, RAISED)
    assert (answer.header("content-type") or "").startswith("text/plain")
    run, said = await world.log("/raise")
    assert run.outcome == "error"
    assert "in-the-traceback" in run.error + said


async def test_h64_bytes_are_the_same_after_the_round_trip(world: World) -> None:
    body = os.urandom(1024 * 1024)

    answer = await world.w.post("/body", body, "application/octet-stream")

    assert answer.body == body


async def test_h65_what_a_route_prints_is_in_the_owners_log(world: World) -> None:
    answer = await world.w.get("/print")

    assert answer.text == "for the caller"
    run, said = await world.log("/print")
    assert said.startswith("for the owner\n")
    assert run.request is not None
    assert (run.request["method"], run.request["status"], run.request["remote_address"]) == ("GET", 200, "127.0.0.1")


async def test_h66_cookies_of_the_platforms_names_are_dropped(world: World) -> None:
    assert (await world.w.get("/cookie")).headers("set-cookie") == ["mine=1; Path=/"]


async def test_h67_a_large_media_arrives_whole(world: World) -> None:
    answer = await world.w.get("/big")

    assert answer.body == b"0123456789abcdef" * 500_000


# --- authentication, context, hosts, limits ---


async def test_h71_credentials_can_be_required(world: World) -> None:
    refused = await world.w.get("/need")
    sent = base64.b64encode(b"a:b").decode()

    assert (refused.status, refused.text) == (401, "Unauthorized")
    assert (refused.header("www-authenticate") or "").startswith("Basic realm=")
    assert (await world.w.get("/need", authorization=f"Basic {sent}")).text == "a"


async def test_h38_h75_h76_code_learns_its_own_origins(world: World) -> None:
    origin = f"http://{world.widget.slug}.localhost:{world.served.port}"

    assert parsed(await world.w.get("/origins")) == [origin, f"{origin}/_/api", origin]
    assert parsed(await world.w.get("/echo"))["origin"] == origin


async def test_h79_the_client_is_http(world: World) -> None:
    assert (await world.w.get("/context")).text == "http"


async def test_h80_an_unknown_host_gets_a_page_that_says_so(world: World) -> None:
    answer = await world.served.at("no-such-giraffe").get("/")

    assert (answer.status, answer.header("content-type")) == (404, "text/html; charset=utf-8")
    assert "There is no such app" in answer.text


async def test_w15_the_url_exists_from_the_moment_of_creation(world: World) -> None:
    widget = await world.served.make("import anvil.server\n@anvil.server.route('/')\ndef f():\n    return 'new'\n")

    answer = await world.served.at(widget).get("/")

    assert re.fullmatch(r"[a-z]+(-[a-z]+){2,}", widget.slug)
    assert (answer.status, answer.text) == (200, "new")


async def test_w16_every_request_is_a_fresh_interpreter_that_loads_the_module_after_it_was_sent(world: World) -> None:
    seen = []
    for _ in range(5):
        sent_ns = time.time_ns()
        facts = parsed(await world.w.get("/fresh"))
        seen.append(facts)
        assert facts["loaded_ns"] > sent_ns

    assert [(facts["count"], facts["left"], facts["python"]) for facts in seen] == [(1, False, [3, 10])] * 5
    # The kernel may give a namespace the number of one that is gone, so not all need differ.
    assert len({facts["pid_ns"] for facts in seen}) > 1
    assert len({facts["loaded_ns"] for facts in seen}) == 5


async def test_w17_a_route_over_its_time_is_500_and_the_log_says_it_took_too_long(world: World) -> None:
    started = time.monotonic()
    answer = await world.w.get("/sleep")
    took_s = time.monotonic() - started

    assert (answer.status, answer.text) == (500, RAISED)
    assert ROUTE_TIMEOUT_S <= took_s < ROUTE_TIMEOUT_S + 2
    run, said = await world.log("/sleep")
    assert (run.outcome, "Server code took too long" in run.error + said) == ("timeout", True)


async def test_w15_other_modules_of_the_widget_can_be_imported(world: World) -> None:
    assert (await world.w.get("/helper")).text == "helped"


async def test_decisions_5_the_next_request_after_a_save_runs_the_new_code(world: World) -> None:
    source = "import anvil.server\n@anvil.server.route('/')\ndef f():\n    return '{}'\n"
    widget = await world.served.make(source.format(0))
    client = world.served.at(widget)

    for number in range(1, 6):
        await world.served.save(widget, source.format(number))
        assert (await client.get("/")).text == str(number)


async def test_more_calls_at_once_than_places_all_get_their_answer(world: World) -> None:
    answers = await asyncio.gather(*(world.w.get(f"/hi?name={number}") for number in range(30)))

    assert [answer.text for answer in answers] == [f"Hi {number}" for number in range(30)]


async def test_x_22_a_wildcard_takes_the_rest_of_the_path(world: World) -> None:
    for target, path in (("a", "a"), ("a/b.txt", "a/b.txt"), ("", ""), ("a//b/", "a//b/"), ("%C3%A9/x%2Fy", "é/x%2Fy")):
        assert (await world.w.get(f"/files/{target}")).text == f'{{"path":"{path}"}}', target
    assert (await world.w.get("/files/a/b?c=d")).text == '{"path":"a/b","c":"d"}'
    assert (await world.w.get("/files")).status == 404


async def test_x_22_a_route_that_is_defined_before_the_wildcard_wins(world: World) -> None:
    assert (await world.w.get("/files/special")).text == "special"
    assert (await world.w.get("/files/docs/list")).text == '{"list":"docs"}'
    assert (await world.w.get("/files/late")).text == '{"path":"late"}'
