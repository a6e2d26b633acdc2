"""Routes from the queue to the reply (features.md 2, W-16, W-17), at the level of Redis."""

import base64
import json
import os
import zlib

import pytest
from tests.services.runner.site_double import SiteDouble

from widget_wire import frames

pytestmark = pytest.mark.usefixtures("runner")

API = """
import anvil.server
from anvil.server import route, request
count = 0

@route('/hello')
def hello(**params):
    return 'Hi ' + params.get('name', 'you')

@anvil.server.http_endpoint('/below')
def below():
    return {'path': request.path}

@route('/count')
def counting():
    global count
    count += 1
    print('counted')
    return count

@route('/add/:a/:b')
def add(a, b):
    return int(a) + int(b)

@route('/echo', methods=['GET', 'POST', 'PUT'])
def echo(**params):
    r = request
    return {'method': r.method, 'path': r.path, 'query': r.query_params, 'form': r.form_params, 'headers': r.headers,
            'remote': r.remote_address, 'user': r.username, 'pass': r.password, 'params': params,
            'json': r.body_json, 'client': anvil.server.context.client.type}

@route('/body', methods=['POST'])
def body():
    b = request.body
    return anvil.BlobMedia(b.content_type, b.get_bytes(), name=b.name)

@route('/made')
def made():
    r = anvil.server.HttpResponse(201, {'a': None})
    r.headers['X-One'] = '1'
    r.headers.add('Set-Cookie', 'a=1')
    r.headers.add('Set-Cookie', 'b=2')
    return r

@route('/cors', enable_cors=True)
def cors():
    return 'c'

@route('/value')
def value(kind):
    return {'none': None, 'int': 3, 'bool': True, 'float': 1.5, 'big': 2**40, 'list': [1, 'é'], 'object': object(),
            'bytes': b'x', 'set': {'a': {1}}}[kind]

@route('/raise')
def boom():
    print('about to')
    return 1 / 0

@route('/sleep')
def sleep():
    import time
    time.sleep(60)

@route('/exit')
def leave():
    import os
    os._exit(3)

@route('/sysexit')
def sysexit():
    import sys
    sys.exit(3)

@route('/big')
def big(n):
    return 'x' * int(n)

@route('/media')
def media(n):
    import random
    return anvil.BlobMedia('application/octet-stream', random.Random(1).randbytes(int(n)))
"""


async def test_a_string_is_text(site: SiteDouble) -> None:  # H-01, H-03, H-18, H-50
    reply = await site.get(API, "/hello", asked={"query_params": {"name": "Bö"}})

    assert (reply.status, reply.outcome, reply.http_status) == ("done", "ok", 200)
    assert dict(reply.headers)["content-type"] == "text/plain; charset=utf-8"
    assert reply.body.decode() == "Hi Bö"


@pytest.mark.parametrize(
    ("kind", "body"),
    [("none", b"null"), ("int", b"3"), ("bool", b"true"), ("float", b"1.5"), ("big", b"1099511627776"),
     ("list", '[1,"é"]'.encode())],
)  # fmt: skip
async def test_other_plain_values_are_json(site: SiteDouble, kind: str, body: bytes) -> None:  # H-51, H-52
    reply = await site.get(API, "/value", asked={"query_params": {"kind": kind}})

    assert dict(reply.headers)["content-type"] == "application/json"
    assert reply.body == body


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("object", "Cannot send a object object over HTTP as response. A route returns"),
        ("set", "Cannot send a set object over HTTP as response['a']. A route returns"),
        ("bytes", "Cannot send a bytes object over HTTP as response: the function returned a binary string."),
    ],
)
async def test_what_http_cannot_carry_is_a_500_that_says_so(site: SiteDouble, kind: str, text: str) -> None:
    reply = await site.get(API, "/value", asked={"query_params": {"kind": kind}})  # H-60, H-61

    assert reply.http_status == 500
    assert reply.body.decode().startswith(text)
    assert (await site.record(reply.id)).outcome == "error"


async def test_every_request_gets_a_fresh_interpreter(site: SiteDouble) -> None:  # W-16
    assert [(await site.get(API, "/count")).body for _ in range(3)] == [b"1"] * 3


async def test_a_record_says_when_user_code_began(site: SiteDouble) -> None:
    source = (
        "import time\nBEGAN = time.time()\nimport anvil.server\n@anvil.server.route('/')\ndef slow():\n"
        "    time.sleep(0.2)\n    return {'began': BEGAN, 'ended': time.time()}\n"
    )
    reply = await site.get(source)
    record = await site.record(reply.id)
    said = json.loads(reply.body)

    assert record.started_at <= said["began"]
    assert record.finished_at >= said["ended"]
    assert record.finished_at - record.started_at >= 0.2


