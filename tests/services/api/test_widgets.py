"""Widgets over the API, from making to deleting, and what the caller is told when something is wrong."""

import json
from typing import Any

import pytest
from quart import Quart
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PASSWORD, PageVisitor

MB = 1024 * 1024


async def make(owner: Caller, **more: Any) -> Any:
    made = await owner("POST", "/widgets", {"kind": "script", "title": "A test", **more})
    assert made.status == 201, made.json
    return made.json


@pytest.mark.parametrize(("kind", "holds"), [("api", "anvil.server.route"), ("script", "print(")])
async def test_a_new_widget_starts_with_a_program_and_an_address(owner: Caller, kind: str, holds: str) -> None:
    made = await make(owner, kind=kind)

    assert made["url"] == f"http://{made['slug']}.localhost:8000"
    assert made["slug"].count("-") >= 2
    assert holds in made["files"]["main.py"]
    assert (made["owner"], made["revision"], made["visibility"]) == ("olive", 1, "public")
    assert made["environment"] == {"status": "ready", "message": ""}
    assert (made["requirements"], made["schedule"], made["forked_from"]) == ([], None, None)


async def test_a_gui_starts_as_its_owner_says_with_the_tables_and_services_that_it_needs(owner: Caller) -> None:
    listed = await make(owner, kind="gui", starter="table")
    private = await make(owner, kind="gui", starter="login")
    tables = await owner("GET", f"/widgets/{listed['slug']}/tables")
    users = await owner("GET", f"/widgets/{private['slug']}/users-service")
    wrong = [
        await owner("POST", "/widgets", {"title": "x", **body})
        for body in (
            {"kind": "gui", "starter": "spaceship"},
            {"kind": "script", "starter": "table"},
            {"kind": "gui", "starter": "table", "files": {"main.py": ""}},
        )
    ]

    assert "client_code/BookRow/form_template.yaml" in listed["files"]
    assert [table["name"] for table in tables.json["items"]] == ["books"]
    assert users.json["on"] is True
    assert [answer.status for answer in wrong] == [400, 400, 400]


async def test_files_arrive_as_they_were_sent(owner: Caller, anybody: Caller) -> None:
    files = {"main.py": "# ☃ \u0000 \r\n", "lib/data.bin": {"base64": "AP8A"}, "README.md": "# Hi", "empty": ""}

    made = await make(owner, files=files)

    assert made["files"] == files
    assert (await anybody("GET", f"/widgets/{made['slug']}")).json["files"] == files


async def test_a_widget_goes_through_its_life(owner: Caller, other: Caller) -> None:
    slug = (await make(owner, title="Sums", files={"main.py": "1"}))["slug"]
    saved = await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "2", "b.py": "b"}, "base_revision": 1})
    same = await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "2"}})
    removed = await owner("PUT", f"/widgets/{slug}/files", {"files": {"b.py": None}, "message": "No b"})
    history = await other("GET", f"/widgets/{slug}/revisions")
    second = await other("GET", f"/widgets/{slug}/revisions/2")
    restored = await owner("POST", f"/widgets/{slug}/revisions/1/restore")
    fork = await other("POST", f"/widgets/{slug}/fork")
    changed = await owner("PATCH", f"/widgets/{slug}", {"title": "New", "description": "*x*", "slug": "my-own-name"})
    gone = await owner("DELETE", "/widgets/my-own-name")

    assert [answer.json["revision"] for answer in (saved, same, removed, restored)] == [2, 2, 3, 4]
    assert [(item["revision"], item["message"]) for item in history.json["items"]] == [(3, "No b"), (2, ""), (1, "")]
    assert second.json["files"] == {"main.py": "2", "b.py": "b"}
    assert (fork.json["owner"], fork.json["forked_from"], fork.json["files"]) == ("otto", slug, {"main.py": "1"})
    assert (changed.json["title"], changed.json["url"]) == ("New", "http://my-own-name.localhost:8000")
    assert gone.status == 204
    assert (await owner("GET", "/widgets/my-own-name")).status == 404
    assert (await other("GET", f"/widgets/{fork.json['slug']}")).json["files"] == {"main.py": "1"}


