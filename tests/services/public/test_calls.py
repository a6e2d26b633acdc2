"""A call through the public host, with a runner that answers what the test chooses."""

from tests.services.fake_runner import FakeRunner
from tests.services.site_server import SiteServer


async def test_it_answers_what_the_runner_says(served: SiteServer, fake_runner: FakeRunner) -> None:
    widget = await served.make("")

    answer = await served.at(widget).get("/hello?name=Bo")

    assert (answer.status, answer.text, answer.header("content-type")) == (200, "hello", "text/plain")
    [request] = fake_runner.seen
    assert request.route is not None
    assert request.route["path"] == "/hello"
    assert request.route["query_params"] == {"name": "Bo"}
