"""Logging in and out of widgets, on both databases: who is let in, who is told what, for how long (U-01 to U-24)."""

import asyncio

import pytest
from tests.services.users.conftest import PASSWORD, Refused, UsersSite, ref

from widget_site.services.users import people
from widget_site.store.data import catalog
from widget_wire import keys

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRONG = "Incorrect email address or password"


async def test_u_01_the_table_is_made_with_columns_that_clients_never_see(site: UsersSite) -> None:
    data = site.parts.store.data
    assert data is not None
    schema = await data.homes.read(site.widget.id, lambda db: catalog.read(db, site.widget.id))

    [table] = schema.tables.values()
    assert (table.name, table.client, table.server) == ("users", "none", "full")
    assert {column.name: column.type for column in table.columns} == {
        "email": "string",
        "enabled": "bool",
        "signed_up": "datetime",
        "last_login": "datetime",
        "confirmed_email": "bool",
        "password_hash": "string",
        "n_password_failures": "number",
        "email_confirmation_key": "string",
        "remembered_logins": "simpleObject",
        "mfa": "simpleObject",
    }
    hidden = [column.name for column in table.columns if column.client_hidden]
    assert hidden == ["password_hash", "n_password_failures", "email_confirmation_key", "remembered_logins", "mfa"]


async def test_u_06_u_07_u_08_a_browser_logs_in_and_out_in_a_new_session_each_time(site: UsersSite) -> None:
    await site.add("ada@example.com")
    browser, other = site.browser(), site.browser()
    async with browser.visit() as caller:
        await caller.raw("get_session_id")
    before = dict(browser.cookies)

    async with browser.visit() as caller:
        row = await caller.call("login_with_email", " ADA@Example.com ", PASSWORD)
        assert (await caller.call("get_current_user"))["email"] == "ada@example.com"
    assert row["email"] == "ada@example.com"
    assert row["password_hash"].startswith("$2b$")
    assert row["last_login"] is not None
    logged_in = dict(browser.cookies)

    # Whoever planted or saw the token of before has nothing (session fixation).
    assert logged_in != before
    other.cookies = before
    assert await other.email() is None
    assert await browser.email() == "ada@example.com"

    await browser.call("logout")
    assert await browser.email() is None
    other.cookies = logged_in
    assert await other.email() is None


async def test_u_08_who_knows_no_password_learns_nothing(site: UsersSite) -> None:
    await site.add("ada@example.com")
    await site.add("off@example.com", enabled=False)
    await site.add("new@example.com", confirmed_email=False)
    said = []

    for address in (
        "ada@example.com",
        "off@example.com",
        "new@example.com",
        "nobody@example.com",
        "",
        "x\0@y",
        None,
        5,
    ):
        with pytest.raises(Refused) as refused:
            await site.code.call("login_with_email", address, "wrong")
        said.append((refused.value.kind, str(refused.value)))
    assert set(said) == {("anvil.users.AuthenticationFailed", WRONG)}

    with pytest.raises(Refused, match="has not been enabled") as refused:
        await site.code.call("login_with_email", "off@example.com", PASSWORD)
    assert refused.value.kind == "anvil.users.AccountIsNotEnabled"
    with pytest.raises(Refused, match="You haven't confirmed your email address") as refused:
        await site.code.call("login_with_email", "new@example.com", PASSWORD)
    assert refused.value.kind == "anvil.users.EmailNotConfirmed"