async def test_a_stale_save_is_refused_with_both_sides_at_hand(owner: Caller) -> None:
    slug = (await make(owner, files={"main.py": "1"}))["slug"]
    await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "theirs"}, "base_revision": 1})

    refused = await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "mine"}, "base_revision": 1})

    assert refused.status == 409
    error = refused.json["error"]
    assert (error["code"], error["revision"], error["files"]) == ("conflict", 2, {"main.py": "theirs"})
    assert (await owner("GET", f"/widgets/{slug}")).json["files"] == {"main.py": "theirs"}


async def test_drafts_of_two_tabs_do_not_overwrite_each_other(owner: Caller) -> None:
    slug = (await make(owner))["slug"]
    none = await owner("GET", f"/widgets/{slug}/draft")
    first = await owner("PUT", f"/widgets/{slug}/draft", {"files": {"main.py": "a"}, "base_revision": 1, "version": 0})
    refused = await owner(
        "PUT", f"/widgets/{slug}/draft", {"files": {"main.py": "b"}, "base_revision": 1, "version": 0}
    )
    held = await owner("GET", f"/widgets/{slug}/draft")

    assert (none.status, first.json, refused.status) == (404, {"version": 1}, 409)
    assert (refused.json["error"]["version"], refused.json["error"]["files"]) == (1, {"main.py": "a"})
    assert held.json["files"] == {"main.py": "a"}


async def test_lists_are_searched_narrowed_and_read_page_by_page(owner: Caller, other: Caller) -> None:
    slugs = [(await make(owner, title=f"Sums {number}"))["slug"] for number in range(5)]
    await make(other, title="Letters", kind="api")

    first = await other("GET", "/widgets?q=sums&limit=3")
    rest = await other("GET", f"/widgets?q=sums&limit=3&page={first.json['next']}")
    apis = await other("GET", "/widgets?kind=api")
    theirs = await other("GET", "/widgets?owner=otto")

    found = [item["slug"] for answer in (first, rest) for item in answer.json["items"]]
    assert found == slugs[::-1]
    assert rest.json["next"] is None
    assert [item["title"] for item in apis.json["items"]] == [item["title"] for item in theirs.json["items"]]
    assert apis.json["items"][0]["kind"] == "api"
    assert "files" not in first.json["items"][0]


@pytest.mark.parametrize(
    "more", [{"requirements": ["-e ."]}, {"schedule": {"every": "hour"}}, {"kind": "nonsense"}, {"kind": ""}]
)
async def test_what_does_not_exist_yet_is_not_swallowed(owner: Caller, more: dict[str, Any]) -> None:
    answer = await owner("POST", "/widgets", {"kind": "script", "title": "x", **more})

    assert answer.status == 400
    assert (await owner("GET", "/widgets?owner=olive")).json["items"] == []


async def test_a_widget_that_asks_for_packages_says_that_they_are_being_installed(owner: Caller) -> None:
    made = await make(owner, files={"main.py": "", "requirements.txt": "# maths\nnumpy\n\n"})

    assert made["requirements"] == ["numpy"]
    assert made["environment"]["status"] == "installing"


async def test_p_09_a_new_widget_begins_with_a_list_of_packages(owner: Caller, app: Quart) -> None:
    standard = await make(owner, packages="standard", requirements=["humanize"])
    science = await make(owner, packages="data-science", files={"main.py": "", "requirements.txt": "humanize\n"})
    unknown = await owner("POST", "/widgets", {"kind": "script", "title": "x", "packages": "everything"})
    visitor = PageVisitor(app)
    await visitor.send("/sign-up", username="nina", email="nina@example.com", password=PASSWORD)
    made = await visitor.send("/new", kind="script", title="", packages="machine-learning", visibility="public")

    assert standard["requirements"] == ["requests", "beautifulsoup4", "humanize"]
    assert science["requirements"] == ["requests", "beautifulsoup4", "numpy", "pandas", "matplotlib", "humanize"]
    assert unknown.status == 400
    shown = await owner("GET", f"/widgets/{made.location.split('/')[2]}")
    assert shown.json["requirements"][-1] == "scikit-learn"
    assert set(shown.json["files"]) == {"main.py", "README.md", "requirements.txt"}


