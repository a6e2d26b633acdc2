"""Google Drive, Sheets and Gmail against APIs on loopback: whose files code reaches, and what it does there (G-89)."""

import asyncio
import base64
import email
import json
import re
import threading
from typing import Any, cast
from urllib.parse import unquote

import pytest
import pytest_asyncio
from tests.services.fake_runner import eventually
from tests.services.loopback import Asked, Said
from tests.services.providers.conftest import ProvidersSite, Visitor
from tests.services.providers.mock_providers import SECRET, Mock
from tests.services.users.conftest import Caller, Refused

from widget_site.store import service_credentials
from widget_site.store.service_credentials import Credentials
from widget_wire.values import Capability, LazyMedia, Media

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLDER, SHEET = "application/vnd.google-apps.folder", "application/vnd.google-apps.spreadsheet"
OWNERS = "google-delegated"


class Drive:
    """Files of one Drive, and a spreadsheet of one worksheet."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.cells: list[list[str]] = [["Name", "Last Age"], ["ada", "36"], ["bob", "7"], ["", ""], ["cy", "7"]]
        self.add("root", "My Drive", FOLDER)
        self.add("folder-of-the-app", "Shared", FOLDER, "root")
        self.add("inner-folder", "Inner", FOLDER, "folder-of-the-app")
        self.add("text-of-the-app", "hello.txt", "text/plain", "inner-folder", b"hello")
        self.add("sheet-of-the-app", "Numbers", SHEET, "root")
        self.add("private-file", "diary.txt", "text/plain", "root", b"secret")

    def add(self, file_id: str, title: str, kind: str, parent: str = "", content: bytes = b"") -> dict[str, Any]:
        item: dict[str, Any] = {"id": file_id, "title": title, "mimeType": kind, "fileSize": str(len(content))}
        item |= {"downloadUrl": f"{self.url}/www/drive/v2/files/{file_id}?alt=media&source=downloadUrl"}
        self.files[file_id] = {**item, "parents": [{"id": parent}] if parent else []}
        self.contents[file_id] = content
        return self.files[file_id]

    def files_api(self, asked: Asked) -> Said:
        assert asked.bearer
        rest = asked.path.partition("/files")[2].strip("/").split("/")
        if rest == [""]:
            return (200, self._found(asked)) if asked.method == "GET" else (200, self._made(asked))
        if rest[0] not in self.files:
            return 404, {"error": {"message": f"File not found: {rest[0]}"}}
        item = self.files[rest[0]]
        if asked.path.startswith("/www/upload"):
            item["fileSize"], self.contents[rest[0]] = str(len(asked.body)), asked.body
            item["mimeType"] = asked.headers["content-type"]
        elif rest[1:] == ["trash"]:
            item["trashed"] = True
        elif rest[1:] == ["revisions"]:
            return 200, {"items": [{"id": "1", "modifiedDate": "2026-01-01"}]}
        elif asked.method == "DELETE":
            del self.files[rest[0]]
        elif asked.method == "PUT":
            item |= asked.json
            if "addParents" in asked.query:
                item["parents"] = [{"id": asked.query["addParents"]}]
        elif asked.query.get("alt") == "media":
            return 200, self.contents[rest[0]]
        return 200, item

    def _found(self, asked: Asked) -> dict[str, Any]:
        found = re.fullmatch(
            r"'(?P<parent>[\w-]+)' in parents( and trashed = false)?( and title = '(?P<title>(?:[^'\\]|\\.)*)')?"
            r"( and mimeType (?P<how>!?=) '(?P<kind>[^']+)')?",
            asked.query["q"],
        )
        assert found, asked.query["q"]
        items = [one for one in self.files.values() if {"id": found["parent"]} in one["parents"]]
        if found["title"] is not None:
            items = [one for one in items if one["title"] == found["title"].replace("\\", "")]
        if found["kind"]:
            items = [one for one in items if (one["mimeType"] == found["kind"]) == (found["how"] == "=")]
        start = int(asked.query.get("pageToken", "0"))
        more = {"nextPageToken": str(start + 1)} if start + 1 < len(items) else {}
        return {"items": items[start : start + 1], **more}

    def _made(self, asked: Asked) -> dict[str, Any]:
        if not asked.path.startswith("/www/upload"):
            about, content = asked.json, b""
        else:
            message = email.message_from_bytes(
                b"Content-Type: " + asked.headers["content-type"].encode() + b"\r\n\r\n" + asked.body
            )
            parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
            about, content = json.loads(cast(bytes, parts[0])), cast(bytes, parts[1])
        made = f"made-{len(self.files)}"
        return self.add(made, about["title"], about["mimeType"], about["parents"][0]["id"], content)

    def sheets_api(self, asked: Asked) -> Said:
        path = unquote(asked.path.removeprefix("/sheets/v4/spreadsheets/"))
        assert path.startswith("sheet-of-the-app")
        if path == "sheet-of-the-app":
            grid = {"rowCount": len(self.cells), "columnCount": 2}
            return 200, {
                "properties": {"title": "Numbers"},
                "sheets": [{"properties": {"title": "It's", "sheetId": 5, "gridProperties": grid}}],
            }
        if path.endswith(":batchUpdate"):
            where = asked.json["requests"][0]["deleteDimension"]["range"]
            assert (where["sheetId"], where["dimension"]) == (5, "ROWS")
            del self.cells[where["startIndex"] : where["endIndex"]]
            return 200, {}
        if path.endswith(":append"):
            self.cells.append(asked.json["values"][0])
            return 200, {"updates": {"updatedRange": f"'It''s'!A{len(self.cells)}:B{len(self.cells)}"}}
        cells = path.removeprefix("sheet-of-the-app/values/'It''s'").removeprefix("!")
        if asked.method == "PUT":
            row, column = int(cells[1:]) - 1, ord(cells[0]) - 65
            self.cells[row][column] = asked.json["values"][0][0]
            return 200, {"updatedData": {"values": [[f"={self.cells[row][column]}"]]}}
        first, _, last = cells.partition(":")
        rows = [int(re.sub(r"[A-Z]", "", one)) for one in (first, last)] if cells else [1, len(self.cells)]
        columns = [ord(one[0]) - 65 for one in (first, last)] if cells[:1].isalpha() else [0, 1]
        return 200, {"values": [one[columns[0] : columns[1] + 1] for one in self.cells[rows[0] - 1 : rows[1]]]}


@pytest_asyncio.fixture(loop_scope="module")
async def drive(site: ProvidersSite, mock: Mock) -> Drive:
    """Google with files; the owner has connected an account and chosen app files."""
    made = Drive(mock.url)
    mock.apis = {"/www/": made.files_api, "/sheets/": made.sheets_api}
    mock.refresh_tokens["of-the-owner"] = "google-app"
    await connect(site)
    return made


async def connect(site: ProvidersSite, **more: Any) -> None:
    files = [
        {"id": "folder-of-the-app", "python_name": "shared", "client": "read"},
        {"id": "sheet-of-the-app", "python_name": "numbers", "client": "none"},
    ]
    shown = {"connected": {"drive": True, "mail": True, "email": "olive@example.com"}, "app_files": files, **more}

    def changed(before: Credentials) -> Credentials:
        kept = {**before.kept, "refresh_token": "of-the-owner"}
        return Credentials(before.widget_id, {**before.shown, **shown}, kept)

    parts, owner = site.parts, site.served.owner.id
    await service_credentials.change(parts.store, parts.secret_box, site.widget.slug, owner, "google", changed)


async def refused(caller: Caller | Visitor, name: str, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await caller.raw(f"google.{name}", *args, **kwargs)
    return caught.value


async def test_g_89_code_reads_app_files_and_what_is_in_app_folders(site: ProvidersSite, drive: Drive) -> None:
    code = site.code
    assert await code.raw("google.get_config") == {
        "app_files": [
            {"python_name": "shared", "id": "folder-of-the-app"},
            {"python_name": "numbers", "id": "sheet-of-the-app"},
        ]
    }
    folder = await code.raw("google.drive.get_app_file", "folder-of-the-app")
    listed = await code.raw("google.drive.list_files", "folder-of-the-app", OWNERS, trashed=False, mime_type=FOLDER)
    found = await code.raw("google.drive.list_files", "inner-folder", OWNERS, title="hello.txt", max_results=1)
    [item] = found["items"]
    content = await code.raw("google.drive.get_content", item["downloadUrl"], OWNERS)

    assert (folder["title"], [one["id"] for one in listed["items"]]) == ("Shared", ["inner-folder"])
    assert isinstance(item["anvil_LazyMedia"], LazyMedia)
    assert (item["anvil_LazyMedia"].name, item["anvil_LazyMedia"].length) == ("hello.txt", 5)
    assert content.content == b"hello"
    assert (await code.raw("fetch_lazy_media", item["anvil_LazyMedia"])).content == b"hello"
    by_id = await code.raw("google.drive.get_file_by_id", "inner-folder", "text-of-the-app", OWNERS)
    assert by_id["id"] == item["id"]
    assert await code.raw("google.drive.get_file_by_id", "inner-folder", "private-file", OWNERS) is None


async def test_g_89_code_reaches_no_other_file_of_the_owner(site: ProvidersSite, drive: Drive, mock: Mock) -> None:
    code = site.code
    for name, *args in (
        ("drive.get_app_file", "private-file"),
        ("drive.list_files", "root", OWNERS),
        ("drive.trash", "private-file", OWNERS),
        ("drive.delete", "private-file", OWNERS),
        ("drive.set_content", "private-file", "x", OWNERS),
        ("drive.get_content", drive.files["private-file"]["downloadUrl"], OWNERS),
        ("sheets.v4.get_sheet", "private-file", OWNERS),
        # Nor does it move anything to where it may not write.
        ("drive.update_metadata", "text-of-the-app", {"parents": [{"id": "root", "old_id": "inner-folder"}]}, OWNERS),
    ):
        assert (await refused(code, name, *args)).kind == "anvil.server.PermissionDenied", name
    assert drive.contents["private-file"] == b"secret"
    await connect(site, app_files=[])
    assert (await refused(code, "drive.get_app_file", "text-of-the-app")).kind == "anvil.server.PermissionDenied"


async def test_g_89_tokens_go_to_google_alone(site: ProvidersSite, drive: Drive, mock: Mock) -> None:
    for url in (
        "https://evil.example/drive/v2/files/text-of-the-app",
        f"{mock.url}/www.evil.example/drive/v2/files/text-of-the-app",
        f"{mock.url}/www/drive/v2/files/../../private-file",
        f"{mock.url}/www/drive/v2/files/text-of-the-app/permissions",
        "file:///etc/passwd",
    ):
        error = await refused(site.code, "drive.get_content", url, OWNERS)
        assert (error.kind, "no address" in str(error)) == ("ValueError", True), url
    for file_id in ("../x", "a/b", "", "a?b"):
        assert (await refused(site.code, "drive.get_app_file", file_id)).kind == "ValueError"


async def test_g_89_clients_do_what_the_owner_lets_them(site: ProvidersSite, drive: Drive) -> None:
    client = site.client_code

    assert len((await client.raw("google.get_config"))["app_files"]) == 1
    assert (await client.raw("google.drive.get_app_file", "text-of-the-app"))["title"] == "hello.txt"
    for name, *args in (
        ("drive.set_content", "text-of-the-app", "x", OWNERS),
        ("drive.get_app_file", "sheet-of-the-app"),
        ("sheets.v4.get_sheet", "sheet-of-the-app", OWNERS),
        ("mail.send",),
    ):
        assert (await refused(client, name, *args)).kind == "anvil.server.PermissionDenied", name
    assert drive.contents["text-of-the-app"] == b"hello"


async def test_g_89_code_makes_writes_renames_moves_and_deletes_files(site: ProvidersSite, drive: Drive) -> None:
    code, inner = site.code, "inner-folder"

    folder = await code.raw("google.drive.create_item_simple", "New", inner, FOLDER, OWNERS)
    made = await code.raw(
        "google.drive.create_item_multipart", "a's \\ file", inner, "text", OWNERS, content_type="text/csv"
    )
    await code.raw("google.drive.set_content", made["id"], Media("image/png", b"\x89PNG"), OWNERS)
    await code.raw("google.drive.update_metadata", made["id"], {"title": "pic"}, OWNERS)
    await code.raw(
        "google.drive.update_metadata", made["id"], {"parents": [{"id": folder["id"], "old_id": inner}]}, OWNERS
    )
    revisions = await code.raw("google.drive.list_file_revisions", made["id"], OWNERS, "")

    kept = drive.files[made["id"]]
    assert made["title"] == "a's \\ file"
    assert (kept["title"], kept["parents"], kept["mimeType"]) == ("pic", [{"id": folder["id"]}], "image/png")
    assert drive.contents[made["id"]] == b"\x89PNG"
    assert revisions["items"][0]["id"] == "1"
    await code.raw("google.drive.trash", made["id"], OWNERS)
    await code.raw("google.drive.delete", folder["id"], OWNERS)
    assert (kept["trashed"], folder["id"] in drive.files) == (True, False)


async def test_g_89_a_visitor_reaches_the_own_drive_when_signed_in(
    site: ProvidersSite, drive: Drive, mock: Mock
) -> None:
    browser = site.visitor()
    assert "Nobody has signed in" in str(await refused(browser, "drive.get_user_files"))
    mock.person = {"sub": "x", "email": "ada@example.com", "email_verified": True}
    scope = "https://www.googleapis.com/auth/drive"
    address = await browser.begin("google", scope=scope)
    assert scope.replace(":", "%3A").replace("/", "%2F") in address
    await browser.back(mock.authorize(address))

    root = await browser.raw("google.drive.get_user_files")
    listed = await browser.raw("google.drive.list_files", root["id"], "google-user", page_token="")

    assert root["title"] == "My Drive"
    assert (len(listed["items"]), "nextPageToken" in listed) == (1, True)
    assert mock.asked[-1].bearer == await browser.raw("google.auth.get_user_access_token")


async def test_g_89_a_sheet_is_read_and_written(site: ProvidersSite, drive: Drive) -> None:
    code = site.code
    sheet = await code.raw("google.sheets.v4.get_sheet", "sheet-of-the-app", OWNERS)
    [about] = sheet["other"]["worksheets"]
    place = Capability((*sheet["other"]["capability"].scope, [about["title"], about["sheetId"]]))

    fields, rows, _, done = await code.raw("google.sheets.v4.list_initial_rows", place, {})
    assert (sheet["obj"]["title"], fields, done) == ("Numbers", ["Name", "Last Age"], True)
    assert [(one["row"], one["data"][0]) for one in rows] == [(2, "ada"), (3, "bob"), (5, "cy")]
    _, rows, *_ = await code.raw("google.sheets.v4.list_initial_rows", place, {"lastage": 7, "Name": "cy"})
    assert [one["row"] for one in rows] == [5]
    more = await code.raw("google.sheets.v4.list_more_rows", place, [None, "7"], 3)
    assert [one["row"] for one in more[0]] == [3, 5]
    assert (await refused(code, "sheets.v4.list_initial_rows", place, {"nothing": 1})).kind == "KeyError"

    assert await code.raw("google.sheets.v4.add_row", place, ["dot", 3]) == 6
    cell = Capability((*place.scope, 6, "B"))
    assert await code.raw("google.sheets.v4.update_cell", cell, "4") == "=4"
    [found] = await code.raw("google.sheets.v4.list_cells", place, "B6:B6", [6, 2, 6, 2])
    assert found == {"row": 6, "col": 2, "value": "4", "input_value": "4"}
    await code.raw("google.sheets.v4.delete_row", Capability((*place.scope, 2)))
    assert [one[0] for one in drive.cells] == ["Name", "bob", "", "cy", "dot"]
    cells = await code.raw("google.sheets.v4.list_cells", place, "", [1, 1, None, None])
    assert len(cells) == 8


async def test_g_89_what_is_no_part_of_a_sheet_is_refused(site: ProvidersSite, drive: Drive) -> None:
    whole = Capability(("_", "google-sheet", "sheet-of-the-app", OWNERS))
    place = Capability((*whole.scope, ["It's", 5]))
    for name, *args in (
        ("list_initial_rows", whole, {}),
        ("list_initial_rows", Capability((*place.scope, 3)), {}),
        ("update_cell", place, "x"),
        ("update_cell", Capability((*place.scope, 0, "A")), "x"),
        ("update_cell", Capability((*place.scope, 2, "A1:Z9")), "x"),
        ("delete_row", Capability((*place.scope, -1))),
        ("list_cells", place, "A1:B2&x=1", []),
        ("list_more_rows", place, [], 0),
        ("list_initial_rows", Capability((*whole.scope, ["Other", 6])), {}),
        ("list_initial_rows", Capability(("_", "google-sheet", "private-file", OWNERS, ["It's", 5])), {}),
    ):
        await refused(site.code, f"sheets.v4.{name}", *args)
    assert drive.cells[1] == ["ada", "36"]


async def test_g_89_cells_of_a_sheet_are_no_more_than_it_has(site: ProvidersSite, drive: Drive) -> None:
    drive.cells = [["x"] * 2, *[["y"]] * 3]
    place = Capability(("_", "google-sheet", "sheet-of-the-app", OWNERS, ["It's", 5]))

    # Bounds that would be a loop without an end, or of millions.
    wrong: list[list[Any]] = [[1, 10, 10**12, 1], [1, 1, 10**6, 10**6], [-(10**12), 1, 1, -5], ["a", None, {}, []]]
    for bounds in wrong:
        found = await site.code.raw("google.sheets.v4.list_cells", place, "A1:B9", bounds)
        assert [one["value"] for one in found] == ["x", "x", "y", "y", "y"], bounds
    whole = await site.code.raw("google.sheets.v4.list_cells", place, "A1:B3", [1, 1, 3, 2])
    assert [(one["row"], one["col"], one["value"]) for one in whole][2:] == [
        (2, 1, "y"),
        (2, 2, ""),
        (3, 1, "y"),
        (3, 2, ""),
    ]


async def test_g_89_what_drive_can_not_be_asked_is_told_and_not_sent(site: ProvidersSite, drive: Drive) -> None:
    moved = {"parents": [{"id": "inner-folder", "old_id": "../x"}]}
    for name, args, kwargs in (
        ("list_files", ("folder-of-the-app", OWNERS), {"max_results": "many"}),
        ("list_files", ("folder-of-the-app", OWNERS), {"max_results": -1}),
        ("list_files", ("folder-of-the-app' or 'root", OWNERS), {}),
        ("update_metadata", ("text-of-the-app", {"parents": ["inner-folder"]}, OWNERS), {}),
        ("update_metadata", ("text-of-the-app", {"parents": "root"}, OWNERS), {}),
        ("update_metadata", ("text-of-the-app", moved, OWNERS), {}),
        ("update_metadata", ("text-of-the-app", {"title": 5}, OWNERS), {}),
    ):
        assert (await refused(site.code, f"drive.{name}", *args, **kwargs)).kind == "ValueError", (name, args, kwargs)
    assert drive.files["text-of-the-app"]["title"] == "hello.txt"


async def test_g_89_mail_goes_by_the_owners_gmail(site: ProvidersSite, drive: Drive, mock: Mock) -> None:
    sent: list[Asked] = []

    def gmail(asked: Asked) -> Said:
        sent.append(asked)
        return 200, {"id": "1"}

    mock.apis["/gmail/"] = gmail
    message = {"to": ["ada@example.com"], "cc": [], "bcc": ["b@example.com"], "from_address": None}

    await site.code.raw("google.mail.send", **message, subject="Grüße", text="Hello", html="<b>Hello</b>", draft=False)
    await site.code.raw("google.mail.send", **message, subject=None, text="Later", html=None, draft=True)

    assert [one.path for one in sent] == [
        "/gmail/gmail/v1/users/me/messages/send",
        "/gmail/gmail/v1/users/me/drafts",
    ]
    raw = email.message_from_bytes(base64.urlsafe_b64decode(sent[0].json["raw"]))
    assert (raw["To"], raw["Bcc"], raw.get_content_type()) == (
        "ada@example.com",
        "b@example.com",
        "multipart/alternative",
    )
    wrong: list[dict[str, Any]] = [
        {"subject": "a\r\nBcc: x@example.com"},
        {"to": [], "bcc": []},
        {"text": 5},
        {"to": 5},
    ]
    for changed in (*wrong, {"to": ["a\n@b"]}):
        await refused(site.code, "mail.send", **{**message, "subject": "x", "text": "x", "html": None, **changed})
    assert len(sent) == 2
    await connect(site, connected={"drive": True, "mail": False})
    assert "connected no account of Google for mail" in str(await refused(site.code, "mail.send", **message, text="x"))


async def test_g_89_another_widget_with_the_same_app_has_nothing_of_it(site: ProvidersSite, drive: Drive) -> None:
    other = ProvidersSite(site.served, await site.served.make("from anvil.server import route\n"))
    bare = await refused(other.code, "drive.get_app_file", "text-of-the-app")
    await other.give("google", client_id="google-app", client_secret=SECRET)
    unconnected = await refused(other.code, "drive.get_app_file", "text-of-the-app")

    assert bare.kind == "anvil.server.ServiceNotAdded"
    assert "connected no account" in str(unconnected)


async def test_g_89_one_widget_asks_a_few_times_at_once(site: ProvidersSite, drive: Drive, mock: Mock) -> None:
    go_on, asked = threading.Event(), []

    def slow(one: Asked) -> Said:
        asked.append(one)
        return drive.files_api(one) if go_on.wait(20) else (504, {})

    mock.apis["/www/"] = slow
    calls = [asyncio.create_task(site.code.raw("google.drive.get_app_file", "folder-of-the-app")) for _ in range(8)]
    try:
        await eventually(lambda: len(asked) == len(calls), 20)
        told = await refused(site.code, "drive.get_app_file", "folder-of-the-app")
    finally:
        go_on.set()
        found = await asyncio.gather(*calls)

    assert (told.kind, "8 times at once" in str(told)) == ("anvil.server.RuntimeUnavailableError", True)
    assert {one["title"] for one in found} == {"Shared"}
    assert (await site.code.raw("google.drive.get_app_file", "folder-of-the-app"))["title"] == "Shared"


async def test_g_89_what_google_says_is_told(site: ProvidersSite, drive: Drive, mock: Mock) -> None:
    mock.apis["/www/"] = lambda _: (403, {"error": {"message": "Rate Limit Exceeded"}})
    assert "Rate Limit Exceeded" in str(await refused(site.code, "drive.get_app_file", "text-of-the-app"))
    mock.apis["/www/"] = lambda _: (200, b"x" * 5_000_000)
    assert "Google does not answer" in str(await refused(site.code, "drive.get_app_file", "text-of-the-app"))
