"""The pages of administrators: nobody else's; what they disable and take down is gone everywhere, and comes back."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from quart import Quart
from redis.asyncio import Redis
from tests.services.api.conftest import Caller, browser_of
from tests.services.api.page_visitor import PageVisitor

from widget_site.dispatch import UnknownWidgetError
from widget_site.errors import SignInError
from widget_site.parts import SiteParts
from widget_site.store import accounts, moderation, outbox, quotas, schedules, snapshots, ticks, widgets
from widget_site.store.gate import Change
from widget_site.store.values import Account
from widget_wire import keys

PAGES = (
    "/admin",
    "/admin/accounts",
    "/admin/accounts/olive",
    "/admin/widgets",
    "/admin/reports",
    "/admin/environments",
    "/admin/messages",
)


def account_of(caller: Caller) -> Account:
    assert caller.account is not None
    return caller.account


async def widget_of(caller: Caller, kind: str = "api", **more: object) -> str:
    return str((await caller("POST", "/widgets", {"kind": kind, "title": "Of olive", **more})).json["slug"])


async def statuses(caller: Caller, slug: str) -> dict[str, int]:
    listed = (await caller("GET", "/widgets?q=olive")).json["items"]
    return {
        "read": (await caller("GET", f"/widgets/{slug}")).status,
        "fork": (await caller("POST", f"/widgets/{slug}/fork")).status,
        "listed": len([item for item in listed if item["slug"] == slug]),
    }


@pytest.mark.parametrize("path", PAGES)
async def test_59_the_pages_of_administrators_are_nobody_elses(
    app: Quart, site: SiteParts, owner: Caller, boss: PageVisitor, path: str
) -> None:
    ordinary = await browser_of(app, site, account_of(owner))
    client = app.test_client(use_cookies=False)

    answers = [
        (await client.get(path)).status_code,
        (await client.get(path, headers=owner.headers)).status_code,
        (await client.get(path, headers=ordinary.headers)).status_code,
        (await boss.get(path)).status,
    ]

    assert answers == [401, 401, 403, 200]


async def test_59_an_ordinary_account_can_do_nothing_of_an_administrators(
    app: Quart, site: SiteParts, owner: Caller, other: Caller, boss: PageVisitor
) -> None:
    slug = await widget_of(owner)
    ordinary = await browser_of(app, site, account_of(other))
    client = app.test_client(use_cookies=False)
    posts = sorted(
        rule.rule.replace("<username>", "olive").replace("<slug>", slug)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin") and "POST" in (rule.methods or ())
    )

    answers = {path: (await client.post(path, headers=ordinary.headers)).status_code for path in posts}

    assert len(posts) >= 7
    assert set(answers.values()) == {403}
    olive = await accounts.by_username(site.store, "olive")
    assert (olive.is_admin, olive.disabled_at) == (False, None)
    assert (await statuses(owner, slug))["read"] == 200


async def test_a_disabled_account_is_shut_everywhere_and_opened_again(
    app: Quart, site: SiteParts, owner: Caller, other: Caller, boss: PageVisitor
) -> None:
    slug = await widget_of(owner)
    taken_down = await widget_of(owner)
    await moderation.take_down(site.store, taken_down, "")
    browser = await browser_of(app, site, account_of(owner))

    done = await boss.send("/admin/accounts/olive/disable", "/admin/accounts/olive")

    assert done.status == 303
    assert [(await caller("GET", "/me")).status for caller in (owner, browser)] == [401, 401]
    assert await statuses(other, slug) == {"read": 404, "fork": 404, "listed": 0}
    assert await snapshots.snapshot(site.store, slug) is None
    assert await site.dispatch.snapshots.get(slug) is None
    assert "olive" in (await boss.get("/admin/accounts?only=disabled")).text

    await boss.send("/admin/accounts/olive/enable", "/admin/accounts/olive")

    assert await statuses(other, slug) == {"read": 200, "fork": 201, "listed": 1}
    assert await snapshots.snapshot(site.store, slug) is not None
    assert (await statuses(other, taken_down))["read"] == 404
    assert [(await caller("GET", "/me")).status for caller in (owner, browser)] == [200, 401]


class _InTheMiddle:
    """A gate in which something else happens once, between two widgets of an account."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        self._happens: Callable[[], Awaitable[None]] | None = happens

    @contextlib.asynccontextmanager
    async def change(self, widget_id: str) -> AsyncIterator[Change]:
        yield Change()
        happens, self._happens = self._happens, None
        if happens is not None:
            await happens()


