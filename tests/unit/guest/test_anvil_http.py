"""``anvil.http`` of server code against a server of our own: what is sent, and what comes back (H-82, H-83)."""

import ast
import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.unit.guest.harness import REPOSITORY, Children


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked; ``/status/404`` with that status, ``/to/<port>`` with a redirect."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        _, kind, *rest = self.path.split("/")
        status = int(rest[0]) if kind == "status" else 302 if kind == "to" else 200
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = json.dumps({"method": self.command, "path": self.path, "headers": headers, "body": body}).encode()
        if kind == "text":
            said = b"no JSON"
        self.send_response(status)
        if kind == "to":
            self.send_header("Location", f"http://127.0.0.1:{rest[0]}/arrived")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def serving() -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as server:
        yield server.server_port
        server.shutdown()


def returned(children: Children, port: int, expression: str) -> Any:
    """Return what ``expression`` is in a script; HttpError is its status and content."""
    source = f"""
import anvil, anvil.http, anvil.server, anvil.script
URL = "http://127.0.0.1:{port}"
def plain(value):
    return value.get_bytes().decode() if isinstance(value, anvil.Media) else value
try:
    anvil.script.return_value = plain({expression})
except anvil.http.HttpError as error:
    anvil.script.return_value = ["HttpError", error.status, plain(error.content)]
except anvil.http.UrlEncodingError as error:
    anvil.script.return_value = ["UrlEncodingError", str(error)]
"""
    ended = children.script(source)
    assert ended.answer["error"] is None, ended.answer
    return ended.answer["returned"]


def test_h_82_an_answer_is_media_or_what_its_json_says(children: Children, port: int) -> None:
    text = returned(children, port, "anvil.http.request(URL + '/a?b=c')")
    parsed = returned(children, port, "anvil.http.request(URL + '/a', json=True)")
    kind = returned(children, port, "anvil.http.request(URL).content_type")

    assert json.loads(text)["path"] == "/a?b=c"
    assert parsed["method"] == "GET"
    assert kind == "application/json"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("data={'a': 'x y', 'b': [1, 2]}", ("GET", "/p?q=1&a=x+y&b=1&b=2", None, "")),
        ("'POST', {'a': 'é'}", ("POST", "/p?q=1", "application/x-www-form-urlencoded", "a=%C3%A9")),
        ("'post', 'text'", ("POST", "/p?q=1", "text/plain; charset=utf-8", "text")),
        ("method='PUT', data=anvil.BlobMedia('a/b', b'c')", ("PUT", "/p?q=1", "a/b", "c")),
        ("method='PATCH', data=[1], json=True", ("PATCH", "/p?q=1", "application/json", "[1]")),
        (
            "method='POST', data={'a': 1}, headers={'content-type': 'application/json'}",
            ("POST", "/p?q=1", "application/json", '{"a": 1}'),
        ),
        ("method='DELETE'", ("DELETE", "/p?q=1", None, "")),
    ],
)
def test_h_82_what_is_sent(children: Children, port: int, arguments: str, expected: tuple[Any, ...]) -> None:
    got = returned(children, port, f"anvil.http.request(URL + '/p?q=1', {arguments})")
    got = json.loads(got) if isinstance(got, str) else got

    assert (got["method"], got["path"], got["headers"].get("content-type"), got["body"]) == expected


def test_h_82_no_success_is_an_error_with_status_and_content(children: Children, port: int) -> None:
    missing = returned(children, port, "anvil.http.request(URL + '/status/404')")
    parsed = returned(children, port, "anvil.http.request(URL + '/status/500', json=True)")
    no_json = returned(children, port, "anvil.http.request(URL + '/text', json=True)")

    assert missing[:2] == ["HttpError", 404]
    assert json.loads(missing[2])["path"] == "/status/404"
    assert (parsed[1], parsed[2]["path"]) == (500, "/status/500")
    assert no_json == ["HttpError", 200, "no JSON"]


@pytest.mark.parametrize(
    "url", ["'http://127.0.0.1:1/'", "'http://no-such-host.invalid'", "'file:///etc/passwd'", "''"]
)
def test_h_82_no_answer_is_status_0(children: Children, port: int, url: str) -> None:
    assert returned(children, port, f"anvil.http.request({url})") == ["HttpError", 0, None]


def test_h_82_a_password_goes_to_the_host_that_was_asked_and_no_other(children: Children, port: int) -> None:
    with serving() as other:
        asked = "json=True, username='ada', password='pw')"
        straight = returned(children, port, f"anvil.http.request(URL + '/p', {asked}")
        back = returned(children, port, f"anvil.http.request(URL + '/to/{port}', {asked}")
        onward = returned(children, port, f"anvil.http.request(URL + '/to/{other.server_port}', {asked}")
        other.shutdown()

    basic = "Basic " + base64.b64encode(b"ada:pw").decode()
    assert straight["headers"]["authorization"] == back["headers"]["authorization"] == basic
    assert onward["path"] == "/arrived"
    assert "authorization" not in onward["headers"]


def test_h_82_m_03_url_media_and_calls_by_name_take_the_same_way(children: Children, port: int) -> None:
    media = returned(children, port, "anvil.URLMedia(URL + '/m').get_bytes().decode()")
    called = "anvil.server.call('anvil.private.http.request', url=URL + '/status/201', timeout=9000)"
    status = returned(children, port, f"{called}['status']")

    assert json.loads(media)["path"] == "/m"
    assert status == 201


def test_h_83_texts_are_encoded_for_addresses_and_decoded(children: Children, port: int) -> None:
    encoded = returned(children, port, "anvil.http.url_encode('a b/c?é=ü&~')")
    decoded = returned(children, port, "anvil.http.url_decode('a%20b%2Fc%3F%C3%A9+')")
    wrong = [returned(children, port, f"anvil.http.url_decode({text!r})") for text in ("%zz", "50%", "%ff")]

    assert encoded == "a%20b%2Fc%3F%C3%A9%3D%C3%BC%26~"
    assert decoded == "a b/c?é+"
    assert wrong == [["UrlEncodingError", "This is not a valid URL-encoded string"]] * 3


def test_anvil_app_tells_of_the_widget_in_scripts_and_in_threads(children: Children) -> None:
    app = {"id": "W1", "branch": "master", "environment": {"description": "Published", "tags": []}}
    source = """
import threading
import anvil
def tell():
    e = anvil.app.environment
    print(anvil.app.id, anvil.app.branch, e.name, e.tags, anvil.app.theme_colors)
tell()
thread = threading.Thread(target=tell)
thread.start()
thread.join()
"""
    assert children.script(source, app=app).output("stdout") == "W1 master Published [] {}\n" * 2


def test_the_language_server_is_told_of_every_name_with_its_parameters() -> None:
    guest = REPOSITORY / "sandbox_images/guest/widget_guest"
    real, told = (
        {
            node.name: ast.unparse(node.args) if isinstance(node, ast.FunctionDef) else ""
            for node in ast.parse((guest / file).read_text()).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        for file in ("beside_anvil/http.py", "stubs/anvil-stubs/http.pyi")
    )

    assert told == {name: real[name] for name in told}
    assert set(told) == {"HttpError", "UrlEncodingError", "request", "url_encode", "url_decode"}
