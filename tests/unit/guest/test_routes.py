"""HTTP routes: what the real anvil library does in a child for each row of features.md section 2."""

import time
from typing import Any

import pytest
from tests.unit.guest.harness import Children, Message, call, start

HEAD = "import anvil.server\nfrom anvil.server import route, request, http_endpoint, HttpResponse\n"


def test_bare_route_is_importable_and_answers(children: Children) -> None:
    ended = children.route(HEAD + "@route('/hello')\ndef hello():\n    return 'hi'", "/hello")

    assert ended.http == {"status": 200, "body": "hi", "headers": {}}
    assert len(ended.messages) == 1
    assert ended.began_at is not None
    assert ended.status == 0


def test_http_endpoint_has_its_own_prefix(children: Children) -> None:
    source = HEAD + "@http_endpoint('/x/:a')\ndef x(a):\n    return a"

    ended = children.serve([start("api", {"main.py": source}), *call("/x/1", prefix="http")])

    assert ended.http["body"] == "1"


def test_the_options_of_route_have_their_defaults(children: Children) -> None:
    ended = children.script("import inspect, anvil.server\nprint(inspect.signature(anvil.server.http_endpoint))")

    for option in (
        "require_credentials=False",
        "authenticate_users=False",
        "methods=['GET', 'POST']",
        "enable_cors=False",
        "cross_site_session=False",
    ):
        assert option in ended.output("stdout")


def test_another_method_is_405_and_says_which_are_allowed(children: Children) -> None:
    ended = children.route(HEAD + "@route('/')\ndef f():\n    return 1", method="PUT")

    assert ended.http == {"status": 405, "body": "Method not supported", "headers": {"Allow": "GET, POST"}}


def test_head_is_405_unless_listed(children: Children) -> None:
    assert children.route(HEAD + "@route('/')\ndef f():\n    return 1", method="HEAD").http["status"] == 405


def test_head_is_served_when_listed(children: Children) -> None:
    ended = children.route(HEAD + "@route('/', methods=['HEAD'])\ndef f():\n    return 1", method="HEAD")

    assert ended.http["status"] == 200


def test_options_with_cors_is_an_empty_200(children: Children) -> None:
    ended = children.route(
        HEAD + "@route('/', enable_cors=True)\ndef f():\n    return 1",
        method="OPTIONS", headers={"access-control-request-headers": "X-Foo, content-type"},
    )  # fmt: skip

    assert ended.http["status"] == 200
    assert ended.http["body"] == ""
    assert ended.http["headers"] == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "content-type, x-foo",
    }


def test_options_without_cors_is_405(children: Children) -> None:
    assert children.route(HEAD + "@route('/')\ndef f():\n    return 1", method="OPTIONS").http["status"] == 405


def test_a_text_for_cors_is_the_allowed_origin(children: Children) -> None:
    ended = children.route(
        HEAD + "@route('/', enable_cors='https://a.example')\ndef f():\n    return HttpResponse(201)"
    )

    assert ["access-control-allow-origin", "https://a.example"] in ended.http["headers"]


ADD = HEAD + "@route('/add/:a/:b')\ndef add(a, b):\n    return {'sum': int(a) + int(b)}"


def test_path_parameters_are_text(children: Children) -> None:
    assert children.route(ADD, "/add/32/10").http["body"] == {"sum": 42}


def test_a_bad_number_is_an_ordinary_exception_with_the_owners_line(children: Children) -> None:
    ended = children.route(ADD, "/add/x/1")

    assert ended.error["type"] == "ValueError"
    assert ended.error["trace"] == [["main.py", 5]]
    assert ended.error["traceback"].startswith('Traceback (most recent call last):\n  File "main.py", line 5, in add\n')
    assert "/anvil/" not in ended.error["traceback"]


def test_a_parameter_may_be_empty_and_a_segment_never_has_a_slash(children: Children) -> None:
    assert children.route(HEAD + "@route('/e/:a')\ndef e(a):\n    return [a]", "/e/").http["body"] == [""]


