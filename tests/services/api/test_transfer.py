"""Export and import over the API and in forms: the round trip, and what is not taken along."""

import io
import json
import zipfile
from typing import Any

import pytest
from quart import Quart
from quart.datastructures import FileStorage
from tests.services.api.conftest import Caller, browser_of

from widget_model.archive import MANIFEST, Manifest, pack, unpack
from widget_site.parts import SiteParts
from widget_site.store import drafts

FILES = {"main.py": "print(1)\n", "lib/helper.py": "x = 1\n", "README.md": "# Hi\n", "data.bin": {"base64": "AAH/"}}
KEPT = ("kind", "title", "description", "files", "requirements", "tags")


async def made(owner: Caller, **more: Any) -> Any:
    body = {"kind": "script", "title": "Mine", "description": "What it does", "files": FILES, **more}
    answer = await owner("POST", "/widgets", body)
    assert answer.status == 201, answer.json
    return answer.json


def form(files: dict[str, bytes], **fields: str) -> dict[str, Any]:
    sent = {f"file{n}": FileStorage(io.BytesIO(data), name) for n, (name, data) in enumerate(files.items())}
    return {"files": sent, "form": fields}


async def test_d_33_a_widget_goes_out_and_comes_back_the_same(owner: Caller, other: Caller) -> None:
    widget = await made(owner, requirements=["six==1.17.0"], tags=["Wool", "knitting"])

    exported = await other("GET", f"/widgets/{widget['slug']}/export")
    imported = await other("POST", "/widgets/import", exported.data)
    again = await other("GET", f"/widgets/{imported.json['slug']}/export")

    assert exported.headers["Content-Type"] == "application/zip"
    assert exported.headers["Content-Disposition"] == f'attachment; filename="{widget["slug"]}.zip"'
    assert imported.status == 201
    assert {name: imported.json[name] for name in KEPT} == {name: widget[name] for name in KEPT}
    assert imported.json["tags"] == ["wool", "knitting"]
    assert (imported.json["owner"], imported.json["visibility"]) == ("otto", "private")
    assert unpack(again.data) == unpack(exported.data)


async def test_d_33_a_schedule_goes_along_and_is_paused_where_it_arrives(owner: Caller) -> None:
    schedule = {"every": "week", "at": "friday 18:30", "timezone": "Asia/Tokyo", "retries": 2}
    widget = await made(owner, kind="scheduled", schedule=schedule)

    exported = await owner("GET", f"/widgets/{widget['slug']}/export")
    imported = await owner("POST", "/widgets/import?visibility=unlisted", exported.data)

    assert imported.json["schedule"] == {**widget["schedule"], "paused": True}
    assert imported.json["visibility"] == "unlisted"


async def test_an_export_holds_files_and_a_manifest_and_nothing_else(owner: Caller, site: SiteParts) -> None:
    widget = await made(owner)
    assert owner.account is not None
    await drafts.put(site.store, widget["slug"], owner.account.id, {"main.py": "half typed"}, base_revision=1)

    exported = zipfile.ZipFile(io.BytesIO((await owner("GET", f"/widgets/{widget['slug']}/export")).data))

    assert sorted(exported.namelist()) == sorted([MANIFEST, *FILES])
    shown = json.loads(exported.read(MANIFEST))
    assert shown == {"widgetry": 1, "kind": "script", "title": "Mine", "description": "What it does"}
    assert b"half typed" not in exported.read("main.py")


async def test_files_without_a_manifest_become_what_the_caller_says(owner: Caller) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("site/main.py", "import anvil.server\n")

    script = await owner("POST", "/widgets/import", written.getvalue())
    api = await owner("POST", "/widgets/import?kind=api&title=Answers&visibility=public", written.getvalue())

    assert (script.json["kind"], script.json["title"]) == ("script", "Imported widget")
    assert [api.json[name] for name in ("kind", "title", "visibility")] == ["api", "Answers", "public"]
    assert list(script.json["files"]) == ["main.py"]


async def test_a_folder_is_imported_as_a_form(app: Quart, owner: Caller) -> None:
    sent = form({"proj/main.py": b"print(1)", "proj/lib/a.bin": b"\xff"})
    response = await app.test_client().post("/api/v1/widgets/import?title=Folder", headers=owner.headers, **sent)
    found = await response.get_json()

    assert response.status_code == 201, found
    assert found["files"] == {"main.py": "print(1)", "lib/a.bin": {"base64": "/w=="}}


