"""Data files over the JSON API and on their page: uploaded, listed, downloaded, deleted by their owner (M-16)."""

import io
from typing import Any

import pytest
from quart.datastructures import FileStorage
from tests.services.api.conftest import Caller
from tests.services.api.test_uplinks import visitor_of

from widget_site.parts import SiteParts
from widget_site.store.data import data_files


@pytest.fixture
async def slug(owner: Caller) -> str:
    made: str = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    return made


async def put(caller: Caller, slug: str, path: str, content: bytes, kind: str = "text/plain") -> Any:
    headers = {**caller.headers, "Content-Type": kind}
    return await caller.app.test_client().put(
        f"/api/v1/widgets/{slug}/data-files/{path}", headers=headers, data=content
    )


async def get(caller: Caller, slug: str, path: str) -> Any:
    return await caller.app.test_client().get(f"/api/v1/widgets/{slug}/data-files/{path}", headers=caller.headers)


async def test_m_16_files_are_put_listed_replaced_read_and_deleted(owner: Caller, slug: str) -> None:
    at = f"/widgets/{slug}/data-files"
    assert (await owner("GET", at)).json == {"items": []}
    for path, content in (("b.csv", b"old"), ("models/a.bin", bytes(range(256)) * 40_000), ("b.csv", b"a,b\n")):
        assert (await put(owner, slug, path, content)).status_code == 204

    items = (await owner("GET", at)).json["items"]
    read = await get(owner, slug, "models/a.bin")
    one = await get(owner, slug, "b.csv")

    assert items == [
        {"path": "b.csv", "bytes": 4, "type": "text/plain"},
        {"path": "models/a.bin", "bytes": 256 * 40_000, "type": "text/plain"},
    ]
    assert await read.get_data(as_text=False) == bytes(range(256)) * 40_000
    assert await one.get_data(as_text=False) == b"a,b\n"
    assert read.headers["Content-Type"] == "application/octet-stream"
    assert read.headers["Content-Disposition"].startswith('attachment; filename="a.bin"')
    assert (await owner("DELETE", f"{at}/b.csv")).status == 204
    assert (await owner("DELETE", f"{at}/b.csv")).status == 404
    assert (await get(owner, slug, "b.csv")).status_code == 404


@pytest.mark.parametrize("path", ["../x", "a/../b", "a//b", ".hidden", "x" * 300, "a%00b", "a/"])
async def test_what_is_no_path_is_refused_in_words(owner: Caller, slug: str, path: str) -> None:
    answer = await put(owner, slug, path, b"x")

    assert answer.status_code in (400, 404)
    assert (await owner("GET", f"/widgets/{slug}/data-files")).json == {"items": []}


async def test_a_table_of_the_widgets_own_by_that_name_is_left_alone_and_told(owner: Caller, slug: str) -> None:
    assert (await owner("POST", f"/widgets/{slug}/tables", {"name": "files"})).status == 201

    refused = await put(owner, slug, "a.txt", b"x")
    listed = await owner("GET", f"/widgets/{slug}/data-files")

    assert (refused.status_code, listed.status) == (400, 400)
    assert "columns path (string), file (media), file_version (string)" in listed.json["error"]["message"]


async def test_a_fork_has_no_data_files_but_a_place_for_them(owner: Caller, other: Caller, slug: str) -> None:
    await put(owner, slug, "a.txt", b"x")
    await owner("PATCH", f"/widgets/{slug}", {"visibility": "public"})

    fork = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]

    assert (await other("GET", f"/widgets/{fork}/data-files")).json == {"items": []}
    assert (await put(other, fork, "a.txt", b"y")).status_code == 204
    assert await (await get(owner, slug, "a.txt")).get_data() == b"x"


async def test_there_are_so_many_and_no_more(owner: Caller, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_files, "MAX_FILES", 2)
    for path in ("a", "b", "a"):
        assert (await put(owner, slug, path, b"x")).status_code == 204

    assert (await put(owner, slug, "c", b"x")).status_code == 409


async def test_files_are_uploaded_and_deleted_on_the_page_by_their_owner_alone(
    owner: Caller, other: Caller, slug: str, site: SiteParts
) -> None:
    visitor, stranger = await visitor_of(owner, site), await visitor_of(other, site)
    at = f"/w/{slug}/files"
    sent = {"file": FileStorage(io.BytesIO(b"1,2"), "C:\\data\\num<b>.csv", content_type="text/csv")}
    good = {"file": FileStorage(io.BytesIO(b"1,2"), "num bers.csv", content_type="text/csv")}

    refused = await visitor.upload(at, sent, folder="")
    kept = await visitor.upload(at, good, folder="/in/")
    nothing = await visitor.send(at, folder="")
    shown = await visitor.get(at)

    assert (refused.status, kept.status, nothing.status) == (400, 303, 400)
    assert "num&lt;b&gt;.csv" in refused.text
    assert "Choose one or more files." in nothing.text
    assert f'href="/api/v1/widgets/{slug}/data-files/in/num%20bers.csv"' in shown.text
    assert "data_files.open(" in shown.text
    assert (await stranger.get(at)).status == 403
    assert (await stranger.upload(at, good, f"/w/{slug}", folder="")).status == 403
    assert (await stranger.send(f"{at}/delete", f"/w/{slug}", path="in/num bers.csv")).status == 403
    assert (await visitor.send(f"{at}/delete", at, path="in/num bers.csv")).location.endswith("?done=file-deleted")
    assert (await owner("GET", f"/widgets/{slug}/data-files")).json == {"items": []}
