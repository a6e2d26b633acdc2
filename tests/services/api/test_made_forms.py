"""Forms made of tables and scripts over the API: what is made, for whom, and what is refused in words."""

from typing import Any

from tests.services.api.conftest import Caller


async def made(owner: Caller, kind: str, **more: Any) -> str:
    answer = await owner("POST", "/widgets", {"kind": kind, "title": "Club", **more})
    assert answer.status == 201, answer.json
    return str(answer.json["slug"])


async def test_a_script_s_table_gets_a_gui_that_uses_it_and_what_it_links_to(owner: Caller, other: Caller) -> None:
    slug = await made(owner, "script")
    tables = f"/widgets/{slug}/tables"
    for name in ("cities", "people"):
        await owner("POST", tables, {"name": name})
    await owner("POST", f"{tables}/cities/columns", {"name": "called", "type": "string"})
    empty = await owner("POST", f"{tables}/people/form-widget")
    await owner("POST", f"{tables}/people/columns", {"name": "home", "type": "link_single", "table": "cities"})

    gui = await owner("POST", f"{tables}/people/form-widget")
    there = await owner("GET", f"/widgets/{gui.json['slug']}/tables")
    again = await owner("POST", f"/widgets/{gui.json['slug']}/tables/people/form-widget")
    strangers = [await other("POST", f"{tables}/people/form-widget"), await other("GET", f"{tables}/people/form")]

    assert (gui.status, gui.json["kind"], gui.json["visibility"]) == (201, "gui", "private")
    assert '("cities", "called")' in gui.json["files"]["server_code/PeopleTable.py"]
    found = {one["name"]: [column["name"] for column in one["columns"]] for one in there.json["items"]}
    assert found == {"cities": ["called"], "people": ["home"]}
    assert (empty.status, empty.json["error"]["message"]) == (400, "The table has no columns yet: add one first.")
    assert "make the form there" in again.json["error"]["message"]
    assert [answer.status for answer in strangers] == [403, 403]


async def test_a_form_for_a_gui_is_called_as_is_asked(owner: Caller) -> None:
    slug = await made(owner, "gui")
    await owner("POST", f"/widgets/{slug}/tables", {"name": "people"})
    await owner("POST", f"/widgets/{slug}/tables/people/columns", {"name": "name", "type": "string"})
    hidden = {"name": "password_hash", "type": "string", "client_hidden": True}
    await owner("POST", f"/widgets/{slug}/tables/people/columns", hidden)

    usual = await owner("GET", f"/widgets/{slug}/tables/people/form")
    named = await owner("GET", f"/widgets/{slug}/tables/people/form?name=People2")
    wrong = await owner("GET", f"/widgets/{slug}/tables/people/form?name=../x")
    gone = await owner("GET", f"/widgets/{slug}/tables/nothing/form")

    assert usual.json["name"] == "People"
    assert not any("password" in text for text in usual.json["files"].values())
    assert "client_code/People2Row/form_template.yaml" in named.json["files"]
    assert (wrong.status, gone.status) == (400, 404)


async def test_only_a_script_that_takes_something_becomes_a_form(owner: Caller, other: Caller) -> None:
    slug = await made(owner, "script", files={"main.py": "def main(name: str):\n    print(name)\n", "tools.py": ""})
    plain = await made(owner, "script", files={"main.py": "print(1)"})

    gui = await owner("POST", f"/widgets/{slug}/form-widget")
    refused = await owner("POST", f"/widgets/{plain}/form-widget")
    stranger = await other("POST", f"/widgets/{slug}/form-widget")

    assert gui.json["files"]["script/main.py"] == "def main(name: str):\n    print(name)\n"
    assert "script/tools.py" in gui.json["files"]
    assert refused.status == 400
    assert "no arguments" in refused.json["error"]["message"]
    assert stranger.status == 403
