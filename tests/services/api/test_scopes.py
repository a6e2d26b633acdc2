"""What tokens of each scope may do.

The operations come from the description of the API: a new one is covered as it comes.
"""

import time

import pytest
from quart import Quart
from tests.services.api.conftest import Caller, browser_of
from tests.services.api.test_permissions import OF_A_WIDGET, OF_AN_ACCOUNT, make

from widget_site.accounts.scopes import Scope
from widget_site.parts import SiteParts
from widget_site.store import tokens

#: Operations whose scope is not what their method says, each for its reason.
READS_BY_POST = {
    ("POST", "/widgets/{slug}/schedule/preview"): "it changes nothing",
    ("POST", "/markdown"): "it changes nothing",
    ("POST", "/widgets/{slug}/client-code/check"): "it changes nothing",
}
RUNS = {
    ("POST", "/widgets/{slug}/runs"): "a program that starts a job need not be able to change it",
    ("POST", "/runs/{run_id}/stop"): "who may start it may stop it",
    ("POST", "/widgets/{slug}/tasks"): "so does a background task",
    ("POST", "/widgets/{slug}/tasks/{task_id}/kill"): "who may launch it may kill it",
    ("POST", "/widgets/{slug}/requests"): "it runs the code, as any caller does",
    ("POST", "/runs/{run_id}/input"): "and answer what it asks",
}


_described: dict[tuple[str, str], str] = {}


async def described(anybody: Caller) -> dict[tuple[str, str], str]:
    """Return the scope that the description names, by operation; it is the same in every test."""
    if _described:
        return _described
    found = (await anybody("GET", "/openapi.json")).json["paths"]
    _described.update(
        ((method.upper(), path.removeprefix("/api/v1")), operation["security"][-1]["bearer"][0])
        for path, methods in found.items()
        for method, operation in methods.items()
    )
    return _described


async def with_scope(owner: Caller, site: SiteParts, scope: str, days: int | None = None) -> Caller:
    assert owner.account is not None
    _, secret = await site.accounts.make_token(owner.account, f"may {scope}", scope=scope, expires_in_days=days)
    return Caller(owner.app, {"Authorization": f"Bearer {secret}"}, owner.account)


async def test_the_description_names_the_scope_of_every_operation(anybody: Caller) -> None:
    scopes = await described(anybody)

    by_method = {(method, path): "read" if method == "GET" else "write" for method, path in scopes}
    exceptions = dict.fromkeys(READS_BY_POST, "read") | dict.fromkeys(RUNS, "run")
    assert scopes == by_method | exceptions


async def test_the_description_says_what_needs_no_token(anybody: Caller) -> None:
    paths = (await anybody("GET", "/openapi.json")).json["paths"]
    found = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in paths.items()
        for method, operation in methods.items()
        if {} in operation["security"]
    }

    by_password = {("POST", "/tokens")}
    to_anybody = {key: row[-1] for key, row in {**OF_A_WIDGET, **OF_AN_ACCOUNT}.items()}
    assert {key for key, status in to_anybody.items() if status < 400} <= found
    assert {key for key in found if to_anybody[key] == 401} == by_password


@pytest.mark.parametrize("scope", ["read", "run"])
async def test_a_token_gets_403_on_each_operation_above_its_scope_and_changes_nothing(
    owner: Caller, anybody: Caller, site: SiteParts, scope: str
) -> None:
    made = await make(owner, site, "public")
    lesser = await with_scope(owner, site, scope)
    above = [key for key, needed in (await described(anybody)).items() if not Scope(scope).allows(Scope(needed))]
    before = (await owner("GET", f"/widgets/{made.values['slug']}")).json

    answers = {(method, path): await lesser(method, made.fill(path), {}) for method, path in above}

    assert {key: answer.status for key, answer in answers.items()} == dict.fromkeys(above, 403)
    assert {answer.json["error"]["scope"] for answer in answers.values()} <= {"run", "write"}
    assert len(above) >= 10
    assert (await owner("GET", f"/widgets/{made.values['slug']}")).json == before