async def test_u_09_ten_wrong_passwords_lock_out_and_a_right_one_before_counts_anew(site: UsersSite) -> None:
    await site.set(max_password_failures=4)
    await site.add("ada@example.com")

    async def fail(address: str, times: int) -> list[str]:
        kinds = []
        for _ in range(times):
            with pytest.raises(Refused) as refused:
                await site.code.call("login_with_email", address, "wrong")
            kinds.append(refused.value.kind.rpartition(".")[2])
        return kinds

    assert await fail("ada@example.com", 3) == ["AuthenticationFailed"] * 3
    await site.code.call("login_with_email", "ada@example.com", PASSWORD)
    # Somebody who is nobody is told the same, after as many.
    for address in ("ada@example.com", "nobody@example.com"):
        assert await fail(address, 5) == [*["AuthenticationFailed"] * 4, "TooManyPasswordFailures"]
    with pytest.raises(Refused, match=r"incorrect password too many times\. Please reset your password by email"):
        await site.code.call("login_with_email", "ada@example.com", PASSWORD)


async def test_u_09_guesses_at_the_same_time_are_counted_like_any_others(site: UsersSite) -> None:
    await site.set(max_password_failures=3)
    await site.add("ada@example.com")

    said = await asyncio.gather(
        *(site.code.call("login_with_email", "ada@example.com", f"guess {n}") for n in range(8)), return_exceptions=True
    )

    kinds = sorted(one.kind.rpartition(".")[2] for one in said if isinstance(one, Refused))
    assert kinds == [*["AuthenticationFailed"] * 3, *["TooManyPasswordFailures"] * 5]
    assert (await site.user("ada@example.com")).failures == 3


async def test_u_10_u_11_signing_up(site: UsersSite) -> None:
    await site.set(confirm_email=False)
    browser = site.browser()

    row = await browser.call("signup_with_email", "Ada@Example.com", PASSWORD)
    assert (row["email"], row["enabled"], row["signed_up"] is not None) == ("ada@example.com", True, True)
    assert await browser.email() == "ada@example.com"

    refusals = {
        ("ada@example.com", PASSWORD): "UserExists: This user already exists",
        ("no address", PASSWORD): "AuthenticationFailed: Please provide a valid email address.",
        ("b@example.com", "abc"): "PasswordNotAcceptable: Passwords must be 8 characters or more",
        ("b@example.com", "password1"): "PasswordNotAcceptable: This password is not safe to use: many",
        ("bobby.tables@example.com", "bobby.tables"): "PasswordNotAcceptable: This password is not safe to use: it is",
        ("b@example.com", "ü" * 37): "PasswordNotAcceptable: Passwords have at most 72 bytes",
    }
    for (address, password), expected in refusals.items():
        with pytest.raises(Refused) as refused:
            await site.code.call("signup_with_email", address, password)
        assert f"{refused.value.kind.rpartition('.')[2]}: {refused.value}".startswith(expected)

    await site.set(confirm_email=False, require_secure_passwords=False, enable_automatically=False)
    other = site.browser()
    assert (await other.call("signup_with_email", "b@example.com", "abc"))["enabled"] is False
    assert await other.email() is None


async def test_u_10_two_that_sign_up_at_once_with_one_address_are_one(site: UsersSite) -> None:
    made = await asyncio.gather(
        *(site.code.call("signup_with_email", "ada@example.com", PASSWORD) for _ in range(4)), return_exceptions=True
    )

    kinds = sorted(one.kind if isinstance(one, Refused) else "made" for one in made)
    assert kinds == [*["anvil.users.UserExists"] * 3, "made"]


async def test_u_10_u_16_clients_sign_up_only_where_they_may_and_force_nothing(site: UsersSite) -> None:
    row = await site.add("ada@example.com")
    client = site.code
    client.caller, client.session = "client_uplink", "link"

    with pytest.raises(Refused, match="Signups from client code are not enabled"):
        await client.call("signup_with_email", "b@example.com", PASSWORD)
    with pytest.raises(Refused, match="can be called from server code only"):
        await client.call("force_login", ref(row))
    await site.set(allow_signup=True)
    shown = await client.call("signup_with_email", "b@example.com", PASSWORD)
    assert set(shown) == {"email", "enabled", "signed_up", "last_login", "confirmed_email", "cap"}