@pytest.mark.parametrize("path", ["/hello/", "/Hello", "/hello/x", "/nope", "/"])
def test_another_path_is_no_function(children: Children, path: str) -> None:
    ended = children.route(HEAD + "@route('/hello')\ndef hello():\n    return 1", path)

    assert ended.error["type"] == "anvil.server.NoServerFunctionError"
    assert f'"route:{path}"' in ended.error["message"]


def test_the_first_match_wins(children: Children) -> None:
    source = HEAD + "@route('/a/:x')\ndef one(x):\n    return 1\n@route('/a/b')\ndef two():\n    return 2"

    assert children.route(source, "/a/b").http["body"] == 1


def test_a_pattern_with_special_characters_is_a_regular_expression(children: Children) -> None:
    source = HEAD + "@route('/v[0-9]+/:name.json')\ndef f(**given):\n    return given"

    assert children.route(source, "/v12/x.json").http["body"] == {"name.json": "x.json"}


def test_path_beats_query_beats_form(children: Children) -> None:
    source = HEAD + "@route('/:a')\ndef f(**given):\n    return given"

    ended = children.route(
        source, "/1", query_params={"a": "2", "b": "2"}, form_params={"a": "3", "b": "3", "c": "3"}, method="POST"
    )

    assert ended.http["body"] == {"a": "1", "b": "2", "c": "3"}


def test_an_unexpected_parameter_is_a_type_error(children: Children) -> None:
    ended = children.route(HEAD + "@route('/hi')\ndef hi(name):\n    return name", "/hi", query_params={"zzz": "1"})

    assert ended.error["type"] == "TypeError"
    assert "'zzz'" in ended.error["traceback"]


def test_text_of_any_language_comes_through(children: Children) -> None:
    ended = children.route(
        HEAD + "@route('/hi')\ndef hi(name):\n    return name + '🦒'", "/hi", query_params={"name": "é"}
    )

    assert ended.http["body"] == "é🦒"


def test_the_request_object_has_it_all(children: Children) -> None:
    source = HEAD + (
        "@route('/r')\ndef r(**given):\n    q = request\n"
        "    return [q.method, q.path, q.query_params, q.form_params, q.headers, q.remote_address, q.body,"
        " q.username, q.password, q.origin, q.user]"
    )

    ended = children.route(
        source, "/r", method="POST", query_params={"a": "1"}, form_params={"b": "2"}, headers={"x-a": "1"},
        username="u", password="p", origin="https://o.example",
    )  # fmt: skip

    assert ended.http["body"] == [
        "POST", "/r", {"a": "1"}, {"b": "2"}, {"x-a": "1"}, "192.0.2.1", None, "u", "p", "https://o.example", None,
    ]  # fmt: skip


BODY = HEAD + "@route('/b', methods=['POST'])\ndef b():\n    return {'json': request.body_json}"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json", {"a": 1}),
        ("application/json; charset=utf-8", {"a": 1}),
        ("application/json;charset=utf-8", {"a": 1}),
        ("application/jsonx", None),
        ("text/plain", None),
        (None, None),
    ],
)
def test_body_json_follows_the_type_before_the_semicolon(children: Children, kind: str | None, expected: Any) -> None:
    headers = {} if kind is None else {"content-type": kind}

    ended = children.route(BODY, "/b", b'{"a": 1}', method="POST", headers=headers)

    assert ended.http["body"] == {"json": expected}


def test_body_json_is_none_without_a_body(children: Children) -> None:
    ended = children.route(BODY, "/b", method="POST", headers={"content-type": "application/json"})

    assert ended.http["body"] == {"json": None}


def test_a_body_that_is_not_json_is_an_error(children: Children) -> None:
    ended = children.route(BODY, "/b", b"{", method="POST", headers={"content-type": "application/json"})

    assert ended.error["type"] == "JSONDecodeError"


def test_a_body_is_media_with_its_name_and_bytes(children: Children) -> None:
    source = HEAD + (
        "@route('/b', methods=['POST'])\ndef b():\n    m = request.body\n"
        "    return [m.name, m.content_type, m.length, list(m.get_bytes())]"
    )

    ended = children.route(source, "/b", bytes([0, 255, 16]), method="POST", headers={"content-type": "image/x"})

    assert ended.http["body"] == ["up.bin", "image/x", 3, [0, 255, 16]]