@pytest.mark.parametrize(("method", "path"), [*OF_A_WIDGET, *OF_AN_ACCOUNT])
async def test_a_token_can_do_all_that_its_scope_reaches_with_a_private_widget_of_its_account(
    owner: Caller, anybody: Caller, site: SiteParts, method: str, path: str
) -> None:
    made = await make(owner, site, "private")
    needed = (await described(anybody))[method, path]
    body, expected, *_ = {**OF_A_WIDGET, **OF_AN_ACCOUNT}[method, path]

    answer = await (await with_scope(owner, site, needed))(method, made.fill(path), body)

    assert answer.status == expected, answer.json


async def test_a_token_that_reads_changes_nothing_through_pages_either(
    app: Quart, owner: Caller, site: SiteParts
) -> None:
    reader = await with_scope(owner, site, "read")
    addresses = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api.") and "<" not in rule.rule
    }
    client = app.test_client()

    answers = {path: (await client.post(path, headers=reader.headers, form={})).status_code for path in addresses}

    assert "/account/tokens" in answers
    assert answers == dict.fromkeys(addresses, 403)


async def test_a_token_makes_no_token_without_the_password(app: Quart, owner: Caller, site: SiteParts) -> None:
    expiring = await with_scope(owner, site, "write", days=1)

    over_the_api = await expiring("POST", "/tokens", {"name": "forever"})
    in_a_page = await app.test_client().post("/account/tokens", headers=expiring.headers, form={"name": "forever"})

    assert (over_the_api.status, in_a_page.status_code) == (401, 401)


async def test_a_token_expires(owner: Caller, site: SiteParts, monkeypatch: pytest.MonkeyPatch) -> None:
    lasting = await with_scope(owner, site, "write", days=7)
    shown = (await lasting("GET", "/me")).json["token"]
    later = time.time() + 8 * 86400
    monkeypatch.setattr("widget_site.accounts.accounts.time.time", lambda: later)

    answer = await lasting("GET", "/me")

    assert shown["scope"] == "write"
    assert 6.9 * 86400 < shown["expires_at"] - shown["created_at"] < 7.1 * 86400
    assert answer.status == 401
    assert "has expired" in answer.json["error"]["message"]


async def test_a_token_made_over_the_api_has_the_scope_and_end_that_were_asked_for(
    anybody: Caller, site: SiteParts
) -> None:
    nina = {"username": "nina", "password": "a long sentence"}
    await anybody("POST", "/accounts", {**nina, "email": "nina@example.com"})

    made = await anybody("POST", "/tokens", {**nina, "name": "ci", "scope": "run", "expires_in_days": 90})
    plain = await anybody("POST", "/tokens", {**nina, "name": "laptop"})
    wrong = await anybody("POST", "/tokens", {**nina, "name": "x", "scope": "admin"})
    endless = await anybody("POST", "/tokens", {**nina, "name": "x", "expires_in_days": 0})

    assert (made.json["scope"], plain.json["scope"], plain.json["expires_at"]) == ("run", "write", None)
    assert made.json["expires_at"] > time.time() + 89 * 86400
    assert (wrong.status, endless.status) == (400, 400)


async def test_the_account_page_makes_a_token_with_a_scope_and_an_end(
    app: Quart, owner: Caller, site: SiteParts
) -> None:
    assert owner.account is not None
    browser = await browser_of(app, site, owner.account)
    client = app.test_client()

    offered = await (await client.get("/account?token_name=widgetry+on+laptop", headers=browser.headers)).get_data(True)
    form = {"name": "widgetry on laptop", "scope": "read", "expires_in_days": "30"}
    made = await client.post("/account/tokens", headers=browser.headers, form=form)
    wrong = await client.post("/account/tokens", headers=browser.headers, form={**form, "expires_in_days": "soon"})

    newest = (await tokens.listed(site.store, owner.account.id))[0]
    assert 'value="widgetry on laptop"' in offered
    assert (made.status_code, wrong.status_code) == (200, 400)
    assert (newest.name, newest.scope) == ("widgetry on laptop", "read")
    assert newest.expires_at is not None
    assert "reads" in await made.get_data(True)
