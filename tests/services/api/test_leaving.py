"""Taking everything along as a zip, and deleting an account: its own goes, others' stays."""

import asyncio
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from quart import Quart
from sqlalchemy import text
from tests.services.api.conftest import Caller, browser_of
from tests.services.api.page_visitor import PageVisitor
from tests.services.store.test_run_files import ended

from widget_site.errors import NotFoundError
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import accounts, closing, outbox, proposals, revisions, webhooks, widgets
from widget_site.store.values import Account

PASSWORD = "a sentence that is long"


@pytest.fixture
async def nina(app: Quart, site: SiteParts) -> Account:
    return await site.accounts.sign_up("nina", "nina@example.com", PASSWORD, "127.0.0.1")


@pytest.fixture
async def here(app: Quart, nina: Account) -> PageVisitor:
    visitor = PageVisitor(app)
    await visitor.sign_in("nina", PASSWORD)
    return visitor


async def make(site: SiteParts, owner: Account, code: str = "print(1)\n") -> str:
    made = await widgets.create(site.store, owner, "script", "Mine", {"main.py": code, "data.bin": {"base64": "AAH/"}})
    return made.slug


async def test_the_zip_holds_the_account_its_widgets_revisions_runs_and_messages(
    site: SiteParts, here: PageVisitor, nina: Account, other: Caller, settings: SiteSettings
) -> None:
    slug = await make(site, nina)
    await revisions.append(site.store, slug, nina.id, {"main.py": "print(2)\n"})
    assert other.account is not None
    await make(site, other.account, "print('not hers')\n")
    async with site.store.database.writing() as db:
        await outbox.put(db, outbox.Kind.RUN, "It failed", "The text.", account_id=nina.id)

    url = "https://example.com/hook"
    await webhooks.add(site.store, slug, nina.id, url, "all", "whsec_eA==", site.secret_box.encrypt)

    answer = await here.send("/account/export", "/account")

    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    account = json.loads(archive.read("account.json"))
    assert archive.testzip() is None
    assert account["account"]["email"] == "nina@example.com"
    assert [message["subject"] for message in account["messages"]] == ["It failed"]
    assert len(account["sessions"]) == 1
    assert archive.read(f"widgets/{slug}/files/main.py") == b"print(2)\n"
    assert archive.read(f"widgets/{slug}/files/data.bin") == b"\x00\x01\xff"
    assert archive.read(f"widgets/{slug}/revisions/1/main.py") == b"print(1)\n"
    assert [one["number"] for one in json.loads(archive.read(f"widgets/{slug}/revisions.json"))] == [2, 1]
    about = json.loads(archive.read(f"widgets/{slug}/widget.json"))
    assert about["title"] == "Mine"
    assert [hook["url"] for hook in about["webhooks"]] == [url]
    assert f"widgets/{slug}/runs.jsonl" in archive.namelist()
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"not hers" not in everything
    assert b"argon2" not in everything
    assert await asyncio.to_thread(os.listdir, Path(settings.data, "exports")) == []


async def test_the_zip_holds_proposals_and_the_files_of_runs(
    site: SiteParts, here: PageVisitor, nina: Account, other: Caller
) -> None:
    assert other.account is not None
    slug = await make(site, nina)
    fork = await widgets.fork(site.store, slug, other.account)
    await revisions.append(site.store, fork.slug, other.account.id, {"main.py": "print(3)\n"})
    await proposals.propose(site.store, fork.slug, other.account.id, "Three is better", "Because.", "")
    mine = await widgets.by_slug(site.store, slug, nina.id)
    run_id, _ = await ended(site.store, mine, b"what it wrote")

    answer = await here.send("/account/export", "/account")

    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    told = json.loads(archive.read("proposals.json"))
    assert [(one["title"], one["text"]) for one in told["received"]] == [("Three is better", "Because.")]
    assert [each[:2] for each in told["received"][0]["rounds"]] == [[1, 2]]
    assert told["sent"] == []
    assert archive.read(f"widgets/{slug}/run-files/{run_id}/0-0.bin") == b"what it wrote"
    [run] = [json.loads(line) for line in archive.read(f"widgets/{slug}/runs.jsonl").splitlines()]
    assert [file["name"] for file in run["files"]] == ["0.bin"]


