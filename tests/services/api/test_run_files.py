"""Files of runs over the API: the owner's alone, downloaded as nothing that a browser would run."""

import io
import time
from typing import Any

import pytest
from PIL import Image
from quart import Quart
from tests.services.api.conftest import Caller
from tests.services.api.test_runs import say, script

from widget_site.api.file_views import disposition
from widget_site.dispatch.files import run_file_key
from widget_site.parts import SiteParts
from widget_site.store import run_files, runs
from widget_site.store.run_files import StoredFile
from widget_site.store.runs import FinishedRun
from widget_wire.run_files import SHOWN, WRITTEN, RunFile
from widget_wire.runs import RunEvent, RunRecord

ID = "01" + "a" * 24
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def png() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (3, 2), "teal").save(written, "png")
    return written.getvalue()


async def ended(owner: Caller, site: SiteParts, *files: tuple[RunFile, bytes]) -> str:
    """Let a run end that left these; return its id."""
    slug = await script(owner)
    run_id: str = (await owner("POST", f"/widgets/{slug}/runs", {})).json["id"]
    assert owner.account is not None
    widget_id = (await runs.get(site.store, run_id, owner.account.id)).widget_id
    record = RunRecord(run_id, widget_id, "owner", 1, "ok", time.time() - 1, time.time())
    stored = [StoredFile(file, await run_files.keep_bytes(site.store, content)) for file, content in files]
    await runs.finish(site.store, [FinishedRun(record, (), files=tuple(stored))])
    return run_id


async def body_of(app: Quart, caller: Caller, path: str) -> tuple[int, Any, bytes]:
    response = await app.test_client().get(f"/api/v1{path}", headers=caller.headers)
    return response.status_code, response.headers, await response.get_data()  # type: ignore[return-value]


async def test_a_written_file_is_an_attachment_without_a_type(app: Quart, owner: Caller, site: SiteParts) -> None:
    file = RunFile(ID, WRITTEN, "out/page.html", "text/html", 20)
    run_id = await ended(owner, site, (file, b"<script>1</script>"))

    listed = await owner("GET", f"/runs/{run_id}/files")
    status, headers, body = await body_of(app, owner, f"/runs/{run_id}/files/{ID}")

    assert listed.json == {"items": [{"id": ID, "name": "out/page.html", "type": "text/html", "bytes": 20, "note": ""}]}
    assert (status, body) == (200, b"<script>1</script>")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == "attachment; filename=\"page.html\"; filename*=UTF-8''page.html"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "private" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("kind", "mime", "content", "served", "how"),
    [
        (SHOWN, "image/png", png(), "image/png", "inline"),
        (SHOWN, "text/html", png(), "image/png", "inline"),
        (SHOWN, "image/png", SVG, "application/octet-stream", "attachment"),
        (SHOWN, "image/svg+xml", SVG, "application/octet-stream", "attachment"),
        (SHOWN, "text/html", b"<script>", "application/octet-stream", "attachment"),
        (WRITTEN, "image/png", png(), "application/octet-stream", "attachment"),
        (
            SHOWN,
            "image/png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0",
            "application/octet-stream",
            "attachment",
        ),
    ],
)
async def test_only_what_is_a_picture_by_its_bytes_and_was_shown_is_served_as_one(
    app: Quart, owner: Caller, site: SiteParts, kind: str, mime: str, content: bytes, served: str, how: str
) -> None:
    run_id = await ended(owner, site, (RunFile(ID, kind, "", mime, len(content)), content))

    _, headers, body = await body_of(app, owner, f"/runs/{run_id}/files/{ID}")
    _, saved, _ = await body_of(app, owner, f"/runs/{run_id}/files/{ID}?download=1")

    assert body == content
    assert headers["Content-Type"] == served
    assert headers["Content-Disposition"].startswith(how)
    assert saved["Content-Disposition"].startswith("attachment")


async def test_a_file_is_there_before_the_record_is_stored(app: Quart, owner: Caller, site: SiteParts) -> None:
    slug = await script(owner)
    run_id = (await owner("POST", f"/widgets/{slug}/runs", {})).json["id"]
    await site.dispatch.link.client.set(run_file_key(run_id, ID), b"1,2")
    file = RunFile(ID, WRITTEN, "a.csv", "text/csv", 3)
    end = {"status": "finished", "outcome": "ok", "files": [file.as_dict()]}
    await say(site, run_id, RunEvent(1, time.time(), "status", "", end))

    status, headers, body = await body_of(app, owner, f"/runs/{run_id}/files/{ID}")

    assert (status, body) == (200, b"1,2")
    assert 'filename="a.csv"' in headers["Content-Disposition"]
    assert [item["name"] for item in (await owner("GET", f"/runs/{run_id}/files")).json["items"]] == ["a.csv"]


async def test_another_runs_file_is_not_found_by_its_id(owner: Caller, site: SiteParts) -> None:
    await ended(owner, site, (RunFile(ID, WRITTEN, "a", "text/csv", 1), b"1"))
    mine = await ended(owner, site)

    for file_id in (ID, "..", "%2e%2e%2fpasswd", "x" * 26, "é" * 26):
        assert (await owner("GET", f"/runs/{mine}/files/{file_id}")).status == 404


async def test_what_is_no_longer_kept_says_so(owner: Caller, site: SiteParts) -> None:
    run_id = await ended(owner, site, (RunFile(ID, WRITTEN, "a", "text/csv", 1), b"1"))
    await run_files.forget_old(site.store, time.time() + 1)

    gone = await owner("GET", f"/runs/{run_id}/files/{ID}")

    assert gone.status == 404
    assert "no longer kept" in gone.json["error"]["message"]
    assert (await owner("GET", f"/runs/{run_id}/files")).json["items"][0]["id"] is None


def test_names_can_not_break_out_of_the_header() -> None:
    assert disposition("attachment", 'a"; x=\r\nB: c;é🦒') == (
        "attachment; filename=\"a__ x=__B: c___\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0AB%3A%20c%3B%C3%A9%F0%9F%A6%92"
    )