async def test_a_new_widget_can_have_tags_and_is_found_by_them(owner: Caller, anybody: Caller) -> None:
    made = await make(owner, tags=["Spinning-Wheels", "wool", "wool"])
    found = await anybody("GET", "/gallery?tag=spinning-wheels")

    assert made["tags"] == ["spinning-wheels", "wool"]
    assert [item["slug"] for item in found.json["items"]] == [made["slug"]]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"kind": "script"}, "'title' is missing"),
        ({"kind": "script", "title": 3}, "'title' is not right"),
        ({"kind": "script", "title": None}, "'title' is not right"),
        ({"kind": "script", "title": ""}, "title must have"),
        ({"kind": "script", "title": "x" * 201}, "title must have"),
        ({"kind": "script", "title": "a\u0000b"}, "not taken"),
        ({"kind": "script", "title": "x", "owner": "otto"}, "'owner' is not known here"),
        ({"kind": "script", "title": "x", "visibility": "secret"}, "'visibility' is not right"),
        ({"kind": "script", "title": "x", "tags": ["a b"]}, "'a b' is none"),
        ({"kind": "script", "title": "x", "tags": list("abcdef")}, "at most 5 tags"),
        ({"kind": "script", "title": "x", "files": []}, "'files' is not right"),
        ({"kind": "script", "title": "x", "files": {"main.py": 3}}, "'files.main.py"),
        ({"kind": "script", "title": "x", "files": {"main.py": {"base64": "%"}}}, "not valid base64"),
        ({"kind": "script", "title": "x", "files": {"main.py": {"hex": "00"}}}, "must be text"),
        ({"kind": "script", "title": "x", "files": {"../x": ""}}, "'../x'"),
        ({"kind": "script", "title": "x", "files": {"/x": ""}}, "'/x'"),
        ({"kind": "script", "title": "x", "files": {"a": "", "a/b": ""}}, "both a file and a folder"),
        ({"kind": "script", "title": "x", "files": {f"f{n}": "" for n in range(201)}}, "at most 200 files"),
        ({"kind": "script", "title": "x", "files": {"main.py": "x" * (4 * MB + 1)}}, "at most 4194304"),
        ([], "body is not right"),
        ("text", "body is not right"),
        (None, "not right"),
    ],
)
async def test_a_body_that_can_not_be_taken_is_refused_by_naming_what_is_wrong(
    owner: Caller, body: Any, named: str
) -> None:
    answer = await owner("POST", "/widgets", data=json.dumps(body), headers={"Content-Type": "application/json"})

    assert answer.status == 400
    assert named in answer.json["error"]["message"]
    assert (await owner("GET", "/widgets?owner=olive")).json["items"] == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"{'kind': 'script'}",
        b'{"kind": "script", "title": NaN}',
        b'{"kind": "script", "title": "a", "title": "b"}',
        b'{"kind": "script", "title": "\\ud800"}',
        b'{"kind": "script", "title": "x", "files": {"\\ud800": ""}}',
        b'{"kind": "script", "title": "x", "files": {"main.py": "\\ud800"}}',
        b'{"kind": "script", "title": ' + b"9" * 5000 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"\xef\xbb\xbf{}",
    ],
)
async def test_bytes_that_are_no_good_json_are_a_bad_request(owner: Caller, data: bytes) -> None:
    answer = await owner("POST", "/widgets", data=data, headers={"Content-Type": "application/json"})

    assert answer.status == 400
    assert answer.json["error"]["message"]


async def test_a_body_that_is_too_large_is_refused_and_nothing_is_lost(owner: Caller) -> None:
    slug = (await make(owner, files={"main.py": "1"}))["slug"]
    body = json.dumps({"files": {"main.py": "x" * (7 * MB)}})

    answer = await owner("PUT", f"/widgets/{slug}/files", data=body, headers={"Content-Type": "application/json"})

    assert (answer.status, answer.json["error"]["code"]) == (413, "too_large")
    assert (await owner("GET", f"/widgets/{slug}")).json["files"] == {"main.py": "1"}


