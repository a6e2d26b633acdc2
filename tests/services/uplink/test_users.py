"""``anvil.users`` in an uplink: it knows the visitor of the request that it answers a part of (S-06, U-06, U-08)."""

from pathlib import Path

import pytest
from tests.services.uplink.programs import Caller

from widget_model.users_settings import UsersSettings
from widget_site.store import users_services

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
import anvil.users

@anvil.server.callable
def uplink_sign_up():
    return anvil.users.signup_with_email("ada@example.com", "correct horse battery")["email"]

@anvil.server.callable
def uplink_log_in():
    return anvil.users.login_with_email("ada@example.com", "correct horse battery")["email"]

@anvil.server.callable(require_user=True)
def uplink_for_users():
    return anvil.users.get_user()["email"]
"""


async def test_s_06_u_06_u_08_an_uplink_knows_and_logs_in_the_visitor_of_a_request(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    store, owner = caller.served.parts.store, caller.served.owner.id
    settings = UsersSettings(confirm_email=False)
    await users_services.choose(store, caller.widget.slug, owner, on=True, settings=settings)
    client = caller.served.at(caller.widget)

    async with caller.program(python, PROGRAM, tmp_path):
        await caller.until_has("uplink_for_users")
        assert await caller.call("uplink_sign_up") == "ada@example.com"
        # That was code without a browser, logged in by itself alone.
        kind, text = await caller.error("uplink_for_users")
        assert (kind, text) == (
            "anvil.users.AuthenticationFailed",
            "You must be logged in to call this server function",
        )

        logged_in = await client.get("/ask/uplink_log_in")
        [cookie] = logged_in.headers("set-cookie")
        assert logged_in.text == "ada@example.com"
        assert (await client.get("/ask/uplink_for_users", cookie=cookie.partition(";")[0])).text == "ada@example.com"
        assert (await client.get("/ask/uplink_for_users")).status == 500
