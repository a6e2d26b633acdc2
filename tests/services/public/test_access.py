"""Keys and limits of APIs: asked at the door, from memory, and changed with the next call (X-24)."""

import pytest
from tests.services.http_client import Client
from tests.services.public.conftest import World

from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError, SignInError
from widget_site.public.door import WRONG_KEYS, new_key
from widget_site.store import accounts, api_access, widgets
from widget_site.store.values import ApiKey, Widget

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
from anvil.server import route, request

@route('/who', enable_cors=True)
def who(**params):
    return {name: request.headers.get(name) for name in ('x-api-key', 'authorization', 'x-widgetry-key')}
"""


async def add_key(world: World, widget: Widget, name: str = "billing") -> tuple[ApiKey, str]:
    secret, kept = new_key()
    return await api_access.add_key(world.served.parts.store, widget.slug, world.served.owner.id, name, kept), secret


async def rules(world: World, widget: Widget, *, keys_needed: bool = False, per_minute: int | None = None) -> None:
    store, owner = world.served.parts.store, world.served.owner
    await api_access.change(store, widget.slug, owner.id, keys_needed=keys_needed, per_minute=per_minute)


async def api(world: World) -> tuple[Widget, Client]:
    widget = await world.served.make(SOURCE)
    return widget, world.served.at(widget)


async def test_x_24_an_api_that_needs_a_key_answers_nobody_without_one(world: World) -> None:
    widget, w = await api(world)
    assert (await w.get("/who")).status == 200
    _, secret = await add_key(world, widget)
    assert (await w.get("/who")).status == 200

    await rules(world, widget, keys_needed=True)

    refused = await w.get("/who")
    assert (refused.status, refused.header("www-authenticate")) == (401, 'Bearer realm="api"')
    assert "X-API-Key" in refused.text
    assert refused.header("access-control-allow-origin") == "*"
    for headers in (
        {"x-api-key": secret},
        {"authorization": f"Bearer {secret}"},
        {"authorization": f"bearer {secret}"},
    ):
        answer = await w.get("/who", **headers)
        assert (answer.status, answer.text) == (
            200,
            '{"x-api-key":null,"authorization":null,"x-widgetry-key":"billing"}',
        )
    for wrong in ("wk_" + "x" * 43, secret[:-1], secret + "x", "x" * 300):
        assert (await w.get("/who", **{"x-api-key": wrong})).status == 401
    # What a query or a cookie says is no key.
    assert (await w.get(f"/who?key={secret}&x-api-key={secret}")).status == 401


async def test_x_24_the_name_of_the_key_is_in_the_log(world: World) -> None:
    widget, w = await api(world)
    _, secret = await add_key(world, widget, "Ängström & co")

    await w.get("/who", **{"x-api-key": secret})

    run, _ = await world.log("/who", widget)
    assert run.request is not None
    assert run.request["key"] == "Ängström & co"
    assert secret not in str(run)


async def test_x_24_a_key_works_from_the_next_call_and_a_revoked_one_not_at_all(world: World) -> None:
    widget, w = await api(world)
    await rules(world, widget, keys_needed=True)
    assert (await w.get("/who")).status == 401

    made, secret = await add_key(world, widget)
    other, _ = await add_key(world, widget, "other")
    assert (await w.get("/who", **{"x-api-key": secret})).status == 200
    await api_access.revoke_key(world.served.parts.store, widget.slug, world.served.owner.id, made.id)

    assert (await w.get("/who", **{"x-api-key": secret})).status == 401
    with pytest.raises(NotFoundError):
        await api_access.revoke_key(world.served.parts.store, widget.slug, world.served.owner.id, made.id)
    _, keys = await api_access.of_widget(world.served.parts.store, widget.slug, world.served.owner.id)
    assert [key.id for key in keys] == [other.id]


async def test_x_24_a_site_process_that_heard_of_nothing_never_lets_a_revoked_key_in(world: World) -> None:
    widget, w = await api(world)
    await rules(world, widget, keys_needed=True)
    made, secret = await add_key(world, widget)
    assert (await w.get("/who", **{"x-api-key": secret})).status == 200
    snapshots = world.served.parts.dispatch.snapshots
    stale = snapshots._entries[widget.slug]
    await api_access.revoke_key(world.served.parts.store, widget.slug, world.served.owner.id, made.id)
    snapshots._entries[widget.slug] = stale

    assert (await w.get("/who", **{"x-api-key": secret})).status == 401

    _, new = await add_key(world, widget)
    snapshots._entries[widget.slug] = stale
    assert (await w.get("/who", **{"x-api-key": new})).status in (200, 401)


async def test_x_24_each_change_raises_the_generation_by_which_every_site_process_finds_out(world: World) -> None:
    widget, _ = await api(world)
    store, owner = world.served.parts.store, world.served.owner

    async def generation() -> int:
        return (await widgets.by_slug(store, widget.slug, owner.id)).generation

    found = [await generation()]
    made, _ = await add_key(world, widget)
    found.append(await generation())
    await rules(world, widget, keys_needed=True)
    found.append(await generation())
    await api_access.revoke_key(store, widget.slug, owner.id, made.id)
    found.append(await generation())

    assert found == [found[0] + number for number in range(4)]


async def test_x_24_a_key_opens_its_own_api_and_nothing_else(world: World) -> None:
    (one, w), (other, v) = await api(world), await api(world)
    for widget in (one, other):
        await rules(world, widget, keys_needed=True)
    _, secret = await add_key(world, one)

    assert (await w.get("/who", **{"x-api-key": secret})).status == 200
    assert (await v.get("/who", **{"x-api-key": secret})).status == 401
    assert (await world.served.site.get("/api/v1/me", authorization=f"Bearer {secret}")).status == 401


async def test_x_24_more_requests_than_the_owner_allows_are_429(world: World) -> None:
    widget, w = await api(world)
    _, secret = await add_key(world, widget)
    await rules(world, widget, per_minute=3)

    assert [(await w.get("/who")).status for _ in range(4)] == [200, 200, 200, 429]
    limited = await w.get("/who")
    assert limited.text == "Rate limit exceeded: this API takes 3 requests a minute from each caller."
    assert 1 <= int(limited.header("retry-after") or 0) <= 60
    # A key is a caller of its own.
    assert [(await w.get("/who", **{"x-api-key": secret})).status for _ in range(4)] == [200, 200, 200, 429]
    await rules(world, widget)
    assert (await w.get("/who")).status == 200


async def test_security_34_keys_can_not_be_tried_out_quickly(world: World) -> None:
    widget, w = await api(world)
    await rules(world, widget, keys_needed=True)
    _, secret = await add_key(world, widget)

    statuses = [(await w.get("/who", **{"x-api-key": f"wk_{n}"})).status for n in range(WRONG_KEYS.most + 5)]

    assert set(statuses[:20]) == {401}
    assert statuses[-1] == 429
    assert (await w.get("/who", **{"x-api-key": secret})).status == 200


async def test_x_24_a_browser_may_ask_whether_it_may_call(world: World) -> None:
    widget, w = await api(world)
    await rules(world, widget, keys_needed=True)
    asked = [("Origin", "https://one.example"), ("Access-Control-Request-Method", "GET")]
    asked.append(("Access-Control-Request-Headers", "x-api-key"))

    answer = await w("OPTIONS", "/who", headers=asked)

    assert (answer.status, answer.header("access-control-allow-origin")) == (200, "*")
    assert "x-api-key" in (answer.header("access-control-allow-headers") or "")
    assert (await w("OPTIONS", "/who")).status == 401


async def test_x_24_nobody_can_say_by_which_key_they_came(world: World) -> None:
    _, w = await api(world)

    assert '"x-widgetry-key":null' in (await w.get("/who", **{"x-widgetry-key": "forged"})).text


async def test_x_24_only_the_owner_of_an_api_changes_who_may_call_it(world: World) -> None:
    widget, _ = await api(world)
    script = await world.served.make("print(1)", kind="script")
    store, owner = world.served.parts.store, world.served.owner
    other = await accounts.create(store, "otto-x-24", "otto@example.com", "no password")

    for viewer, error in ((other.id, ForbiddenError), (None, SignInError)):
        with pytest.raises(error):
            await api_access.of_widget(store, widget.slug, viewer)
        with pytest.raises(error):
            await api_access.change(store, widget.slug, viewer, keys_needed=True, per_minute=None)
        with pytest.raises(error):
            await api_access.add_key(store, widget.slug, viewer, "x", new_key()[1])
        with pytest.raises(error):
            await api_access.revoke_key(store, widget.slug, viewer, "x")
    with pytest.raises(NotFoundError):
        await api_access.change(store, script.slug, owner.id, keys_needed=True, per_minute=None)
    for bad in (0, -1, 60_001):
        with pytest.raises(FormError):
            await rules(world, widget, per_minute=bad)
    with pytest.raises(FormError):
        await add_key(world, widget, " ")


async def test_security_61_a_fork_has_no_keys_and_is_open(world: World) -> None:
    widget, _ = await api(world)
    await rules(world, widget, keys_needed=True, per_minute=5)
    await add_key(world, widget)
    store, owner = world.served.parts.store, world.served.owner

    fork = await widgets.fork(store, widget.slug, owner)

    access, keys = await api_access.of_widget(store, fork.slug, owner.id)
    assert (access.keys_needed, access.per_minute, keys) == (False, None, ())


async def test_x_24_the_number_of_keys_is_bounded(world: World) -> None:
    widget, _ = await api(world)
    for number in range(api_access.MAX_KEYS):
        await add_key(world, widget, f"key {number}")

    with pytest.raises(ConflictError, match="which is the most"):
        await add_key(world, widget, "one more")
