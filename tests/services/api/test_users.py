"""The Users tab of a widget and its API: the owner's alone, and nothing on it lets anybody in (U-02, U-23, U-24)."""

from dataclasses import dataclass

from tests.services.api.conftest import Caller, browser_of
from tests.services.api.test_messages import page_of

from widget_model.users_settings import MAILS
from widget_site.parts import SiteParts
from widget_site.store.data import users_table

SETTINGS = {
    "use_email": True,
    "use_token": False,
    "allow_signup": False,
    "enable_automatically": True,
    "confirm_email": True,
    "require_secure_passwords": True,
    "allow_remember_me": True,
    "remember_me_days": 30,
    "max_password_failures": 10,
    "require_mfa": False,
}


async def make(owner: Caller) -> str:
    return str((await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"])


@dataclass
class Posted:
    """What came of a form."""

    status: int
    text: str


async def post(browser: Caller, path: str, fields: dict[str, str]) -> Posted:
    response = await browser.app.test_client().post(path, form=fields, headers=browser.headers)
    return Posted(response.status_code, await response.get_data(as_text=True))


async def add(site: SiteParts, slug: str, email: str) -> None:
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    assert site.store.data is not None
    widget_id = snapshot.widget_id

    def work(db: object) -> None:
        info = users_table.find(db, widget_id, "users")  # type: ignore[arg-type]
        cells = {"email": email, "enabled": True, "password_hash": "$2b$SECRET", "n_password_failures": 10}
        users_table.add(db, info, **cells)  # type: ignore[arg-type]

    await site.store.data.homes.write(widget_id, work)


async def test_u_02_u_24_a_program_switches_users_on_and_disables_one(
    site: SiteParts, owner: Caller, other: Caller
) -> None:
    slug = await make(owner)
    before = (await owner("GET", f"/widgets/{slug}/users-service")).json
    assert (before["on"], (await owner("GET", f"/widgets/{slug}/users")).json["items"]) == (False, [])
    assert {name: before[name] for name in SETTINGS} == SETTINGS
    assert set(before["mails"]) == set(MAILS)

    changed = (await owner("PATCH", f"/widgets/{slug}/users-service", {"on": True, "remember_me_days": 7})).json
    assert (changed["on"], changed["remember_me_days"], changed["confirm_email"]) == (True, 7, True)
    for wrong in ({"remember_me_days": 0}, {"max_password_failures": 5000}, {"from_name": "a\nb"}, {"nothing": 1}):
        assert (await owner("PATCH", f"/widgets/{slug}/users-service", wrong)).status == 400
    for mails in ({"nothing": {"subject": "S", "text": "{link}"}}, {"mfa_reset": {"subject": "S", "text": "none"}}):
        assert (await owner("PATCH", f"/widgets/{slug}/users-service", {"mails": mails})).status == 400

    for name in ("a", "b", "c"):
        await add(site, slug, f"{name}@example.com")
    first = (await owner("GET", f"/widgets/{slug}/users?limit=2")).json
    rest = (await owner("GET", f"/widgets/{slug}/users?limit=2&page={first['next']}")).json
    assert [one["email"][0] for one in (*first["items"], *rest["items"])] == ["a", "b", "c"]
    assert rest["next"] is None
    assert "SECRET" not in str(first)
    user = first["items"][0]
    assert (user["enabled"], user["locked"], user["confirmed_email"]) == (True, True, False)
    disabled = await owner("PATCH", f"/widgets/{slug}/users/{user['id']}", {"enabled": False})
    assert (disabled.status, disabled.json["enabled"]) == (200, False)
    assert (await owner("PATCH", f"/widgets/{slug}/users/999999", {"enabled": False})).status == 404

    for method, path, body in (
        ("GET", "users-service", None),
        ("PATCH", "users-service", {"on": False}),
        ("GET", "users", None),
        ("PATCH", f"users/{user['id']}", {"enabled": True}),
    ):
        assert (await other(method, f"/widgets/{slug}/{path}", body)).status == 403


async def test_u_01_t_80_the_service_goes_on_with_its_table_under_another_name(site: SiteParts, owner: Caller) -> None:
    widget = f"/widgets/{await make(owner)}"
    await owner("PATCH", f"{widget}/users-service", {"on": True})
    await add(site, widget.rpartition("/")[2], "ann@example.com")

    await owner("POST", f"{widget}/tables", {"name": "others"})
    await owner("PATCH", f"{widget}/tables/others", {"name": "strangers"})
    assert (await owner("GET", f"{widget}/users-service")).json["user_table"] == "users"
    renamed = await owner("PATCH", f"{widget}/tables/users", {"name": "members", "title": "Members"})

    assert renamed.status == 200
    assert (await owner("GET", f"{widget}/users-service")).json["user_table"] == "members"
    assert [one["email"] for one in (await owner("GET", f"{widget}/users")).json["items"]] == ["ann@example.com"]


async def test_u_02_a_fork_has_the_service_as_it_is_set_and_no_users(
    site: SiteParts, owner: Caller, other: Caller
) -> None:
    slug = await make(owner)
    await owner("PATCH", f"/widgets/{slug}/users-service", {"on": True, "allow_signup": True})
    await add(site, slug, "a@example.com")

    fork = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]

    service = (await other("GET", f"/widgets/{fork}/users-service")).json
    assert (service["on"], service["allow_signup"]) == (True, True)
    assert (await other("GET", f"/widgets/{fork}/users")).json["items"] == []


async def test_u_02_u_23_u_24_the_tab_shows_and_changes_all_of_it(site: SiteParts, owner: Caller) -> None:
    assert owner.account is not None
    slug = await make(owner)
    browser = await browser_of(owner.app, site, owner.account)

    _, off = await page_of(browser, f"/w/{slug}/users")
    assert "Switch users on" in off
    assert (await post(browser, f"/w/{slug}/users/switch", {"on": "yes"})).status == 303
    await add(site, slug, "<b>@example.com")
    _, shown = await page_of(browser, f"/w/{slug}/users")
    assert "&lt;b&gt;@example.com" in shown
    assert ("SECRET" in shown, "not confirmed" in shown) == (False, True)

    _, settings = await page_of(browser, f"/w/{slug}/users/settings")
    assert settings.count("checked") == 5
    fields = {
        "use_email": "yes",
        "use_token": "yes",
        "remember_me_days": "7",
        "max_password_failures": "5",
        "from_address": "hello",
        "from_name": "",
        **{f"{name}_subject": mail.subject for name, mail in MAILS.items()},
        **{f"{name}_text": mail.text.replace("\n", "\r\n") for name, mail in MAILS.items()},
    }
    refused = await post(browser, f"/w/{slug}/users/settings", {**fields, "token_login_text": "no link"})
    assert (refused.status, "where the link goes" in refused.text) == (400, True)
    assert (await post(browser, f"/w/{slug}/users/settings", {**fields, "remember_me_days": "x"})).status == 400
    assert (await post(browser, f"/w/{slug}/users/settings", fields)).status == 303
    service = (await owner("GET", f"/widgets/{slug}/users-service")).json
    assert (service["use_token"], service["confirm_email"], service["remember_me_days"]) == (True, False, 7)
    assert service["mails"]["mfa_reset"]["text"] == MAILS["mfa_reset"].text

    user = (await owner("GET", f"/widgets/{slug}/users")).json["items"][0]
    assert (await post(browser, f"/w/{slug}/users/{user['id']}/enabled", {"on": ""})).status == 303
    assert (await owner("GET", f"/widgets/{slug}/users")).json["items"][0]["enabled"] is False
    assert (await post(browser, f"/w/{slug}/users/switch", {"on": ""})).status == 303
    assert (await owner("GET", f"/widgets/{slug}/users-service")).json["on"] is False