async def test_of_two_administrators_who_disable_and_enable_at_once_the_later_has_it_for_every_widget(
    site: SiteParts, owner: Caller
) -> None:
    olive = account_of(owner)
    slugs = [await widget_of(owner) for _ in range(3)]

    async def hidden() -> list[str | None]:
        lines = (await moderation.list_widgets(site.store, "@olive")).items
        return [line.hidden for line in lines if line.slug in slugs]

    site.store.gate = _InTheMiddle(lambda: moderation.enable(site.store, olive.id))
    await moderation.disable(site.store, olive.id)
    enabled = await hidden()
    await moderation.disable(site.store, olive.id)
    site.store.gate = _InTheMiddle(lambda: moderation.disable(site.store, olive.id))
    await moderation.enable(site.store, olive.id)

    assert (enabled, await hidden()) == ([None] * 3, ["account"] * 3)


async def test_what_runs_of_an_account_that_is_disabled_is_stopped_and_nothing_begins(
    site: SiteParts, owner: Caller, other: Caller, boss: PageVisitor
) -> None:
    slug, kept = await widget_of(owner, "script"), await widget_of(other, "script")
    started = (await owner("POST", f"/widgets/{slug}/runs", {})).json["id"]
    of_another = (await other("POST", f"/widgets/{kept}/runs", {})).json["id"]

    await boss.send("/admin/accounts/olive/disable", "/admin/accounts/olive")

    redis = site.dispatch.link.client
    assert [await redis.exists(keys.STOP + run_id) for run_id in (started, of_another)] == [1, 0]
    # Requests that were let in a moment before.
    with pytest.raises(SignInError):
        await widgets.create(site.store, account_of(owner), "script", "Late", {"main.py": ""})
    with pytest.raises(SignInError):
        await site.accounts.open_session(account_of(owner))
    with pytest.raises(UnknownWidgetError):
        await site.dispatch.start_run(slug)


async def test_a_widget_that_is_taken_down_is_its_owners_alone_and_comes_back(
    site: SiteParts, owner: Caller, other: Caller, anybody: Caller, boss: PageVisitor
) -> None:
    slug = await widget_of(owner)
    assert await site.dispatch.snapshots.get(slug) is not None

    done = await boss.send(f"/admin/widgets/{slug}/take-down", "/admin/widgets", reason="It <b>sends</b> spam.")

    assert done.status == 303
    assert await statuses(other, slug) == {"read": 404, "fork": 404, "listed": 0}
    assert await statuses(owner, slug) == {"read": 200, "fork": 403, "listed": 1}
    assert (await anybody("GET", "/widgets?q=olive")).json["items"] == []
    assert await site.dispatch.snapshots.get(slug) is None
    [told] = (await outbox.of_account(site.store, account_of(owner).id)).items
    assert "It <b>sends</b> spam." in told.text

    await boss.send(f"/admin/widgets/{slug}/put-back", "/admin/widgets")

    assert await statuses(other, slug) == {"read": 200, "fork": 201, "listed": 1}
    assert await snapshots.snapshot(site.store, slug) is not None