async def test_a_draft_is_replaced_only_when_that_is_wanted(owner: Caller, site: SiteParts) -> None:
    slug = (await made(owner))["slug"]
    archive = pack(Manifest("script", "Other title"), {"main.py": "from the zip"}, 0.0)

    first = await owner("POST", f"/widgets/{slug}/import", archive)
    again = await owner("POST", f"/widgets/{slug}/import", pack(Manifest("script", "x"), {"main.py": "newer"}, 0.0))
    kept = await owner("GET", f"/widgets/{slug}/draft")
    forced = await owner("POST", f"/widgets/{slug}/import?replace_draft=true", archive)
    widget = (await owner("GET", f"/widgets/{slug}")).json

    assert (first.status, again.status, forced.status) == (200, 409, 200)
    assert "not saved" in again.json["error"]["message"]
    assert kept.json["files"] == {"main.py": "from the zip"}
    assert (widget["title"], widget["files"], widget["revision"]) == ("Mine", FILES, 1)


@pytest.mark.parametrize(
    ("data", "status", "told"),
    [
        (b"not a zip", 400, "no zip file"),
        (pack(Manifest("robot", "x"), {"main.py": ""}, 0.0), 400, "no kind 'robot'"),
        (pack(Manifest("script", ""), {"main.py": ""}, 0.0), 400, "title"),
        (pack(Manifest("script", "x", tags=("no blanks",)), {"main.py": ""}, 0.0), 400, "'no blanks' is none"),
        (pack(Manifest("scheduled", "x", "", {"every": "blue moon"}), {"main.py": ""}, 0.0), 400, "'every'"),
        (bytes(7_000_000), 413, "larger"),
    ],
)
async def test_what_can_not_be_a_widget_is_refused_and_nothing_is_made(
    owner: Caller, data: bytes, status: int, told: str
) -> None:
    answer = await owner("POST", "/widgets/import", data)

    assert answer.status == status
    assert told in answer.json["error"]["message"]
    assert (await owner("GET", "/widgets?owner=olive")).json["items"] == []


async def test_an_archive_of_another_kind_is_no_draft(owner: Caller) -> None:
    slug = (await made(owner))["slug"]

    answer = await owner("POST", f"/widgets/{slug}/import", pack(Manifest("api", "x"), {"main.py": ""}, 0.0))

    assert answer.status == 400
    assert "kind api" in answer.json["error"]["message"]


async def test_exports_and_imports_are_limited_by_caller(owner: Caller, other: Caller) -> None:
    slug = (await made(owner))["slug"]

    exports = [(await owner("GET", f"/widgets/{slug}/export")).status for _ in range(121)]
    imports = [(await owner("POST", "/widgets/import", b"no zip")).status for _ in range(61)]

    assert exports == [200] * 120 + [429]
    assert imports == [400] * 60 + [429]
    assert (await other("GET", f"/widgets/{slug}/export")).status == 200


async def test_other_bodies_than_files_are_refused(owner: Caller) -> None:
    as_json = await owner("POST", "/widgets/import", {"files": {}})
    empty = await owner("POST", "/widgets/import", data="", headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert (as_json.status, empty.status) == (415, 400)


async def test_the_forms_import_and_say_what_is_wrong_where_it_is(app: Quart, owner: Caller, site: SiteParts) -> None:
    assert owner.account is not None
    browser = await browser_of(app, site, owner.account)
    client = app.test_client()

    async def send(path: str, data: bytes, **fields: str) -> tuple[int, str, str]:
        answer = await client.post(path, headers=browser.headers, **form({"widget.zip": data}, **fields))
        return answer.status_code, answer.headers.get("Location", ""), await answer.get_data(as_text=True)

    archive = pack(Manifest("api", "Greeter"), {"main.py": "# from a file\n"}, 0.0)
    status, where, _ = await send("/new/import", archive, import_visibility="public")
    slug = where.split("/")[2]
    wrong = await send("/new/import", b"no zip")
    unlike = await send("/new/import", archive, import_visibility="everybody")
    into = await send(f"/w/{slug}/import", pack(Manifest("api", "x"), {"main.py": "second"}, 0.0))
    asked = await send(f"/w/{slug}/import", archive)
    answered = await send(f"/w/{slug}/import", archive, replace="yes")

    assert status == into[0] == answered[0] == 303
    assert where.endswith("/edit")
    assert (await owner("GET", f"/widgets/{slug}")).json["visibility"] == "public"
    assert wrong[0] == 400
    assert "no zip file that can be read" in wrong[2]
    assert unlike[0] == 400
    assert asked[0] == 409
    assert 'name="replace"' in asked[2]
    assert (await owner("GET", f"/widgets/{slug}/draft")).json["files"] == {"main.py": "# from a file\n"}
    assert await client.get(f"/w/{slug}/settings", headers=browser.headers)
