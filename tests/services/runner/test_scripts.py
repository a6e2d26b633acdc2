"""Scripts from the queue to their last event (W-02 to W-05, W-16, W-21 to W-24, W-30 to W-34)."""

import pytest
from tests.services.runner.site_double import SiteDouble


@pytest.mark.usefixtures("runner")
async def test_a_script_runs_top_to_bottom_as_main(site: SiteDouble) -> None:  # W-02, W-21
    run = await site.run_script("import sys\nprint(__name__, sys.version_info[:2], sys.argv)", args=("a", "b"))

    assert run.text() == "__main__ (3, 10) ['main.py', 'a', 'b']\n"
    assert run.record.outcome == "ok"
    assert run.events[-1]["data"]["status"] == "finished"
    assert run.events[-1]["data"]["outcome"] == "ok"
