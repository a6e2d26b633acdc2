"""Deliveries to webhooks: made with what they tell about, sent by one worker, tried again, given up in the end."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select
from tests.services.store.people import account, widget

from widget_model.ids import new_id
from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError
from widget_site.store import deliveries, moderation, outbox, runs, tables, webhooks
from widget_site.store.deliveries import BACKOFF_S, MAX_GAVE_UP, MAX_WAITING, Due, Sending, Tried
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Account, Webhook, Widget
from widget_wire.runs import RunRecord

LATER = 4_000_000_000.0
LEASE_S = 30.0


def encrypt(_widget_id: str, _name: str, value: str) -> bytes:
    return value.encode()


async def hook_of(store: Store, owner: Account, made: Widget, events: str = "all") -> Webhook:
    return await webhooks.add(store, made.slug, owner.id, "https://example.com/h", events, "whsec_eA==", encrypt)


async def run_ends(store: Store, made: Widget, outcome: str = "ok", trigger: str = "owner", **more: Any) -> str:
    record = RunRecord(new_id(), made.id, trigger, 1, outcome, 1000.0, 1002.5, **more)
    await runs.finish(store, [FinishedRun(record, ())])
    return record.id


async def waiting(store: Store) -> list[dict[str, Any]]:
    async with store.database.reading() as db:
        query = select(tables.delivery.c.payload).order_by(tables.delivery.c.id)
        return [dict(payload) for payload in await db.scalars(query)]


async def take(store: Store, now: float = LATER) -> Due:
    [due] = await deliveries.claim(store, now, 10, LEASE_S)
    return due


async def test_the_end_of_a_run_is_told_once_in_its_own_transaction(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    hook = await hook_of(store, owner, made)

    run_id = await run_ends(store, made, "error", error="Boom\0\ud800", exit_code=1)
    again = RunRecord(run_id, made.id, "owner", 1, "error", 1000.0, 1002.5)
    await runs.finish(store, [FinishedRun(again, ())])

    [payload] = await waiting(store)
    assert payload["type"] == "run.finished"
    assert payload["data"]["widget"] == {"slug": made.slug, "title": made.title}
    run = payload["data"]["run"]
    assert (run["id"], run["outcome"], run["duration_ms"], run["exit_code"]) == (run_id, "error", 2500, 1)
    assert run["error"].startswith("Boom\N{REPLACEMENT CHARACTER}")
    assert (await webhooks.sent(store, made.slug, owner.id, hook.id)).items[0].payload == payload


@pytest.mark.parametrize(
    ("events", "told"),
    [("all", ["ok owner", "error owner", "stopped owner", "error route"]), ("failed", ["error owner", "error route"])],
)
async def test_which_runs_are_told_is_chosen(store: Store, events: str, told: list[str]) -> None:
    owner = await account(store)
    made, silent = await widget(store, owner), await widget(store, owner)
    await hook_of(store, owner, made, events)

    for outcome, trigger in (
        ("ok", "owner"),
        ("error", "owner"),
        ("stopped", "owner"),
        ("ok", "route"),
        ("error", "route"),
    ):
        await run_ends(store, made, outcome, trigger)
    await run_ends(store, silent, "error")

    runs_told = [payload["data"]["run"] for payload in await waiting(store)]
    assert [f"{run['outcome']} {run['trigger']}" for run in runs_told] == told


async def test_of_two_workers_one_sends_it(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    for _ in range(3):
        await hook_of(store, owner, made)
    await run_ends(store, made)

    taken = await asyncio.gather(*(deliveries.claim(store, LATER, 10, LEASE_S) for _ in range(6)))

    ids = [due.id for found in taken for due in found]
    assert len(ids) == len(set(ids)) == 3


async def test_what_a_killed_worker_had_is_sent_by_another_after_its_lease(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    await hook_of(store, owner, made)
    await run_ends(store, made)

    first = await take(store)
    during = await deliveries.claim(store, LATER + LEASE_S - 1, 10, LEASE_S)
    second = await take(store, LATER + LEASE_S)
    # The first one was only slow: what it says now counts no more.
    await deliveries.settle(store, first, Tried(LATER + 1, 1.0, 500))
    [under_way] = (await webhooks.sent(store, made.slug, owner.id, first.webhook_id)).items
    await deliveries.settle(store, second, Tried(LATER, 1.0, 200))

    assert (during, first.id) == ([], second.id)
    assert (under_way.status, under_way.due_at) == (None, LATER + 2 * LEASE_S)
    [found] = (await webhooks.sent(store, made.slug, owner.id, first.webhook_id)).items
    assert (found.state, found.status, found.attempts) == ("done", 200, 2)


async def test_it_is_tried_less_and_less_often_and_then_given_up(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    hook = await hook_of(store, owner, made)
    await run_ends(store, made)
    now, pauses = LATER, []

    for _ in range(len(BACKOFF_S) + 1):
        due = await take(store, now)
        await deliveries.settle(store, due, Tried(now, 0.1, error="No answer within 10 seconds."))
        [found] = (await webhooks.sent(store, made.slug, owner.id, hook.id)).items
        if found.due_at is not None:
            pauses.append(found.due_at - now)
            now = found.due_at

    assert pauses == list(BACKOFF_S)
    assert (found.state, found.due_at, found.attempts) == ("failed", None, len(BACKOFF_S) + 1)
    assert found.error == "No answer within 10 seconds."
    assert await deliveries.claim(store, LATER * 2, 10, LEASE_S) == []


async def give_up(store: Store, owner: Account, made: Widget, hook: Webhook) -> None:
    await run_ends(store, made)
    now = LATER
    while found := await deliveries.claim(store, now, 10, LEASE_S):
        await deliveries.settle(store, found[0], Tried(now, 0.1, 503, "busy"))
        now += BACKOFF_S[-1] + LEASE_S


async def test_a_webhook_that_takes_nothing_is_turned_off_and_its_owner_told(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    hook = await hook_of(store, owner, made)

    for _ in range(MAX_GAVE_UP):
        await give_up(store, owner, made, hook)
    [off] = await webhooks.listed(store, made.slug, owner.id)
    await run_ends(store, made)
    nothing_new = len(await waiting(store))
    with pytest.raises(ConflictError):
        await webhooks.test(store, made.slug, owner.id, hook.id)
    messages = (await outbox.of_account(store, owner.id)).items
    await webhooks.turn_on(store, made.slug, owner.id, hook.id)
    await run_ends(store, made)

    assert off.disabled_at is not None
    assert off.why == "it answered 503"
    assert nothing_new == MAX_GAVE_UP
    assert ["turned off" in message.subject for message in messages] == [True]
    assert "it answered 503" in messages[0].text
    assert len(await waiting(store)) == MAX_GAVE_UP + 1


async def test_one_that_was_taken_in_between_counts_anew(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    hook = await hook_of(store, owner, made)

    for _ in range(MAX_GAVE_UP - 1):
        await give_up(store, owner, made, hook)
    await run_ends(store, made)
    await deliveries.settle(store, await take(store), Tried(LATER, 0.1, 204))
    await give_up(store, owner, made, hook)

    [kept] = await webhooks.listed(store, made.slug, owner.id)
    assert (kept.disabled_at, kept.gave_up) == (None, 1)


async def test_a_receiver_that_is_gone_for_good_is_asked_once(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    await hook_of(store, owner, made)
    await run_ends(store, made)
    await run_ends(store, made)

    found = await deliveries.claim(store, LATER, 1, LEASE_S)
    await deliveries.settle(store, found[0], Tried(LATER, 0.1, 410), forever=True)

    [off] = await webhooks.listed(store, made.slug, owner.id)
    assert off.disabled_at is not None
    assert await deliveries.claim(store, LATER * 2, 10, LEASE_S) == []


async def test_no_more_than_so_many_wait_for_one_webhook(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_WAITING == 500
    monkeypatch.setattr(deliveries, "MAX_WAITING", 3)
    owner = await account(store)
    made = await widget(store, owner)
    await hook_of(store, owner, made)

    for _ in range(5):
        await run_ends(store, made)

    [hook] = await webhooks.listed(store, made.slug, owner.id)
    assert (len(await waiting(store)), hook.dropped) == (3, 2)
    with pytest.raises(ConflictError, match="Too many"):
        await webhooks.test(store, made.slug, owner.id, hook.id)


async def test_a_slow_receiver_does_not_hold_up_the_others(store: Store) -> None:
    owner = await account(store)
    slow, quick = await widget(store, owner), await widget(store, owner)
    slow_hook = await hook_of(store, owner, slow)
    quick_hook = await hook_of(store, owner, quick)
    for _ in range(8):
        await run_ends(store, slow)
    await run_ends(store, quick)

    first = await deliveries.claim(store, LATER, 16, LEASE_S)
    then = await deliveries.claim(store, LATER, 16, LEASE_S, sending=Sending(Counter({slow_hook.id: 2})))

    assert sorted(due.webhook_id for due in first) == sorted([slow_hook.id, slow_hook.id, quick_hook.id])
    assert then == []


async def test_one_accounts_webhooks_leave_room_for_those_of_others(store: Store) -> None:
    greedy, modest = await account(store, "greedy"), await account(store, "modest")
    for _ in range(6):
        many = await widget(store, greedy)
        await hook_of(store, greedy, many)
        await run_ends(store, many)
        await run_ends(store, many)
    few = await widget(store, modest)
    await hook_of(store, modest, few)
    await run_ends(store, few)

    [one, two] = await deliveries.claim(store, LATER, 2, LEASE_S)
    assert {one.owner_id, two.owner_id} == {greedy.id, modest.id}

    sending = Sending(Counter([one.webhook_id, two.webhook_id]), Counter([one.owner_id, two.owner_id]))
    more = await deliveries.claim(store, LATER, 16, LEASE_S, sending)
    assert [due.owner_id for due in more] == [greedy.id] * 3
    assert len({due.webhook_id for due in more}) >= 2
    assert await deliveries.claim(store, LATER, 16, LEASE_S, sending) == []


async def test_nothing_is_sent_of_a_widget_that_is_taken_down_or_whose_owner_is_disabled(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    hook = await hook_of(store, owner, made)
    await run_ends(store, made)

    await moderation.disable(store, owner.id)
    await run_ends(store, made)
    nothing = await deliveries.claim(store, LATER, 16, LEASE_S)
    with pytest.raises(ConflictError, match="taken down"):
        await webhooks.test(store, made.slug, owner.id, hook.id)
    await moderation.enable(store, owner.id)
    back = await deliveries.claim(store, LATER, 16, LEASE_S)

    assert nothing == []
    # What happened meanwhile is not told afterwards.
    assert len(back) == 1


async def test_a_delivery_is_sent_again_with_its_id_when_its_owner_asks(store: Store) -> None:
    owner, otto = await account(store), await account(store, "otto")
    made = await widget(store, owner)
    hook = await hook_of(store, owner, made)
    await run_ends(store, made)
    due = await take(store)

    with pytest.raises(ConflictError, match="being sent"):
        await webhooks.redeliver(store, made.slug, owner.id, hook.id, due.id)
    await deliveries.settle(store, due, Tried(LATER, 0.1, 200))
    again = await webhooks.redeliver(store, made.slug, owner.id, hook.id, due.id)
    second = await take(store)

    assert (again.state, again.attempts) == ("waiting", 0)
    assert second.id == due.id
    for act in (webhooks.redeliver,):
        with pytest.raises(ForbiddenError):
            await act(store, made.slug, otto.id, hook.id, due.id)
        with pytest.raises(NotFoundError):
            await act(store, made.slug, owner.id, hook.id, new_id())


async def test_webhooks_are_bounded_and_go_with_their_widget(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    for _ in range(webhooks.MAX_WEBHOOKS):
        hook = await hook_of(store, owner, made)
    await run_ends(store, made)

    with pytest.raises(ConflictError):
        await hook_of(store, owner, made)
    with pytest.raises(FormError):
        await hook_of(store, owner, await widget(store, owner), "some")
    await webhooks.remove(store, made.slug, owner.id, hook.id)

    assert len(await waiting(store)) == webhooks.MAX_WEBHOOKS - 1


async def test_the_newest_of_each_webhook_are_read_together(store: Store) -> None:
    owner = await account(store)
    made, another = await widget(store, owner), await widget(store, owner)
    hooks = [await hook_of(store, owner, made, events) for events in ("all", "all", "failed")]
    await hook_of(store, owner, another)
    ended = [await run_ends(store, made) for _ in range(3)]
    await run_ends(store, another)

    found = await webhooks.with_newest(store, made.slug, owner.id, 2)

    told = [(hook.id, [one.payload["data"]["run"]["id"] for one in sent]) for hook, sent in found]
    assert told == [(hooks[0].id, ended[:0:-1]), (hooks[1].id, ended[:0:-1]), (hooks[2].id, [])]
    assert await webhooks.with_newest(store, (await widget(store, owner)).slug, owner.id, 2) == []
    with pytest.raises(ForbiddenError):
        await webhooks.with_newest(store, made.slug, (await account(store, "otto")).id, 2)


async def test_what_was_sent_is_forgotten_after_a_while(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)
    await hook_of(store, owner, made)
    await run_ends(store, made)
    await run_ends(store, made)
    await deliveries.settle(store, (await deliveries.claim(store, LATER, 1, LEASE_S))[0], Tried(LATER, 0.1, 200))

    assert await deliveries.forget_old(store, LATER) == 1
    assert len(await waiting(store)) == 1
