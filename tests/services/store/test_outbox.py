"""The outbox: written with what it tells about, claimed by one worker, tried again, read by whom it concerns."""

import asyncio
import time

import pytest
from sqlalchemy import text

from widget_site.errors import ConflictError
from widget_site.store import accounts, outbox
from widget_site.store.outbox import BACKOFF_S, KEPT, LINKS, SENT, Kind
from widget_site.store.queue import WAITING
from widget_site.store.store import Store
from widget_site.store.values import Account, Message


async def account(store: Store, name: str = "olive") -> Account:
    """Somebody whose address is confirmed."""
    return await accounts.create(store, name, f"{name}@example.com", "no password", is_verified=True)


async def put(store: Store, person: Account, subject: str = "Something", kind: Kind = Kind.ACCOUNT) -> str:
    async with store.database.writing() as db:
        return await outbox.put(db, kind, subject, "It happened.", account_id=person.id)


async def only(store: Store) -> Message:
    [message] = (await outbox.listed(store)).items
    return message


async def test_a_message_is_written_with_what_it_tells_about_or_not_at_all(store: Store) -> None:
    olive = await account(store)

    async def tell_and_fail() -> None:
        async with store.database.writing() as db:
            await outbox.put(db, Kind.RUN, "It failed", "text", account_id=olive.id)
            raise ConflictError

    with pytest.raises(ConflictError):
        await tell_and_fail()

    assert (await outbox.listed(store)).items == ()


async def test_a_message_goes_to_the_address_of_its_account(store: Store) -> None:
    olive = await account(store)
    await put(store, olive)

    [mail] = await outbox.claim(store, time.time(), 10, 60)

    assert (mail.address, mail.subject, mail.text, mail.attempts) == (olive.email, "Something", "It happened.", 1)


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: all@example.com", "a\nb", "a\x00b", "a\u2028b", "a\x85b", "\ud800", "x" * 500]
)
async def test_a_subject_is_one_line_whatever_it_was_made_of(store: Store, subject: str) -> None:
    await put(store, await account(store), subject)

    kept = (await only(store)).subject
    assert len(kept.splitlines()) <= 1
    assert kept.isprintable()
    assert len(kept) <= 200


async def test_of_two_workers_one_gets_a_message_and_a_dead_ones_is_tried_again(store: Store) -> None:
    olive = await account(store)
    for number in range(6):
        await put(store, olive, f"Message {number}")
    now = time.time()

    taken = await asyncio.gather(*(outbox.claim(store, now, 4, 60) for _ in range(3)))
    again = await outbox.claim(store, now + 61, 10, 60)

    ids = [mail.id for mails in taken for mail in mails]
    assert len(ids) == len(set(ids))
    assert {mail.id for mail in again} >= set(ids)
    assert len(again) == 6


async def test_what_is_not_taken_is_tried_again_less_and_less_often_and_fails_in_the_end(store: Store) -> None:
    await put(store, await account(store))
    now = time.time()

    for pause_s in BACKOFF_S:
        [mail] = await outbox.claim(store, now, 10, 60)
        await outbox.settle(store, mail, WAITING, "451 later\r\nplease")
        assert await outbox.claim(store, time.time() + pause_s - 5, 10, 60) == []
        now = time.time() + pause_s + 5
    [mail] = await outbox.claim(store, now, 10, 60)
    await outbox.settle(store, mail, WAITING, "451 later")

    assert await outbox.claim(store, now * 2, 10, 60) == []
    failed = await only(store)
    assert (failed.state, failed.error, failed.attempts) == ("failed", "451 later", len(BACKOFF_S) + 1)


async def test_links_show_to_nobody_in_their_own_messages_and_are_gone_once_sent(store: Store) -> None:
    olive = await account(store)
    for kind in sorted(LINKS):
        await put(store, olive, "A link", kind)
    await put(store, olive, "An ordinary one")

    shown = await outbox.of_account(store, olive.id)
    for mail in await outbox.claim(store, time.time(), 10, 60):
        await outbox.settle(store, mail, SENT)

    assert [message.subject for message in shown.items] == ["An ordinary one"]
    assert await outbox.unread(store, olive.id) == 1
    texts = {message.kind: message.text for message in (await outbox.listed(store)).items}
    assert texts == {Kind.VERIFY: "", Kind.RESET: "", Kind.ACCOUNT: "It happened."}


async def test_messages_are_read_by_their_own_account_alone(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    first, second = await put(store, olive, "First"), await put(store, olive, "Second")

    assert (await outbox.of_account(store, otto.id)).items == ()
    assert await outbox.mark_read(store, otto.id, second) == 0
    assert await outbox.mark_read(store, olive.id, first) == 1
    assert await outbox.unread(store, olive.id) == 1
    page = await outbox.of_account(store, olive.id, limit=1)
    rest = await outbox.of_account(store, olive.id, after=page.next, limit=1)
    assert [*page.items, *rest.items][0].subject == "Second"
    assert rest.items[0].read_at is not None


async def test_an_account_is_not_flooded_with_mail_and_keeps_a_bounded_number(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAILS_A_DAY", 3)
    monkeypatch.setattr(outbox, "MAX_KEPT", 5)
    olive = await account(store)
    for number in range(8):
        await put(store, olive, f"Message {number}")

    messages = (await outbox.of_account(store, olive.id)).items

    assert [message.subject for message in messages] == [f"Message {number}" for number in (7, 6, 5, 4, 3)]
    assert {message.state for message in messages} <= {"kept", "waiting"}
    assert len(await outbox.claim(store, time.time(), 100, 60)) <= 3


async def test_old_messages_are_forgotten_and_old_links_emptied(store: Store) -> None:
    olive = await account(store)
    await put(store, olive, "Old")
    await put(store, olive, "A link", Kind.RESET)
    for mail in await outbox.claim(store, time.time(), 10, 60):
        await outbox.settle(store, mail, KEPT)
    async with store.database.writing() as db:
        await db.execute(text("UPDATE message SET created_at = created_at - 100000 WHERE subject = 'Old'"))
        await db.execute(text("UPDATE message SET created_at = created_at - 4000 WHERE subject = 'A link'"))

    gone = await outbox.forget_old(store, time.time() - 90_000)

    left = await only(store)
    assert (gone, left.subject, left.text) == (1, "A link", "")
