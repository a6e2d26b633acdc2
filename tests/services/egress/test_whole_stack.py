"""What a run reaches of the network, through the whole product on the local engine (W-24)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures.far_server import far_server
from tests.fixtures.stack import Stack, start_stack

pytestmark = pytest.mark.root

#: Two private addresses of a namespace behind a wire of our own: the operator allows the first alone.
HERE, ALLOWED, REFUSED = "10.213.77.1", "10.213.77.2", "10.213.77.3"
PORT = 8642
SERVER = """
import http.server

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "11")
        self.end_headers()
        self.wfile.write(b"from afar  "[:11])

    def log_message(self, *args):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Answer).serve_forever()
"""
ASK = """
import urllib.request

def ask(url):
    try:
        return urllib.request.urlopen(url, timeout=5).read().decode()
    except OSError as error:
        return f"refused: {type(error).__name__}"
"""
#: The same with anvil.http: no answer is status 0.
ASK_ANVIL = """
import anvil.http

def ask(url):
    try:
        return anvil.http.request(url, timeout=5).get_bytes().decode()
    except anvil.http.HttpError as error:
        return f"refused: {error.status}"
"""


@pytest.fixture
def far() -> Iterator[None]:
    """A namespace with an HTTP server, which this machine reaches by a wire."""
    with far_server("stack", HERE, [ALLOWED, REFUSED], SERVER.replace("PORT", str(PORT))):
        yield


@pytest.fixture
def allowing_stack(short_folder: Path, rootfs: Path, far: None) -> Iterator[Stack]:
    """A product whose operator opened one private address."""
    running = start_stack(short_folder / "data", rootfs, WIDGETRY_EGRESS_ALLOW=f"{ALLOWED}/32")
    yield running
    running.stop()


def test_w_24_h_82_a_script_and_a_route_reach_what_is_allowed_and_nothing_private(allowing_stack: Stack) -> None:
    owner = allowing_stack.sign_up()
    reached = f"http://{ALLOWED}:{PORT}/"
    closed = [
        f"http://{REFUSED}:{PORT}/",
        f"http://{HERE}:{allowing_stack.port}/healthz",
        f"http://127.0.0.1:{allowing_stack.port}/healthz",
        "http://169.254.169.254/latest/meta-data/",
    ]
    script = owner.make("script", f"{ASK}\nfor url in {[reached, *closed]!r}:\n    print(ask(url).strip())")
    route = owner.make(
        "api",
        f"import anvil.server\n{ASK_ANVIL}\n@anvil.server.route('/')\ndef answer():\n"
        f"    return [ask(url) for url in {[reached, *closed]!r}]",
    )

    run, events = owner.run(script["slug"], timeout_s=60)
    answer = allowing_stack.widget(route["slug"], "/")

    assert run["outcome"] == "ok", events
    printed = "".join(event["text"] for event in events if event["kind"] == "stdout").splitlines()
    for said in (printed, answer.json):
        assert said[0].strip() == "from afar", said
        assert [line.partition(":")[0] for line in said[1:]] == ["refused"] * len(closed), said