async def test_u_16_force_login_takes_a_row_of_the_table_and_none(site: UsersSite) -> None:
    await site.add("ada@example.com", enabled=True)
    browser = site.browser()

    async with browser.visit() as caller:
        [found] = (await caller.raw("tables.v2.get_app_tables")).values()
        ids, _, _, data = await caller.raw("tables.v2.table.search", found[0], [], {})
        [view] = data.values()
        await caller.call("force_login", ref({"cap": view["rows"][ids[0]][-1]}))
    assert await browser.email() == "ada@example.com"
    with pytest.raises(Refused):
        await browser.call("force_login", "ada@example.com")

    await browser.call("force_login", None)
    assert await browser.email() is None


async def test_u_15_a_new_password_ends_every_other_login(site: UsersSite) -> None:
    await site.add("ada@example.com")
    here, there, later = site.browser(), site.browser(), site.browser()
    await here.call("login_with_email", "ada@example.com", PASSWORD)
    await there.call("login_with_email", "ada@example.com", PASSWORD, remember=True)
    later.cookies = {name: value for name, value in there.cookies.items() if "remembered" in name}

    with pytest.raises(Refused, match="Incorrect password") as refused:
        await here.call("reset_password", "wrong", "another good one")
    assert refused.value.kind == "anvil.users.AuthenticationFailed"
    with pytest.raises(Refused, match="8 characters or more"):
        await here.call("reset_password", PASSWORD, "short")
    await here.call("reset_password", PASSWORD, "another good one")

    assert [await one.email() for one in (here, there, later)] == ["ada@example.com", None, None]
    with pytest.raises(Refused, match=WRONG):
        await site.code.call("login_with_email", "ada@example.com", PASSWORD)
    await site.code.call("login_with_email", "ada@example.com", "another good one")
    with pytest.raises(Refused, match="You must be logged in"):
        await site.browser().call("reset_password", PASSWORD, "another good one")


async def test_u_18_who_is_remembered_is_known_in_the_next_session_until_it_is_deleted(site: UsersSite) -> None:
    await site.add("ada@example.com")
    browser = site.browser()
    await browser.call("login_with_email", "ada@example.com", PASSWORD, remember=True)

    def next_day() -> None:
        browser.cookies = {name: value for name, value in browser.cookies.items() if "remembered" in name}

    next_day()
    assert await browser.call("get_current_user", allow_remembered=False) is None
    assert await browser.email() == "ada@example.com"
    # Now it is logged in, but not in this session.
    assert await browser.call("get_current_user", allow_remembered=False) is None
    assert await browser.call("get_last_login_email") == "ada@example.com"

    next_day()
    kept = dict(browser.cookies)
    assert await browser.email() == "ada@example.com"
    await browser.call("logout")
    assert await browser.email() is None
    browser.cookies = kept  # a copy of the cookie is worth nothing either
    assert await browser.email() is None
    assert await browser.call("get_last_login_email") == "ada@example.com"

    await browser.call("login_with_email", "ada@example.com", PASSWORD, remember=True)
    next_day()
    await site.change("ada@example.com", remembered_logins=[])
    assert await browser.email() is None


async def test_u_24_who_is_disabled_or_deleted_is_out_at_once(site: UsersSite) -> None:
    for address in ("a@example.com", "b@example.com"):
        await site.add(address)
    ada, bob = site.browser(), site.browser()
    await ada.call("login_with_email", "a@example.com", PASSWORD, remember=True)
    await bob.call("login_with_email", "b@example.com", PASSWORD)

    await site.change("a@example.com", enabled=False)
    async with bob.visit() as caller:
        me = await caller.call("get_current_user")
        await caller.raw("tables.v2.row.delete", me["cap"], None)

    assert await ada.email() is None
    assert await bob.email() is None