async def test_path_parameters_are_strings(site: SiteDouble) -> None:  # H-09, H-10
    assert (await site.get(API, "/add/32/10")).body == b"42"
    assert (await site.get(API, "/add/x/1")).http_status == 500


async def test_http_endpoints_are_below_their_own_prefix(site: SiteDouble) -> None:  # H-02, H-31
    reply = await site.get(API, "/below", asked={"prefix": "http"})

    assert reply.body == b'{"path":"/below"}'
    assert (await site.get(API, "/below")).http_status == 404


@pytest.mark.parametrize("path", ["/nope", "/hello/", "/Hello", "/"])
async def test_no_route_is_a_404(site: SiteDouble, path: str) -> None:  # H-11 to H-13, H-24
    reply = await site.get(API, path)

    assert (reply.http_status, reply.body) == (404, b"No matching API endpoint")


@pytest.mark.parametrize("method", ["PUT", "HEAD", "OPTIONS", "DELETE"])
async def test_methods_not_listed_are_405(site: SiteDouble, method: str) -> None:  # H-05 to H-07
    reply = await site.get(API, "/hello", method)

    assert (reply.http_status, reply.body) == (405, b"Method not supported")
    assert dict(reply.headers)["allow"] == "GET, POST"


async def test_cors_answers_a_preflight(site: SiteDouble) -> None:  # H-07, H-08
    asked = {"headers": {"access-control-request-headers": "X-Foo, Content-Type"}}
    reply = await site.get(API, "/cors", "OPTIONS", asked=asked)

    headers = dict(reply.headers)
    assert (reply.http_status, reply.body) == (200, b"")
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-allow-headers"] == "content-type, x-foo"


async def test_the_request_object_tells_what_was_asked(site: SiteDouble) -> None:  # H-30 to H-39, H-79
    reply = await site.get(
        API,
        "/echo",
        "POST",
        body=b'{"a":1}',
        asked={
            "query_params": {"q": "1", "both": "query"},
            "form_params": {"f": "2", "both": "form"},
            "headers": {"x-a": "1", "content-type": "application/json; charset=utf-8"},
            "content_type": "application/json; charset=utf-8",
            "username": "u",
            "password": "p",
        },
    )

    said = json.loads(reply.body)
    assert (said["method"], said["path"], said["remote"]) == ("POST", "/echo", "192.0.2.7")
    assert (said["user"], said["pass"], said["client"]) == ("u", "p", "http")
    assert said["headers"]["x-a"] == "1"
    assert said["json"] == {"a": 1}
    assert said["params"] == {"q": "1", "f": "2", "both": "query"}  # H-17


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 3_000_000])
async def test_bodies_go_there_and_back_byte_for_byte(site: SiteDouble, size: int) -> None:  # H-36, H-53, H-64
    content = os.urandom(size)
    asked = {"content_type": "image/x-test", "file_name": "a b.bin", "has_body": True}

    reply = await site.get(API, "/body", "POST", body=content, asked=asked)

    assert reply.http_status == 200
    assert zlib.crc32(reply.body) == zlib.crc32(content)
    assert reply.headers == (
        ("content-type", "image/x-test"),
        ("content-disposition", 'inline; filename="a%20b.bin"'),
    )


async def test_an_http_response_sets_status_and_headers(site: SiteDouble) -> None:  # H-54, H-55
    reply = await site.get(API, "/made")

    assert (reply.http_status, reply.body) == (201, b'{"a":null}')
    assert ("x-one", "1") in reply.headers
    assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=1", "b=2"]


async def test_an_exception_is_for_the_owners_eyes_only(site: SiteDouble) -> None:  # H-62, H-65, H-20
    reply = await site.get(API, "/raise")
    record = await site.record(reply.id)

    assert (reply.http_status, reply.outcome) == (500, "error")
    assert reply.body == b"An exception was raised. Check the application logs for details."
    assert record.error == "ZeroDivisionError: division by zero"
    assert record.events[0]["text"] == "about to\n"
    assert "1 / 0" in record.events[1]["text"]
    assert record.request == {"method": "GET", "path": "/raise", "remote_address": "192.0.2.7", "status": 500}


async def test_what_a_route_prints_goes_to_its_record(site: SiteDouble) -> None:  # H-65
    reply = await site.get(API, "/count")
    record = await site.record(reply.id)

    assert (record.trigger, record.outcome) == ("route", "ok")
    assert [event["text"] for event in record.events] == ["counted\n"]
    assert record.cpu_s > 0
    assert record.rss_kb > 0