async def test_exports_are_limited(here: PageVisitor) -> None:
    statuses = [(await here.send("/account/export", "/account")).status for _ in range(6)]

    assert statuses == [200] * 5 + [429]


async def test_deleting_takes_the_password_and_then_everything_of_the_account_goes(
    app: Quart, site: SiteParts, here: PageVisitor, nina: Account, other: Caller
) -> None:
    slug = await make(site, nina)
    _, secret = await site.accounts.make_token(nina, "laptop")
    forked = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]

    wrong = await here.send("/account/delete", password="not it at all")
    kept = (await other("GET", f"/widgets/{slug}")).status
    done = await here.send("/account/delete", password=PASSWORD)

    assert (wrong.status, kept) == (400, 200)
    assert (done.status, done.location) == (303, "/?done=account-deleted")
    program = Caller(app, {"Authorization": f"Bearer {secret}"})
    assert (await program("GET", "/me")).status == 401
    assert (await PageVisitor(app).sign_in("nina", PASSWORD)).status == 401
    assert (await other("GET", f"/widgets/{slug}")).status == 404
    fork = (await other("GET", f"/widgets/{forked}")).json
    assert (fork["forked_from"], fork["files"]["main.py"]) == (None, "print(1)\n")
    async with site.store.database.reading() as db:
        tables = ("account", "run", "api_token", "web_session", "message", "package_set", "widget")
        column = {"account": "id", "widget": "owner_id", "run": "owner_id"}
        left = {
            table: await db.scalar(
                text(f"SELECT count(*) FROM {table} WHERE {column.get(table, 'account_id')} = :id"), {"id": nina.id}
            )
            for table in tables
        }
    assert left == dict.fromkeys(tables, 0)


async def test_63_the_address_of_a_widget_of_a_deleted_account_is_nobodys(
    site: SiteParts, here: PageVisitor, nina: Account, other: Caller
) -> None:
    slug = await make(site, nina)
    await here.send("/account/delete", password=PASSWORD)
    mine = (await other("POST", "/widgets", {"kind": "script", "title": "x"})).json["slug"]

    answer = await other("PATCH", f"/widgets/{mine}", {"slug": slug})

    assert answer.status == 409


async def test_the_last_administrator_can_not_leave(app: Quart, site: SiteParts) -> None:
    hashed = await site.accounts.passwords.hash(PASSWORD)
    await accounts.create(site.store, "boss", "boss@example.com", hashed, is_admin=True)
    boss = PageVisitor(app)
    await boss.sign_in("boss", PASSWORD)

    refused = await boss.send("/account/delete", password=PASSWORD)
    await accounts.create(site.store, "second", "second@example.com", hashed, is_admin=True)
    done = await boss.send("/account/delete", password=PASSWORD)

    assert (refused.status, done.status) == (409, 303)
    assert "last administrator" in refused.text


async def test_a_removal_that_did_not_end_is_ended_by_the_worker(site: SiteParts, nina: Account) -> None:
    slug = await make(site, nina)
    await closing.close(site.store, nina.id)

    assert await closing.remove_closed(site.store) == 1

    with pytest.raises(NotFoundError):
        await accounts.by_id(site.store, nina.id)
    with pytest.raises(NotFoundError):
        await widgets.by_slug(site.store, slug, None)


async def test_a_disabled_account_neither_signs_in_nor_goes_on_with_what_it_had(
    app: Quart, site: SiteParts, here: PageVisitor, nina: Account
) -> None:
    _, secret = await site.accounts.make_token(nina, "laptop")
    browser = await browser_of(app, site, nina)
    async with site.store.database.writing() as db:
        await db.execute(text("UPDATE account SET disabled_at = 1.0"))

    signed_in = await PageVisitor(app).sign_in("nina", PASSWORD)
    guessed = await PageVisitor(app).sign_in("nina", "not it at all")
    asked = await PageVisitor(app).send("/forgot", name="nina")

    assert (signed_in.status, "disabled" in signed_in.text) == (403, True)
    assert (guessed.status, "disabled" in guessed.text) == (401, False)
    assert asked.status == 200
    assert (await outbox.listed(site.store)).items == ()
    assert (await browser("GET", "/me")).status == 401
    assert (await Caller(app, {"Authorization": f"Bearer {secret}"})("GET", "/me")).status == 401
    assert (await here.get("/account")).status == 401