async def test_u_06_a_page_of_another_site_is_nobody(site: UsersSite) -> None:
    await site.add("ada@example.com")
    browser = site.browser()
    await browser.call("login_with_email", "ada@example.com", PASSWORD, remember=True)

    async with browser.visit(origin="https://evil.example") as caller:
        assert await caller.call("get_current_user") is None
        await caller.call("logout")
        await caller.call("login_with_email", "ada@example.com", PASSWORD)
        assert (await caller.call("get_current_user"))["email"] == "ada@example.com"

    assert await browser.email() == "ada@example.com"


async def test_u_06_code_without_a_browser_is_logged_in_by_itself_alone(site: UsersSite) -> None:
    await site.add("ada@example.com")
    script, other = site.code, site.code
    await script.call("login_with_email", "ada@example.com", PASSWORD, remember=True)

    assert (await script.call("get_current_user"))["email"] == "ada@example.com"
    assert await other.call("get_current_user") is None
    await script.call("logout")
    assert await script.call("get_current_user") is None


async def test_u_22_without_the_service_there_is_none_and_other_widgets_users_are_theirs(site: UsersSite) -> None:
    await site.add("ada@example.com")
    browser = site.browser()
    await browser.call("login_with_email", "ada@example.com", PASSWORD, remember=True)
    second = UsersSite(site.served, await site.served.make(""))
    copied = second.browser()
    copied.cookies = dict(browser.cookies)

    with pytest.raises(Refused, match="The Users service has not been added to this widget") as refused:
        await second.code.call("get_current_user")
    assert refused.value.kind == "anvil.server.ServiceNotAdded"
    assert await second.code.raw("get_client_config", "/runtime/services/anvil/users.yml") is None

    await second.set()
    config = await second.code.raw("get_client_config", "/runtime/services/anvil/users.yml")
    assert (config["use_email"], config["allow_signup"], config["use_google"]) == (True, False, False)
    assert await copied.email() is None
    with pytest.raises(Refused, match=WRONG):
        await copied.call("login_with_email", "ada@example.com", PASSWORD)


async def test_u_08_in_a_transaction_of_the_caller_and_with_a_table_that_is_gone(site: UsersSite) -> None:
    await site.add("ada@example.com")
    code = site.code

    await code.raw("tables.open_transaction")
    await code.call("login_with_email", "ada@example.com", PASSWORD)
    await code.raw("tables.close_transaction", False)
    assert (await code.call("get_current_user"))["email"] == "ada@example.com"

    data = site.parts.store.data
    assert data is not None
    table = (await site.user("ada@example.com")).table_id
    await data.homes.write(site.widget.id, lambda db: catalog.drop_table(db, site.widget.id, table))
    with pytest.raises(Refused, match="keeps its users in the table 'users', and this widget has no such table"):
        await code.call("login_with_email", "ada@example.com", PASSWORD)


async def test_u_06_what_redis_holds_of_logins_lets_nobody_in(site: UsersSite) -> None:
    await site.add("ada@example.com")
    browser = site.browser()
    await browser.call("login_with_email", "ada@example.com", PASSWORD, remember=True)

    client = site.parts.dispatch.link.client
    found = [key async for key in client.scan_iter(f"{keys.SESSION}*")]
    held = b"".join([await client.hget(key, "login") or b"" for key in found]) + b"".join(found)  # type: ignore[misc]
    assert b'"row"' in held
    tokens = [value for name, value in browser.cookies.items() if "visitor" in name]
    assert all(token.encode() not in held for token in tokens)
    assert (await site.user("ada@example.com")).password_hash.encode() not in held


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        (" A@B.example ", "a@b.example"),
        ("a@b", "a@b"),
        ("a b@c.d", ""),
        ("a@", ""),
        ("@b", ""),
        ("a", ""),
        ("a@b\ud800", ""),
        ("a@b\n", "a@b"),
        (None, ""),
    ],
)
async def test_addresses_are_looked_for_in_small_letters(typed: object, email: str) -> None:
    assert people.address_of(typed) == email