async def test_a_route_that_takes_too_long_is_a_500(site: SiteDouble) -> None:  # W-17
    reply = await site.get(API, "/sleep", timeout_s=0.3)

    assert (reply.http_status, reply.outcome) == (500, "timeout")
    assert (await site.record(reply.id)).error == "Server code took too long"


@pytest.mark.parametrize(("path", "outcome"), [("/exit", "crashed"), ("/sysexit", "error")])
async def test_a_route_that_leaves_is_a_500(site: SiteDouble, path: str, outcome: str) -> None:  # W-32
    reply = await site.get(API, path)

    assert (reply.http_status, reply.outcome) == (500, outcome)


@pytest.mark.parametrize("source", ["def broken(:", "1/0", "import no_such_module"])
async def test_a_module_that_cannot_be_loaded_is_a_500(site: SiteDouble, source: str) -> None:
    reply = await site.get(source, "/")

    assert (reply.http_status, reply.outcome) == (500, "error")


async def test_results_are_bounded_and_media_is_not(site: SiteDouble) -> None:
    small = await site.get(API, "/big", asked={"query_params": {"n": str(4 * 1024 * 1024)}})
    large = await site.get(API, "/big", asked={"query_params": {"n": str(4 * 1024 * 1024 + 1)}})
    media = await site.get(API, "/media", asked={"query_params": {"n": str(9_000_000)}})

    assert (small.http_status, len(small.body)) == (200, 4 * 1024 * 1024)
    assert large.http_status == 500
    assert b"Media" in large.body
    assert (media.http_status, len(media.body)) == (200, 9_000_000)


async def test_services_of_the_site_are_called_and_answered(site: SiteDouble) -> None:
    source = """
import anvil.server
@anvil.server.route('/')
def where():
    return anvil.server.get_app_origin()
"""
    run = await site.route(source)
    await site.submit(run)

    call = await site.serve_call({"response": "http://x.localhost", "objects": []})
    reply = await site.reply()

    assert (call.command, call.run_id, call.widget_id) == ("anvil.private.get_app_origin", run.id, "w1")
    assert reply.body == b"http://x.localhost"


async def test_an_error_of_a_service_is_raised_in_user_code(site: SiteDouble) -> None:
    source = """
import anvil.server
@anvil.server.route('/')
def where():
    try:
        anvil.server.call('anvil.private.nothing')
    except anvil.server.NoServerFunctionError as e:
        return 'no: ' + str(e)
"""
    run = await site.route(source)
    await site.submit(run)

    error = {"type": "anvil.server.NoServerFunctionError", "message": "not here", "trace": []}
    await site.serve_call({"error": error})

    assert b"not here" in (await site.reply()).body


async def test_media_travels_to_a_service_and_back(site: SiteDouble) -> None:
    source = """
import anvil.server
@anvil.server.route('/')
def there_and_back():
    return anvil.server.call('service', anvil.BlobMedia('text/plain', b'there' * 40000)).get_bytes()[:5].decode()
"""
    run = await site.route(source)
    await site.submit(run)
    described = {"path": ["response"], "type": ["DataMedia"], "id": "m1", "mime-type": "text/plain", "name": None}
    header = {"type": "CHUNK_HEADER", "requestId": "?", "mediaId": "m1", "chunkIndex": 0, "lastChunk": True}

    back = frames.pack(b"J", json.dumps(header).encode()) + frames.pack(b"B", b"back!")
    call = await site.serve_call({"response": None, "objects": [described]}, back)

    sent = b"".join(payload for kind, payload in frames.FrameDecoder().feed(call.media) if kind == frames.BINARY)
    assert sent == b"there" * 40000
    assert (await site.reply()).body == b"back!"


async def test_a_route_that_calls_services_without_end_is_bounded(site: SiteDouble) -> None:
    forged = base64.b64encode(b'{"type":"CALL","id":"%d","command":"x","args":[],"kwargs":{}}').decode()
    source = f"""
import anvil.server, base64, os
@anvil.server.route('/')
def flood():
    m = base64.b64decode('{forged}')
    for n in range(100000):
        one = m % n
        os.write(3, b'J' + len(one).to_bytes(4, 'big') + one)
"""
    run = await site.route(source, timeout_s=1.0)
    await site.submit(run)

    reply = await site.reply()

    assert reply.outcome in ("timeout", "crashed")
    assert await site.client.llen("widgetry:q:services") < 5000  # type: ignore[misc]
