"""The site worker sleeps until somebody has work for it, and looks by itself when nobody could tell it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

import pytest
from tests.services.fake_runner import eventually_true
from tests.services.store.people import account, widget

from widget_model.ids import new_id
from widget_model.outcomes import Trigger
from widget_site.dispatch.bells import TABLES, Bell, Bells, Ringer
from widget_site.dispatch.redis_link import RedisLink
from widget_site.errors import ConflictError
from widget_site.installs import InstallDesk
from widget_site.mail.mailer import mailer
from widget_site.settings import SiteSettings
from widget_site.store import accounts, outbox, packages, runs
from widget_site.store.outbox import Kind, Mail
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.webhooks.sender import WebhookSender
from widget_wire import keys
from widget_wire.installs import InstallRequest
from widget_wire.runs import RunRecord
from widget_wire.tasks import end_tasks

_LONG_S = 3600.0


class OnlyRung(Bell):
    """A bell without a net: who waits for it hears of work or waits for ever."""

    async def wait(self, at_most_s: float = _LONG_S) -> bool:
        return await super().wait(_LONG_S)


class NeverRung(Bell):
    """A bell whose hints are all lost."""

    waits = 0

    def ring(self) -> None:
        """Nobody hears it."""

    async def wait(self, at_most_s: float = _LONG_S) -> bool:
        self.waits += 1
        return await super().wait(0.05)


class Postbox:
    """Takes mail."""

    def __init__(self) -> None:
        self.letters: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.letters.append(mail)


@pytest.fixture
async def links(redis_url: str) -> AsyncIterator[tuple[RedisLink, RedisLink]]:
    """The links of two processes."""
    site, worker = RedisLink(redis_url), RedisLink(redis_url)
    yield site, worker
    await site.close()
    await worker.close()


@contextlib.asynccontextmanager
async def listening(bells: Bells) -> AsyncIterator[None]:
    """Let bells listen; inside, they do."""
    first = bells.bell(*TABLES)
    task = asyncio.create_task(bells.listen())
    try:
        assert await first.wait(30)
        yield
    finally:
        await end_tasks(task)
        await bells.close()


async def _put(store: Store, *, fails: bool = False) -> None:
    async with store.database.writing() as db:
        await outbox.put(db, Kind.WIDGET, "Hello", "A text.", address="nina@example.com")
        if fails:
            raise RuntimeError("after the message")


async def test_what_the_site_commits_wakes_a_worker_that_waits(
    store: Store, links: tuple[RedisLink, RedisLink]
) -> None:
    site, worker = links
    bells = Bells(worker)
    mail, others = bells.bell("message"), bells.bell("delivery", "schedule")
    ringer = Ringer(site)
    store.database.committed = ringer.tell

    async with listening(bells):
        # Whoever begins to listen looks once: what was said before was missed.
        assert await mail.wait(30)
        assert await others.wait(30)
        await _put(store)

        assert await mail.wait(30)
        assert not await others.wait(0)
        await ringer.close()


async def test_only_what_is_committed_rings(store: Store) -> None:
    told: list[frozenset[str]] = []
    store.database.committed = told.append
    await account(store)
    assert told == [frozenset({"account"})]

    with pytest.raises(ConflictError):
        await accounts.create(store, "olive", "other@example.com", "no password")
    with pytest.raises(RuntimeError, match="after the message"):
        await _put(store, fails=True)
    assert told == [frozenset({"account"})]

    await _put(store)
    assert told[1:] == [frozenset({"message"})]


async def test_the_end_of_a_request_wakes_no_scheduler_and_that_of_a_scheduled_run_does(store: Store) -> None:
    made = await widget(store, await account(store))
    told: list[frozenset[str]] = []
    store.database.committed = told.append

    async def finish(*triggers: Trigger) -> bool:
        records = [RunRecord(new_id(), made.id, trigger, 1, "ok", 1.0, 2.0) for trigger in triggers]
        assert await runs.finish(store, [FinishedRun(record, ()) for record in records]) == len(triggers)
        return "run" in told.pop()

    assert not await finish(Trigger.ROUTE, Trigger.CLIENT_CALL)
    assert await finish(Trigger.SCHEDULE)
    assert await finish(Trigger.ROUTE, Trigger.SCHEDULE)


async def test_a_bell_that_rings_while_nobody_waits_is_heard_once_by_who_waits_next() -> None:
    bell = Bell("run")
    bell.ring()

    assert [await bell.wait(30), await bell.wait(0.01)] == [True, False]


async def test_mail_goes_out_when_its_bell_rings(store: Store) -> None:
    bell, postbox = OnlyRung("message"), Postbox()
    store.database.committed = lambda tables: bell.ring() if bell.tables & tables else None
    task = asyncio.create_task(mailer(store, postbox, bell).run())
    try:
        await _put(store)
        await eventually_true(lambda: _is_there(postbox.letters), 30)
        await _put(store)
        await eventually_true(lambda: _is_there(postbox.letters[1:]), 30)
    finally:
        await end_tasks(task)


async def test_mail_goes_out_when_every_hint_is_lost(store: Store) -> None:
    postbox = Postbox()
    task = asyncio.create_task(mailer(store, postbox, NeverRung("message")).run())
    try:
        await _put(store)
        await eventually_true(lambda: _is_there(postbox.letters), 30)
    finally:
        await end_tasks(task)


async def test_packages_are_asked_for_when_their_bell_rings(store: Store, links: tuple[RedisLink, RedisLink]) -> None:
    bell = OnlyRung("package_set")
    store.database.committed = lambda tables: bell.ring() if bell.tables & tables else None
    _, link = links
    task = asyncio.create_task(InstallDesk(link, store, bell).run())
    try:
        owner = await account(store)
        made = await widget(store, owner, files={"main.py": "", "requirements.txt": "bells-of-this-test==1.0\n"})
        wanted = await packages.get(store, made.package_set_id)
        assert wanted is not None
        request = InstallRequest(wanted.id, wanted.requirements, salt=owner.id).to_envelope()

        async def is_asked_for() -> bool:
            return await link.client.lpos(keys.INSTALL_QUEUE, request) is not None  # type: ignore[misc,arg-type]

        await eventually_true(is_asked_for, 30)
    finally:
        await end_tasks(task)


async def test_a_worker_without_work_writes_nothing(store: Store, links: tuple[RedisLink, RedisLink]) -> None:
    """Each write rings bells: one that was written for nothing would keep the worker awake."""
    told: list[frozenset[str]] = []
    store.database.committed = told.append
    settings = SiteSettings()
    rounds = {name: NeverRung(name) for name in ("message", "delivery", "package_set")}
    tasks = [
        asyncio.create_task(mailer(store, Postbox(), rounds["message"]).run()),
        asyncio.create_task(WebhookSender(settings, store, rounds["delivery"]).run()),
        asyncio.create_task(InstallDesk(links[1], store, rounds["package_set"]).run()),
    ]
    try:
        await eventually_true(lambda: _all_looked_thrice(rounds.values()), 30)
    finally:
        await end_tasks(*tasks)

    assert told == []


async def _all_looked_thrice(bells: Iterable[NeverRung]) -> bool:
    return min(bell.waits for bell in bells) >= 3


async def _is_there(letters: list[Mail]) -> bool:
    return bool(letters)