async def test_nothing_is_scheduled_of_a_widget_that_is_taken_down_and_one_run_makes_up_for_it(
    site: SiteParts, owner: Caller
) -> None:
    slug = await widget_of(owner, "scheduled", schedule={"every": "hour"})
    [line] = (await moderation.list_widgets(site.store, slug)).items
    stored = await schedules.of_widget(site.store, line.id)
    assert stored is not None
    assert stored.next_at is not None
    later = stored.next_at + 5 * 3600

    await moderation.take_down(site.store, slug, "")
    hidden = (await ticks.next_due_at(site.store), await ticks.claim(site.store, later))
    await moderation.put_back(site.store, slug)
    back = (await ticks.next_due_at(site.store), await ticks.claim(site.store, later))

    assert hidden == (None, 0)
    assert back == (stored.next_at, 1)
    assert len(await schedules.ticks(site.store, line.id)) == 1


async def test_there_is_always_an_administrator_also_when_two_are_unmade_at_once(
    site: SiteParts, owner: Caller, boss: PageVisitor
) -> None:
    olive = account_of(owner)
    me = await accounts.by_username(site.store, "boss")
    alone = await boss.send("/admin/accounts/boss/admin", "/admin/accounts/boss", is_admin="no")
    own = await boss.send("/admin/accounts/boss/disable", "/admin/accounts/olive")
    made = await boss.send("/admin/accounts/olive/admin", "/admin/accounts/olive", is_admin="yes")

    results = await asyncio.gather(
        *(moderation.set_admin(site.store, one, False) for one in (olive.id, me.id)), return_exceptions=True
    )

    assert (alone.status, own.status, made.status) == (409, 409, 303)
    assert len([result for result in results if result is None]) == 1
    assert len((await moderation.list_accounts(site.store, only="admins")).items) == 1


async def test_quotas_are_given_and_taken_back(site: SiteParts, owner: Caller, boss: PageVisitor) -> None:
    path, page = "/admin/accounts/olive/quotas", "/admin/accounts/olive"
    given = await boss.send(path, page, runs_per_day="7", storage_mb="0")
    after = await quotas.given(site.store, account_of(owner).id)
    refused = [(await boss.send(path, page, runs_per_day=value)).status for value in ("-1", "x", "99999999999", "٣")]
    taken_back = await boss.send(path, page)

    assert (given.status, after.runs_per_day, after.storage_mb, after.minutes_per_day) == (303, 7, 0, None)
    assert refused == [400] * 4
    assert taken_back.status == 303
    assert (await quotas.given(site.store, account_of(owner).id)).runs_per_day is None


@pytest.mark.parametrize("search", ["OLIVE", "olive@ex", "%", "_", "'", "\0", "x" * 5000])
async def test_accounts_and_widgets_are_searched_by_plain_text(owner: Caller, boss: PageVisitor, search: str) -> None:
    await widget_of(owner)
    found = [await boss.get(f"/admin/{what}?q={search}") for what in ("accounts", "widgets")]

    assert [shown.status for shown in found] == [200, 200]
    assert ("@olive" in found[0].text) == (search in ("OLIVE", "olive@ex", "\0"))


async def test_the_overview_shows_runners_their_isolation_queues_and_errors(
    site: SiteParts, boss: PageVisitor, redis_url: str
) -> None:
    client: Any = Redis.from_url(redis_url)
    told = {"engine": "local", "mode": "userns", "egress": "transparent", "places": 32, "running": 3, "queued": 1}
    notes = "no memory cgroup: <b>start as root</b>"
    await client.hset(
        keys.RUNNER + "one", mapping={**told, "warm": 2, "unassigned": 2, "started_at": 1.0, "notes": notes}
    )
    await client.sadd(keys.RUNNERS, "one")
    await client.rpush(keys.RUN_QUEUE, b"a", b"b")
    site.errors.handle(_record("the planted error"))

    page = (await boss.get("/admin")).text
    await client.flushdb()
    await client.aclose()
    without = (await boss.get("/admin")).text

    for text in (
        "isolation: userns",
        "3 of 32",
        "&lt;b&gt;start as root",
        "the planted error",
        "Schema of the database",
    ):
        assert text in page
    assert "No runner answers" in without


def _record(text: str) -> logging.LogRecord:
    return logging.LogRecord("widget_site.test", logging.ERROR, __file__, 1, text, None, None)
