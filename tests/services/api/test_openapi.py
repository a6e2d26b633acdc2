"""The description of the API is true: complete, and what is answered fits it, whatever is sent."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.services.api.conftest import Caller, token_caller
from tests.services.api.test_permissions import OF_A_WIDGET, OF_AN_ACCOUNT

from widget_site.app import create_app
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings

#: Made-up requests for each address, that fit the description and that don't.
EXAMPLES = 12
#: Headers that are HTTP's own: a wrong one is answered by the server, before there is a request for us.
FRAMING = ("connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass(frozen=True)
class Served:
    """The app behind a real server in a thread of its own."""

    url: str
    token: str


@pytest.fixture
def served(settings: SiteSettings) -> Iterator[Served]:
    started: list[Served] = []
    ready, stop = threading.Event(), threading.Event()

    async def run() -> None:
        site = SiteParts.build(settings.model_copy(update={"runs_waiting_per_account": 1000}))
        app = create_app(settings, site)
        owner = await token_caller(app, site, "olive")
        config = Config()
        config.bind = ["127.0.0.1:0"]
        config.accesslog = config.errorlog = None
        sockets = config.create_sockets()
        port = sockets.insecure_sockets[0].getsockname()[1]
        for listener in sockets.insecure_sockets:
            # Whoever connects before the server is up waits instead of being refused.
            listener.listen(100)
        config.create_sockets = lambda: sockets  # type: ignore[method-assign]
        started.append(Served(f"http://127.0.0.1:{port}", owner.headers["Authorization"]))
        ready.set()
        await serve(app, config, shutdown_trigger=lambda: asyncio.to_thread(stop.wait))

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(30)
    yield started[0]
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


async def test_every_address_is_described_with_its_answers(anybody: Caller) -> None:
    description = (await anybody("GET", "/openapi.json")).json

    found = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in description["paths"].items()
        for method in methods
    }
    assert found == set(OF_A_WIDGET) | set(OF_AN_ACCOUNT)
    for methods in description["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["operationId"]
            assert {"401", "403", "429", "503"} <= set(operation["responses"])
            assert any(status.startswith("2") for status in operation["responses"])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_made_up_requests_get_answers_that_fit_the_description(
    served: Served, mode: schemathesis.GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json")
    checked = []
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an Err raises here, which is what we want
        if mode == schemathesis.GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue

        @given(case=operation.as_strategy(generation_mode=mode))
        @hypothesis_settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        def check(case: Any) -> None:
            for name in FRAMING:
                (case.headers or {}).pop(name, None)
            case.call_and_validate(headers={"Authorization": served.token}, checks=CHECKS)

        check()
        checked.append(operation.label)

    if mode == schemathesis.GenerationMode.POSITIVE:
        assert len(checked) == len(OF_A_WIDGET) + len(OF_AN_ACCOUNT)
    else:
        assert {"POST /api/v1/widgets", "GET /api/v1/widgets"} <= set(checked)