@pytest.mark.parametrize(
    "path",
    [
        "/widgets/nope",
        "/widgets/some-missing-widget",
        "/widgets/..%2f..%2fetc",
        "/widgets/%00",
        "/widgets/%252e%252e",
        "/widgets/" + "x" * 3000,
        "/widgets/%ff%fe",
        "/widgets/x/revisions/99999999999999999999",
        "/runs/nope",
        "/runs/%00/events",
        "/runs/..%2f",
        "/nothing",
        "/",
    ],
)
async def test_an_address_that_leads_nowhere_is_not_found(owner: Caller, path: str) -> None:
    answer = await owner("GET", path)

    assert answer.status == 404
    assert answer.json["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "query", ["page=x", "page=%00", "limit=0", "limit=101", "limit=x", "kind=nonsense", "page=" + "A" * 5000]
)
async def test_a_query_that_can_not_be_is_a_bad_request(owner: Caller, query: str) -> None:
    assert (await owner("GET", f"/widgets?{query}")).status == 400


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=" + "a+" * 500, "q=%25%25%25", "owner=%00", "owner=nobody"])
async def test_a_search_for_anything_is_answered(owner: Caller, query: str) -> None:
    assert (await owner("GET", f"/widgets?{query}")).status == 200


async def test_a_method_that_is_not_taken_names_those_that_are(owner: Caller) -> None:
    answer = await owner("PUT", "/widgets")

    assert (answer.status, answer.json["error"]["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= {method.strip() for method in answer.headers["Allow"].split(",")}


async def test_a_gui_has_an_engine_for_its_client_code_that_forks_and_exports_take_along(
    owner: Caller, other: Caller
) -> None:
    slug = (await make(owner, kind="gui"))["slug"]
    script = (await make(owner))["slug"]
    assert (await owner("GET", f"/widgets/{slug}")).json["client_engine"] == "full"

    assert (await owner("PATCH", f"/widgets/{slug}", {"client_engine": "light"})).json["client_engine"] == "light"
    refused = await owner("PATCH", f"/widgets/{script}", {"client_engine": "light"})
    assert (refused.status, refused.json["error"]["field"]) == (400, "client_engine")
    assert (await owner("PATCH", f"/widgets/{script}", {"client_engine": "full"})).status == 200
    fork = await other("POST", f"/widgets/{slug}/fork")
    exported = (await owner("GET", f"/widgets/{slug}/export")).data
    imported = await owner("POST", "/widgets/import", exported)
    assert [fork.json["client_engine"], imported.json["client_engine"]] == ["light", "light"]


async def test_d_36_a_server_is_kept_running_by_a_setting_that_forks_and_exports_take_along(
    owner: Caller, other: Caller
) -> None:
    slug = (await make(owner, kind="api"))["slug"]
    assert (await owner("GET", f"/widgets/{slug}")).json["keep_server_running"] is False

    assert (await owner("PATCH", f"/widgets/{slug}", {"keep_server_running": True})).json["keep_server_running"] is True

    assert (await other("POST", f"/widgets/{slug}/fork")).json["keep_server_running"] is True
    assert (await owner("PATCH", f"/widgets/{slug}", {"title": "Other"})).json["keep_server_running"] is True


async def test_a_widget_that_answers_no_calls_has_no_server_to_keep(owner: Caller) -> None:
    slug = (await make(owner))["slug"]

    refused = await owner("PATCH", f"/widgets/{slug}", {"keep_server_running": True})

    assert (refused.status, refused.json["error"]["field"]) == (400, "keep_server_running")


@pytest.mark.parametrize("slug", ["www", "-x", "a--b", "UPPER", "x", "x" * 64, "a.b", "../x", "a\u0000b"])
async def test_a_name_that_can_not_be_a_host_is_refused(owner: Caller, slug: str) -> None:
    made = (await make(owner))["slug"]

    assert (await owner("PATCH", f"/widgets/{made}", {"slug": slug})).status == 400
    assert (await owner("GET", f"/widgets/{made}")).status == 200
