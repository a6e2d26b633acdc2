"""What a new widget of each kind starts with runs as it is (D-28)."""

import json
from typing import Any

import pytest
from tests.services.runner.site_double import SiteDouble, request

from widget_model.kinds import RUN, Kind
from widget_model.starters import starter

pytestmark = pytest.mark.usefixtures("runner")


async def files_of(site: SiteDouble, kind: Kind) -> str:
    files: dict[str, Any] = starter(kind)
    return await site.publish(files)


@pytest.mark.parametrize("kind", RUN)
async def test_d_28_the_program_that_a_script_or_a_task_starts_with_runs_unmodified(
    site: SiteDouble, kind: Kind
) -> None:
    one = request(await files_of(site, kind), kind=kind.value, trigger="owner", live=True, timeout_s=20.0)

    await site.submit(one)
    run = await site.finished(one.id)

    assert (run.record.outcome, run.record.error) == ("ok", "")
    assert run.text().strip()


async def test_d_28_every_route_that_an_api_starts_with_answers_unmodified(site: SiteDouble) -> None:
    source = str(starter(Kind.API)["main.py"])

    home = await site.get(source, "/")
    hello = await site.get(source, "/hello/Ada")
    added = await site.get(source, "/add", asked={"query_params": {"a": "2", "b": "3"}})

    assert [answer.http_status for answer in (home, hello, added)] == [200, 200, 200]
    assert "It works" in json.loads(home.body)["message"]
    assert hello.body == b"Hello, Ada!"
    assert json.loads(added.body) == {"sum": 5.0}