@pytest.mark.parametrize(
    ("returned", "expected"), [("None", None), ("3", 3), ("True", True), ("[1, {'a': None}]", [1, {"a": None}])]
)
def test_plain_values_come_as_they_are(children: Children, returned: str, expected: Any) -> None:
    assert children.route(HEAD + f"@route('/')\ndef f():\n    return {returned}").http["body"] == expected


def test_media_come_in_chunks_after_the_answer(children: Children) -> None:
    source = "import anvil\n" + HEAD + (
        "@route('/')\ndef f():\n    return anvil.BlobMedia('image/png', b'x' * 70000, name='a.png')"
    )  # fmt: skip

    ended = children.route(source)

    described = next(message for message in ended.messages if "response" in message)["objects"][0]
    assert described["mime-type"] == "image/png"
    assert described["name"] == "a.png"
    assert b"".join(ended.media) == b"x" * 70000


def test_http_response_sets_status_body_and_headers(children: Children) -> None:
    source = HEAD + (
        "@route('/')\ndef f():\n    r = HttpResponse(302, {'a': 1}, {'Location': '/x'})\n"
        "    r.headers['Set-Cookie'] = 'a=1'\n    r.headers.add('set-cookie', 'b=2')\n    return r"
    )

    ended = children.route(source)

    assert ended.http["status"] == 302
    assert ended.http["body"] == {"a": 1}
    assert ended.http["headers"] == [["location", "/x"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]]


def test_headers_that_are_no_dictionary_are_refused(children: Children) -> None:
    ended = children.route(HEAD + "@route('/')\ndef f():\n    HttpResponse().headers = 'x'")

    assert ended.error["message"] == "headers should be set to a dictionary"


@pytest.mark.parametrize(("returned", "kind"), [("object()", "object"), ("{1, 2}", "set"), ("b'x'", "bytes")])
def test_what_cannot_travel_is_named(children: Children, returned: str, kind: str) -> None:
    ended = children.route(HEAD + f"@route('/')\ndef f():\n    return {returned}")

    assert ended.error["type"] == "anvil.server.SerializationError"
    assert f"'{kind}'" in ended.error["message"]


def test_a_circle_is_refused_and_no_hang(children: Children) -> None:
    ended = children.route(HEAD + "@route('/')\ndef f():\n    a = []\n    a.append(a)\n    return a")

    assert ended.error["type"] == "RecursionError"


def test_too_much_data_says_to_use_media(children: Children) -> None:
    ended = children.route(HEAD + "@route('/')\ndef f():\n    return 'x' * 5_000_000")

    assert ended.error["type"] == "anvil.server.SerializationError"
    assert "please use Media objects" in ended.error["message"]


def test_printing_comes_before_the_answer_and_keeps_out_of_it(children: Children) -> None:
    ended = children.route(HEAD + "@route('/')\ndef f():\n    print('log', end='')\n    return 'x'")

    assert ended.output("stdout") == "log"
    assert ended.http["body"] == "x"


def test_an_error_while_loading_is_marked_and_named(children: Children) -> None:
    ended = children.route("x = 1\n1 / 0\n")

    assert ended.answer["moduleLoadFailed"] is True
    assert ended.error["trace"] == [["main.py", 2]]


def test_leaving_a_route_is_an_error_and_no_exit(children: Children) -> None:
    ended = children.route(HEAD + "import sys\n@route('/')\ndef f():\n    sys.exit(3)")

    assert ended.error["type"] == "SystemExit"


def test_the_caller_is_of_type_http(children: Children) -> None:
    source = HEAD + (
        "@route('/')\ndef f():\n    c = anvil.server.context\n"
        "    return [c.type, c.client.type, c.client.ip, c.remote_caller.type, c.remote_caller.is_trusted]"
    )

    assert children.route(source).http["body"] == ["server_module", "http", "192.0.2.1", "http", False]


