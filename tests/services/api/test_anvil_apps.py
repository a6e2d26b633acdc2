"""Anvil apps become GUI widgets with their tables, whatever is amiss in them, and are given back as they were."""

import io
import zipfile
from typing import Any

from tests.services.api.conftest import Caller

from widget_model.anvil_app import read_app
from widget_model.archive import MANIFEST, unpack
from widget_site.parts import SiteParts
from widget_site.store.data.editing import Editing

_YAML = b"""# kept as it is
name: The shop
package_name: shop
startup: {module: Main, type: form}
metadata: {title: The shop, description: Sells things}
runtime_options: {server_spec: {base: python310-standard}}
services:
- {source: /runtime/services/tables.yml}
- source: /runtime/services/anvil/users.yml
  client_config: {allow_signup: false, use_email: 5}
secrets: {api_key: {type: secret}}
dependencies: [{dep_id: d1, resolution_hints: {package_name: extras}}]
scheduled_tasks:
- {task_name: tidy, job_id: J, time_spec: {every: day, n: 1}}
- {task_name: odd, job_id: K, time_spec: {every: blue moon}}
db_schema:
  kinds:
    title: Kinds
    client: search
    server: full
    columns:
    - {name: name, type: string}
    - {name: odd, type: tensor}
  items:
    title: Items
    client: none
    server: full
    columns:
    - {name: price, type: number}
    - {name: kind, type: link_single, target: kinds}
  'no name!':
    columns: []
allow_embedding: true
"""
_USERS = b"""- source: /runtime/services/anvil/users.yml
  client_config: {allow_signup: false, use_email: 5}
"""
_TREE: dict[str, bytes] = {
    "anvil.yaml": _YAML,
    "client_code/Main/__init__.py": b"class Main: pass\n",
    "client_code/Main/form_template.yaml": b"container: {type: ColumnPanel}\ncomponents: []\n",
    "client_code/broken.py": b"def f(:\n",
    "server_code/ServerModule1.py": b"import anvil.server\r\n",
    "theme/assets/logo.png": b"\x89PNG\xff",
    "theme/assets/pièce (1).png": b"x",
}


def _zip(tree: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, content in tree.items():
            archive.writestr(f"shop-main/{path}", content)
    return written.getvalue()


async def _imported(owner: Caller) -> dict[str, Any]:
    answer = await owner("POST", "/widgets/import", _zip(_TREE))
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


async def _tables(site: SiteParts, owner: Caller, slug: str) -> dict[str, Any]:
    assert owner.account is not None
    schema = await (await Editing.of(site.store, slug, owner.account.id)).schema()
    return {table.name: table for table in schema.tables.values()}


async def test_g_90_an_app_is_imported_with_its_tables_schedules_and_packages(owner: Caller, site: SiteParts) -> None:
    made = await _imported(owner)

    assert (made["kind"], made["title"], made["description"]) == ("gui", "The shop", "Sells things")
    assert "requests" in made["requirements"]
    tables = await _tables(site, owner, made["slug"])
    assert [(one.name, one.type) for one in tables["kinds"].columns] == [("name", "string")]
    assert (tables["kinds"].client, tables["items"].client) == ("search", "none")
    assert tables["items"].column("kind").target_id == tables["kinds"].id
    assert "users" in tables
    manifest = unpack((await owner("GET", f"/widgets/{made['slug']}/export")).data).manifest
    assert manifest is not None
    assert {task: spec["paused"] for task, spec in manifest.scheduled_tasks.items()} == {"tidy": True}


async def test_what_is_amiss_in_an_app_is_told_and_fails_nothing(owner: Caller) -> None:
    found = (await _imported(owner))["findings"]
    texts = " ".join(one["text"] for one in found)

    assert ("client_code/broken.py", 1) in [(one["file"], one["line"]) for one in found]
    assert any("(1).png" in one["file"] for one in found)
    assert "extras" in texts
    assert "'no name!' is not there" in texts
    assert "api_key" in texts


async def test_a_tree_that_nobody_changed_is_exported_as_it_came(owner: Caller) -> None:
    # Without what no table can be made of, which an export leaves out.
    tree = {path: content for path, content in _TREE.items() if "(1)" not in path}
    yaml = _YAML
    for gone in (b"  'no name!':\n    columns: []\n", b"    - {name: odd, type: tensor}\n", _USERS):
        yaml = yaml.replace(gone, b"")
    tree["anvil.yaml"] = yaml
    slug = (await owner("POST", "/widgets/import", _zip(tree))).json["slug"]

    exported = zipfile.ZipFile(io.BytesIO((await owner("GET", f"/widgets/{slug}/export")).data))
    back = {name: exported.read(name) for name in exported.namelist() if name not in (MANIFEST, "requirements.txt")}

    assert back == tree


async def test_an_export_names_the_tables_as_they_are_and_keeps_the_rest(owner: Caller, site: SiteParts) -> None:
    assert owner.account is not None
    slug = (await _imported(owner))["slug"]
    await (await Editing.of(site.store, slug, owner.account.id)).add_column("items", "size", "string", None, False)

    archive = unpack((await owner("GET", f"/widgets/{slug}/export")).data)
    text = archive.files["anvil.yaml"]
    again = await owner("POST", "/widgets/import", (await owner("GET", f"/widgets/{slug}/export")).data)

    assert isinstance(text, str)
    assert text.startswith("# kept as it is\nname: The shop\n")
    assert text.endswith("allow_embedding: true\n")
    [items] = [one for one in read_app(archive.files).manifest.tables if one.name == "items"]
    assert [one.name for one in items.columns] == ["price", "kind", "size"]
    assert again.json["kind"] == "gui"
    assert "size" in str((await _tables(site, owner, again.json["slug"]))["items"].columns)


async def test_an_app_becomes_the_draft_of_a_gui_and_of_nothing_else(owner: Caller) -> None:
    gui = (await owner("POST", "/widgets", {"kind": "gui", "title": "Mine"})).json["slug"]
    api = (await owner("POST", "/widgets", {"kind": "api", "title": "Mine"})).json["slug"]

    assert (await owner("POST", f"/widgets/{gui}/import", _zip(_TREE))).status == 200
    refused = await owner("POST", f"/widgets/{api}/import", _zip(_TREE))

    assert (refused.status, "Anvil app" in refused.json["error"]["message"]) == (400, True)


async def test_files_that_are_no_app_in_any_way_still_make_a_widget(owner: Caller) -> None:
    for text in (b"", b"[", b"- 1", b"db_schema: [1, {}]\nservices: x\ndependencies: [1]\nscheduled_tasks: {}"):
        answer = await owner("POST", "/widgets/import", _zip({"anvil.yaml": text, "client_code/a.py": b""}))
        assert (answer.status, answer.json["kind"]) == (201, "gui")
