"""Who gets which answer from every address of the API: the table is compared with the router, so none is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from quart import Quart
from sqlalchemy import select, update
from tests.services.api.conftest import Caller, on_both_databases

from widget_model.archive import Manifest, pack
from widget_model.ids import new_id
from widget_site.dispatch.files import run_file_key
from widget_site.parts import SiteParts
from widget_site.store import (
    accounts,
    drafts,
    letters,
    proposals,
    revisions,
    runs,
    secrets,
    service_credentials,
    tables,
    tokens,
    webhooks,
    widgets,
)
from widget_site.store.data.data_files import DataFiles
from widget_site.store.data.row_editing import Changes, RowEditing

#: A body that is a file: the same files that the draft holds.
ZIP = pack(Manifest("script", "T"), {"main.py": "half"}, 0.0)
#: method, path -> (body, owner's answer, another account's, anybody's) for a public widget. What another gets for a
#: private widget is what a widget that does not exist gets: 404, whatever they ask.
OF_A_WIDGET = {
    ("GET", "/widgets/{slug}"): (None, 200, 200, 200),
    ("PATCH", "/widgets/{slug}"): ({"title": "New"}, 200, 403, 401),
    ("PUT", "/widgets/{slug}/files"): ({"files": {"main.py": "x"}}, 200, 403, 401),
    ("GET", "/widgets/{slug}/revisions"): (None, 200, 200, 200),
    ("GET", "/widgets/{slug}/revisions/{number}"): (None, 200, 200, 200),
    ("POST", "/widgets/{slug}/revisions/{number}/restore"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/diff"): (None, 200, 200, 200),
    ("GET", "/widgets/{slug}/forks"): (None, 200, 200, 200),
    ("GET", "/widgets/{slug}/parent"): (None, 404, 404, 404),
    ("GET", "/widgets/{slug}/parent/diff"): (None, 404, 404, 404),
    ("POST", "/widgets/{slug}/pull"): ({}, 404, 403, 401),
    ("POST", "/widgets/{slug}/propose"): ({"title": "x"}, 404, 403, 401),
    ("GET", "/proposals/{proposal_id}"): (None, 200, 404, 404),
    ("GET", "/proposals/{proposal_id}/diff"): (None, 200, 404, 404),
    ("POST", "/proposals/{proposal_id}/update"): (None, 403, 404, 404),
    ("POST", "/proposals/{proposal_id}/withdraw"): (None, 403, 404, 404),
    ("POST", "/proposals/{proposal_id}/close"): ({"reason": "x"}, 200, 404, 404),
    ("POST", "/proposals/{proposal_id}/merge"): ({"round": 1}, 200, 404, 404),
    ("POST", "/widgets/{slug}/reports"): ({"reason": "spam"}, 403, 204, 204),
    ("PUT", "/widgets/{slug}/star"): (None, 200, 200, 401),
    ("DELETE", "/widgets/{slug}/star"): (None, 200, 200, 401),
    ("GET", "/widgets/{slug}/draft"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/draft"): ({"files": {}, "base_revision": 1}, 200, 403, 401),
    ("DELETE", "/widgets/{slug}/draft"): (None, 204, 403, 401),
    ("PUT", "/widgets/{slug}/requirements"): ({"requirements": ["six"]}, 202, 403, 401),
    ("GET", "/widgets/{slug}/environment"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/fork"): (None, 201, 201, 401),
    ("GET", "/widgets/{slug}/export"): (None, 200, 200, 200),
    ("POST", "/widgets/{slug}/import"): (ZIP, 200, 403, 401),
    ("POST", "/widgets/{slug}/runs"): ({}, 202, 403, 401),
    ("GET", "/widgets/{slug}/form"): (None, 200, 200, 200),
    ("POST", "/widgets/{slug}/client-code/check"): ({"path": "a.py", "files": {"a.py": ""}}, 200, 403, 401),
    ("GET", "/widgets/{slug}/runs"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/preview"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/requests"): ({"method": "GET", "target": "/"}, 200, 200, 401),
    ("GET", "/widgets/{slug}/run-summary"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/retention"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/retention"): ({"days": 1}, 200, 403, 401),
    ("GET", "/runs/{run_id}/output.txt"): (None, 200, 403, 401),
    ("GET", "/runs/{run_id}/output.jsonl"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/schedule"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/schedule/preview"): ({"schedule": {"every": "day"}}, 200, 403, 401),
    ("GET", "/widgets/{slug}/schedules"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/schedules/{task}"): ({"schedule": {"every": "day"}}, 200, 403, 401),
    ("DELETE", "/widgets/{slug}/schedules/{task}"): (None, 204, 403, 401),
    ("GET", "/widgets/{slug}/tasks"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/tasks"): ({"name": "report"}, 202, 403, 401),
    ("GET", "/widgets/{slug}/tasks/{task_id}"): (None, 404, 403, 401),
    ("POST", "/widgets/{slug}/tasks/{task_id}/kill"): (None, 404, 403, 401),
    ("GET", "/widgets/{slug}/secrets"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/secrets/{name}"): ({"value": "x"}, 204, 403, 401),
    ("DELETE", "/widgets/{slug}/secrets/{name}"): (None, 204, 403, 401),
    ("POST", "/widgets/{slug}/secrets/{name}/key"): (None, 409, 403, 401),
    ("GET", "/widgets/{slug}/services"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/services/{service}"): (
        {"credentials": {"client_id": "1", "client_secret": "x"}},
        200,
        403,
        401,
    ),
    ("DELETE", "/widgets/{slug}/services/{service}"): (None, 204, 403, 401),
    ("GET", "/widgets/{slug}/data-files"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/data-files/{path}"): (b"bytes", 204, 403, 401),
    ("GET", "/widgets/{slug}/data-files/{path}"): (None, 200, 403, 401),
    ("DELETE", "/widgets/{slug}/data-files/{path}"): (None, 204, 403, 401),
    ("GET", "/widgets/{slug}/tables"): (None, 200, 403, 401),
    ("PATCH", "/widgets/{slug}/tables"): ({"auto_create": True}, 200, 403, 401),
    ("POST", "/widgets/{slug}/tables"): ({"name": "more"}, 201, 403, 401),
    ("PATCH", "/widgets/{slug}/tables/{table}"): ({"title": "x"}, 200, 403, 401),
    ("DELETE", "/widgets/{slug}/tables/{table}"): (None, 204, 403, 401),
    ("POST", "/widgets/{slug}/tables/{table}/columns"): ({"name": "more", "type": "bool"}, 201, 403, 401),
    ("PATCH", "/widgets/{slug}/tables/{table}/columns/{column}"): ({"client_hidden": True}, 200, 403, 401),
    ("DELETE", "/widgets/{slug}/tables/{table}/columns/{column}"): (None, 204, 403, 401),
    ("GET", "/widgets/{slug}/tables/{table}/form"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/tables/{table}/form-widget"): (None, 201, 403, 401),
    ("POST", "/widgets/{slug}/form-widget"): (None, 400, 403, 401),
    ("GET", "/widgets/{slug}/tables/{table}/rows"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/tables/{table}/rows/{row_id}"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/tables/{table}/rows/{row_id}/media/{column}"): (b"bytes", 400, 403, 401),
    ("GET", "/widgets/{slug}/tables/{table}/rows/{row_id}/media/{column}"): (None, 400, 403, 401),
    ("GET", "/widgets/{slug}/tables/{table}/choices"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/tables/{table}/shares"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/tables/{table}/shares"): ({"widget": "some-missing-widget"}, 404, 403, 401),
    ("DELETE", "/widgets/{slug}/tables/{table}/shares/{widget}"): (None, 404, 403, 401),
    ("POST", "/widgets/{slug}/tables-from-csv"): (b"word\nx\n", 400, 403, 401),
    ("POST", "/widgets/{slug}/tables/{table}/csv"): (b"word\nx\n", 200, 403, 401),
    ("GET", "/widgets/{slug}/tables/{table}/csv"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/tables/{table}/changes"): ({"add": [{"word": "x"}]}, 200, 403, 401),
    ("PUT", "/widgets/{slug}/tables/{table}/columns"): ({"columns": ["file", "word"]}, 200, 403, 401),
    ("POST", "/widgets/{slug}/tables/{table}/retype"): (
        {"column": "word", "type": "number", "preview": True},
        200,
        403,
        401,
    ),
    ("POST", "/widgets/{slug}/tables/{table}/rows"): ({"values": {"word": "x"}}, 201, 403, 401),
    ("PATCH", "/widgets/{slug}/tables/{table}/rows/{row_id}"): ({"values": {"word": "x"}}, 200, 403, 401),
    ("DELETE", "/widgets/{slug}/tables/{table}/rows/{row_id}"): (None, 204, 403, 401),
    ("GET", "/widgets/{slug}/access"): (None, 404, 403, 401),
    ("PUT", "/widgets/{slug}/access"): ({"keys_needed": True}, 404, 403, 401),
    ("POST", "/widgets/{slug}/keys"): ({"name": "x"}, 404, 403, 401),
    ("DELETE", "/widgets/{slug}/keys/{key_id}"): (None, 404, 403, 401),
    ("GET", "/widgets/{slug}/mail"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/mail/{letter_id}"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/users-service"): (None, 200, 403, 401),
    ("PATCH", "/widgets/{slug}/users-service"): ({"on": True}, 200, 403, 401),
    ("GET", "/widgets/{slug}/users"): (None, 200, 403, 401),
    ("PATCH", "/widgets/{slug}/users/{row_id}"): ({"enabled": True}, 409, 403, 401),
    ("POST", "/widgets/{slug}/mail"): ({"text": "x"}, 200, 403, 401),
    ("GET", "/widgets/{slug}/mail-settings"): (None, 200, 403, 401),
    ("PUT", "/widgets/{slug}/mail-settings"): ({"test_mode": True}, 200, 403, 401),
    ("POST", "/widgets/{slug}/mail-settings/test"): (None, 409, 403, 401),
    ("GET", "/widgets/{slug}/uplinks"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/uplink-keys"): ({"kind": "server"}, 201, 403, 401),
    ("DELETE", "/widgets/{slug}/uplink-keys/{key_id}"): (None, 404, 403, 401),
    ("POST", "/widgets/{slug}/uplinks/{link_id}/drain"): (None, 404, 403, 401),
    ("GET", "/widgets/{slug}/webhooks"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/webhooks"): ({"url": "https://example.com/hook"}, 201, 403, 401),
    ("POST", "/widgets/{slug}/webhooks/{webhook_id}/test"): (None, 202, 403, 401),
    ("POST", "/widgets/{slug}/webhooks/{webhook_id}/turn-on"): (None, 200, 403, 401),
    ("GET", "/widgets/{slug}/webhooks/{webhook_id}/deliveries"): (None, 200, 403, 401),
    ("POST", "/widgets/{slug}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"): (None, 202, 403, 401),
    ("DELETE", "/widgets/{slug}/webhooks/{webhook_id}"): (None, 204, 403, 401),
    ("GET", "/runs/{run_id}"): (None, 200, 403, 401),
    ("GET", "/runs/{run_id}/events"): (None, 200, 403, 401),
    ("GET", "/runs/{run_id}/files"): (None, 200, 403, 401),
    ("GET", "/runs/{run_id}/files/{file_id}"): (None, 200, 403, 401),
    ("POST", "/runs/{run_id}/stop"): (None, 202, 403, 401),
    ("POST", "/runs/{run_id}/input"): ({"number": 1, "text": "x"}, 409, 403, 401),
    ("DELETE", "/widgets/{slug}"): (None, 204, 403, 401),
}
OF_AN_ACCOUNT = {
    ("POST", "/accounts"): (
        {"username": "nina", "email": "n@example.com", "password": "a long sentence"},
        201,
        201,
        201,
    ),
    ("POST", "/markdown"): ({"text": "# A"}, 200, 200, 401),
    ("GET", "/me"): (None, 200, 200, 401),
    ("GET", "/runs"): (None, 200, 200, 401),
    ("GET", "/run-summary"): (None, 200, 200, 401),
    ("GET", "/me/quotas"): (None, 200, 200, 401),
    ("GET", "/accounts/{username}/quotas"): (None, 403, 403, 401),
    ("PUT", "/accounts/{username}/quotas"): ({"runs_per_day": 1}, 403, 403, 401),
    ("POST", "/tokens"): ({"name": "x"}, 401, 401, 401),
    ("GET", "/tokens"): (None, 200, 200, 401),
    ("DELETE", "/tokens/{token_id}"): (None, 204, 404, 401),
    ("GET", "/messages"): (None, 200, 200, 401),
    ("GET", "/proposals"): (None, 200, 200, 401),
    ("POST", "/messages/read"): ({"up_to": "x"}, 204, 204, 401),
    ("GET", "/gallery"): (None, 200, 200, 200),
    ("GET", "/starred"): (None, 200, 200, 401),
    ("POST", "/widgets"): ({"kind": "script", "title": "x"}, 201, 201, 401),
    ("GET", "/widgets"): (None, 200, 200, 200),
    ("POST", "/widgets/import"): (ZIP, 201, 201, 401),
    ("GET", "/deleted-widgets"): (None, 200, 200, 401),
    ("POST", "/deleted-widgets/{slug}/restore"): (None, 404, 404, 401),
    ("DELETE", "/deleted-widgets/{slug}"): (None, 404, 404, 401),
}
WHO = ("owner", "other", "anybody")


@dataclass
class Made:
    """A widget of the owner with everything that a widget can have, and the addresses that lead to it."""

    values: dict[str, str]

    def fill(self, path: str) -> str:
        return path.format(**self.values)


@pytest.fixture
async def public(owner: Caller, site: SiteParts) -> Made:
    return await make(owner, site, "public")


@pytest.fixture
async def private(owner: Caller, site: SiteParts) -> Made:
    return await make(owner, site, "private")


@pytest.fixture
def callers(owner: Caller, other: Caller, anybody: Caller) -> dict[str, Caller]:
    return dict(zip(WHO, (owner, other, anybody), strict=True))


async def make(owner: Caller, site: SiteParts, visibility: str) -> Made:
    assert owner.account is not None
    widget = (await owner("POST", "/widgets", {"kind": "script", "title": "T", "visibility": visibility})).json
    slug, run_id = widget["slug"], new_id()
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    await runs.add(site.store, run_id, widget_id=snapshot.widget_id, trigger="owner", revision=1)
    await drafts.put(site.store, slug, owner.account.id, {"main.py": "half"}, base_revision=1)
    file_id = new_id()
    await site.dispatch.link.client.set(run_file_key(run_id, file_id), b"bytes")
    token = (await tokens.listed(site.store, owner.account.id))[0]
    await secrets.put(site.store, slug, owner.account.id, "KEY", "value", site.secret_box.encrypt)
    given = {"client_id": "1", "client_secret": "x"}
    await service_credentials.put(site.store, site.secret_box, slug, owner.account.id, "google", given)
    encrypt = site.secret_box.encrypt
    hook = await webhooks.add(site.store, slug, owner.account.id, "https://example.com", "all", "whsec_eA==", encrypt)
    sent = await webhooks.test(site.store, slug, owner.account.id, hook.id)
    hooks = {"webhook_id": hook.id, "delivery_id": sent.id, "letter_id": await send_letter(site, slug)}
    ids = {"name": "KEY", "key_id": "x", "number": "1", "run_id": run_id, "token_id": token.id, "username": "olive"}
    files = await DataFiles.of(site.store, slug, owner.account.id)
    await files.put("a.txt", b"bytes", "text/plain")
    ids |= {"link_id": "x", "path": "a.txt", "table": "notes", "column": "word", "row_id": "1", "widget": "x"}
    ids |= {"service": "google", "task": "report", "task_id": "x"}
    await make_table(await RowEditing.of(site.store, slug, owner.account.id))
    proposal_id = await propose(site, slug)
    return Made({"slug": slug, "file_id": file_id, "proposal_id": proposal_id, **ids, **hooks})


async def send_letter(site: SiteParts, slug: str) -> str:
    """Mail of the widget, as its code sends it."""
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    sender = await letters.owner_of(site.store, snapshot.widget_id)
    new = letters.NewLetter("<1@x>", "a@b.example", ["c@d.example"], "S", b"From: a@b.example\n\nText")
    return await letters.put(site.store, sender, new, counts=True, most_a_month=0)


async def make_table(editing: RowEditing) -> None:
    """Make the table "notes" with the columns "word" and "file", and a row."""
    await editing.add_table("notes", "", "none", "full")
    column = await editing.add_column("notes", "word", "string", None, False)
    await editing.add_column("notes", "file", "media", None, False)
    await editing.change("notes", Changes(add=[{}]), lambda *_: {column.id: "hello"})


async def propose(site: SiteParts, slug: str) -> str:
    """Somebody else offers a change; a private widget was public when they forked it."""
    nora = await accounts.create(site.store, "nora", "nora@example.com", "no password")
    async with site.store.database.writing() as db:
        shown = update(tables.widget).where(tables.widget.c.slug == slug)
        before = (await db.execute(select(tables.widget.c.visibility).where(tables.widget.c.slug == slug))).scalar_one()
        await db.execute(shown.values(visibility="public"))
    fork = await widgets.fork(site.store, slug, nora)
    await revisions.append(site.store, fork.slug, nora.id, {"new.py": "x"})
    made = await proposals.propose(site.store, fork.slug, nora.id, "Better", "", "http://localhost")
    async with site.store.database.writing() as db:
        await db.execute(update(tables.widget).where(tables.widget.c.slug == slug).values(visibility=before))
    return made.id


def test_the_table_names_every_address_of_the_api(bare_app: Quart) -> None:
    found = set()
    for rule in bare_app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            path = (
                rule.rule.removeprefix("/api/v1").replace("<int:", "<").replace("<string:", "<").replace("<path:", "<")
            )
            path = path.replace("<", "{").replace(">", "}")
            found |= {(method, path) for method in rule.methods or () if method not in ("HEAD", "OPTIONS")}

    assert found == set(OF_A_WIDGET) | set(OF_AN_ACCOUNT)


def turns() -> Iterator[Any]:
    """Yield who calls what in one world: first all who change nothing, then at most one who does."""
    for (method, path), (_, *expected) in {**OF_A_WIDGET, **OF_AN_ACCOUNT}.items():
        changing = [who for who, status in zip(WHO, expected, strict=True) if status < 400 and method != "GET"]
        quiet = [who for who in WHO if who not in changing]
        for callers in [[*quiet, *changing[:1]], *([who] for who in changing[1:])]:
            yield pytest.param(method, path, callers, id=f"{method}-{path}-{'-'.join(callers)}")


@pytest.mark.parametrize(("method", "path", "who"), list(turns()))
async def test_each_address_answers_each_caller_as_the_table_says(
    callers: dict[str, Caller], public: Made, method: str, path: str, who: list[str]
) -> None:
    body, *expected = {**OF_A_WIDGET, **OF_AN_ACCOUNT}[method, path]

    for name in who:
        answer = await callers[name](method, public.fill(path), body)

        assert answer.status == expected[WHO.index(name)], (name, answer.json)
        if answer.status >= 400:
            assert set(answer.json["error"]) >= {"code", "message"}


@on_both_databases
async def test_attack_58_a_private_widget_is_as_unknown_as_one_that_does_not_exist(
    callers: dict[str, Caller], private: Made
) -> None:
    missing = {**private.values, "slug": "some-missing-widget", "run_id": new_id(), "proposal_id": new_id()}
    told: dict[str, Any] = {}

    for (method, path), (body, *_) in OF_A_WIDGET.items():
        for name in ("other", "anybody"):
            for filled in (private.fill(path), path.format(**missing)):
                answer = await callers[name](method, filled, body)
                told[f"{name}: {method} {filled}"] = (answer.status, (answer.json or {}).get("error", {}).get("code"))

    assert {asked: said for asked, said in told.items() if said != (404, "not_found")} == {}
    assert len(told) > 300


async def test_w_06_a_refused_run_leaves_no_record(
    owner: Caller, other: Caller, anybody: Caller, site: SiteParts
) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]

    refused = [await caller("POST", f"/widgets/{slug}/runs", {}) for caller in (other, anybody)]

    assert [answer.status for answer in refused] == [403, 401]
    assert (await owner("GET", f"/widgets/{slug}/runs")).json["items"] == []


async def test_lists_show_a_private_widget_to_its_owner_alone(
    private: Made, owner: Caller, other: Caller, anybody: Caller
) -> None:
    slugs = [
        [item["slug"] for item in (await caller("GET", "/widgets?owner=olive")).json["items"]]
        for caller in (owner, other, anybody)
    ]

    assert slugs == [[private.values["slug"]], [], []]


async def test_another_accounts_token_opens_only_its_own(owner: Caller, other: Caller) -> None:
    assert (await owner("GET", "/me")).json["username"] == "olive"
    assert (await other("GET", "/me")).json["username"] == "otto"
    stolen = Caller(owner.app, {"Authorization": "Bearer not-a-token"})

    refused = await stolen("GET", "/widgets")

    assert refused.status == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