def test_a_module_is_not_main_and_is_loaded_for_each_request(children: Children) -> None:
    source = HEAD + "import time\nT = time.time_ns()\n@route('/')\ndef f():\n    return [__name__, str(T)]"
    before = time.time_ns()

    ended = children.route(source)

    assert ended.http["body"][0] == "main"
    assert int(ended.http["body"][1]) > before


def test_a_route_runs_on_the_main_thread_alone_so_that_signals_work(children: Children) -> None:
    source = HEAD + (
        "import signal, threading\n@route('/')\ndef f():\n"
        "    signal.signal(signal.SIGALRM, lambda *a: None)\n"
        "    return [threading.current_thread() is threading.main_thread(), threading.active_count()]"
    )

    assert children.route(source).http["body"] == [True, 1]


def test_a_huge_message_of_an_exception_still_arrives(children: Children) -> None:
    ended = children.route(HEAD + "@route('/')\ndef f():\n    raise ValueError('x' * 9_000_000)")

    assert ended.error["type"] == "ValueError"
    assert len(ended.error["message"]) == 10_000


def echo(message: Message) -> list[Message]:
    """Answer a call with what it asked for."""
    return [{"id": message["id"], "response": [message["command"], *message["args"]], "objects": []}]


def test_a_call_of_user_code_goes_out_and_its_answer_comes_back(children: Children) -> None:
    source = HEAD + "@route('/')\ndef f():\n    return [anvil.server.get_app_origin(), anvil.server.call('x', 1)]"

    ended = children.serve([start("api", {"main.py": source}), *call("/")], echo)

    assert ended.http["body"] == [["anvil.private.get_app_origin", None], ["x", 1]]


def test_calls_of_several_threads_belong_to_the_run(children: Children) -> None:
    source = HEAD + (
        "from concurrent.futures import ThreadPoolExecutor\n@route('/')\ndef f():\n"
        "    with ThreadPoolExecutor(4) as pool:\n"
        "        return list(pool.map(lambda n: anvil.server.call('echo', n)[1], range(20)))"
    )

    ended = children.serve([start("api", {"main.py": source}), *call("/")], echo)

    assert ended.http["body"] == list(range(20))
    calls = [message for message in ended.messages if message.get("type") == "CALL"]
    assert {message["originating-call"] for message in calls} == {"server-1"}
    assert {message["call-stack-id"] for message in calls} == {"server-1"}


def test_an_error_of_a_call_is_raised_by_its_class(children: Children) -> None:
    source = HEAD + (
        "@route('/')\ndef f():\n    try:\n        anvil.server.call('x')\n"
        "    except anvil.server.PermissionDenied as e:\n        return str(e)"
    )

    def refuse(message: Message) -> list[Message]:
        return [{"id": message["id"], "error": {"type": "anvil.server.PermissionDenied", "message": "no", "trace": []}}]

    ended = children.serve([start("api", {"main.py": source}), *call("/")], refuse)

    assert ended.http["body"] == "no"


def test_scripts_can_call_too(children: Children) -> None:
    ended = children.serve(
        [start("script", {"main.py": "import anvil.server\nprint(anvil.server.call('echo', 'x'))"})], echo
    )

    assert ended.output("stdout") == "['echo', 'x']\n"


def test_a_forked_process_is_told_that_it_cannot_call(children: Children) -> None:
    ended = children.script(
        "import os, anvil.server\nif os.fork() == 0:\n    try:\n        anvil.server.call('x')\n"
        "    except RuntimeError as e:\n        print(e, flush=True)\n    os._exit(0)\n_ = os.wait()"
    )

    assert "forked from the run" in ended.output("stdout")
    assert [message["type"] for message in ended.messages] == ["END"]


def test_a_forked_process_that_returns_from_a_route_does_not_answer(children: Children) -> None:
    ended = children.route(
        HEAD + "import os\n@route('/')\ndef f():\n    if os.fork():\n        os.wait()\n    return 1"
    )

    assert [message.get("response") is not None for message in ended.messages] == [True]
    assert ended.output("stderr") == ""


def test_connecting_like_an_uplink_is_refused_in_words(children: Children) -> None:
    ended = children.script("import anvil.server\nanvil.server.connect('KEY')")

    assert "already runs on the server" in ended.error["message"]
