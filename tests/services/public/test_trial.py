"""Requests that people send from the editor (D-29): what a widget's code sees of them, and what is refused."""

import base64
import json
from typing import Any

import pytest
from tests.services.fake_runner import FakeRunner, text_reply
from tests.services.http_client import Client
from tests.services.site_server import SiteServer

from widget_site.public.trial import MAX_ANSWER_BYTES
from widget_site.store import accounts
from widget_site.store.values import Widget
from widget_wire.runs import RunReply, RunRequest


class Trying:
    """The owner with a token, who tries one widget."""

    def __init__(self, client: Client, slug: str, secret: str) -> None:
        self._client, self.slug = client, slug
        self._headers = [("Authorization", f"Bearer {secret}"), ("Content-Type", "application/json")]

    async def __call__(self, **body: Any) -> tuple[int, dict[str, Any]]:
        path = f"/api/v1/widgets/{self.slug}/{body.pop('what', 'requests')}"
        answer = await self._client("POST", path, headers=self._headers, body=json.dumps(body).encode())
        return answer.status, json.loads(answer.body)


@pytest.fixture
async def private(served: SiteServer) -> Widget:
    return await served.make("", visibility="private")


async def as_owner(served: SiteServer, widget: Widget) -> Trying:
    _, secret = await served.parts.accounts.make_token(served.owner, "tests")
    return Trying(served.site, widget.slug, secret)


@pytest.fixture
async def trying(served: SiteServer, private: Widget) -> Trying:
    return await as_owner(served, private)


async def test_d_29_the_code_sees_the_request_as_if_it_had_come_from_outside(
    trying: Trying, fake_runner: FakeRunner
) -> None:
    status, answer = await trying(
        method="PUT",
        target="/a%2Fb/%C3%A9?x=1&x=2",
        headers=[["Content-Type", "text/plain"], ["X-One", "a"]],
        body=base64.b64encode(b"a body").decode(),
    )

    assert (status, answer["status"], base64.b64decode(answer["body"])) == (200, 200, b"hello")
    assert ["content-type", "text/plain"] in answer["headers"]
    assert (answer["size_bytes"], answer["is_whole"]) == (5, True)
    seen = fake_runner.seen[-1]
    route = seen.route
    assert route is not None
    assert (route["method"], route["path"], route["query_params"]) == ("PUT", "/a%2Fb/é", {"x": ["1", "2"]})
    assert (route["headers"]["x-one"], route["content_type"], route["remote_address"]) == (
        "a",
        "text/plain",
        "127.0.0.1",
    )
    assert route["headers"]["host"].startswith(f"{trying.slug}.localhost")
    assert seen.body == b"a body"
    assert "preview" not in str(route)


async def test_d_29_a_private_widget_is_tried_by_its_owner_alone(served: SiteServer, trying: Trying) -> None:
    otto = await accounts.create(served.parts.store, "otto", "otto@example.com", "no password")
    _, secret = await served.parts.accounts.make_token(otto, "tests")

    stranger = Trying(served.site, trying.slug, secret)

    assert (await stranger(target="/"))[0] == 404
    assert (await stranger(what="preview"))[0] == 404


async def test_d_29_a_link_opens_a_private_widget(
    served: SiteServer, private: Widget, trying: Trying, fake_runner: FakeRunner
) -> None:
    status, made = await trying(what="preview")

    opened = await served.at(private).get("/" + made["url"].split("/", 3)[3])
    by_header = await served.at(private).get("/", X_Widgetry_Preview=made["token"])

    assert (status, opened.status, by_header.status) == (200, 200, 200)
    assert (await served.at(private).get("/")).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"target": "no slash"},
        {"target": "/a b"},
        {"target": "/a\r\nX: 1"},
        {"target": "/é"},
        {"target": "/#part"},
        {"headers": [["Host", "other.localhost"]]},
        {"headers": [["Transfer-Encoding", "chunked"]]},
        {"headers": [["Content-Length", "7"]]},
        {"headers": [["X-Widgetry-Preview", "x"]]},
        {"headers": [["X", "a\r\nHost: b"]]},
        {"headers": [["X\nY", "a"]]},
        {"headers": [["X", "a", "b"]]},
        {"headers": [["X", "a"]] * 51},
        {"method": "CONNECT"},
        {"body": "not base64!"},
    ],
)
async def test_d_29_what_no_browser_could_send_is_refused(
    trying: Trying, fake_runner: FakeRunner, body: dict[str, Any]
) -> None:
    status, answer = await trying(**body)

    assert (status, answer["error"]["code"].startswith("bad_")) == (400, True)
    assert fake_runner.seen == []


async def test_d_29_what_others_proxies_say_of_a_client_is_not_believed(
    trying: Trying, fake_runner: FakeRunner
) -> None:
    await trying(headers=[["X-Forwarded-For", "1.2.3.4"], ["Cookie", "__Host-widgetry-session=x; mine=1"]])

    route = fake_runner.seen[-1].route
    assert route is not None
    assert "x-forwarded-for" not in route["headers"]
    assert route["headers"]["cookie"] == "mine=1"


async def test_d_29_of_a_long_answer_the_beginning_is_kept(trying: Trying, fake_runner: FakeRunner) -> None:
    async def long(request: RunRequest) -> list[RunReply]:
        return [text_reply(request, "x" * (MAX_ANSWER_BYTES + 1))]

    fake_runner.handler = long

    _, answer = await trying(target="/")

    assert answer["is_whole"] is False
    assert (len(base64.b64decode(answer["body"])), answer["size_bytes"]) == (MAX_ANSWER_BYTES, MAX_ANSWER_BYTES + 1)


async def test_d_29_a_script_answers_that_it_has_no_address(served: SiteServer, fake_runner: FakeRunner) -> None:
    trying = await as_owner(served, await served.make("", kind="script"))

    status, answer = await trying(target="/")

    assert (status, answer["status"]) == (200, 404)
    assert fake_runner.seen == []
