"""Signing in with Google from client code, on both engines and the whole stack: the provider is on loopback."""

from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import expect
from tests.browser.person import Person
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of, engine, import_app
from tests.services.loopback import Asked, Html, Said
from tests.services.providers.mock_providers import SECRET, Mock

__all__ = ["engine"]

_FORM = """
import anvil.google.auth
import anvil.users
from anvil import *

from ._anvil_designer import DoorTemplate


class Door(DoorTemplate):
    def __init__(self, **properties):
        self.init_components(**properties)
        self.told.text = "Nobody yet"

    def google_click(self, **event_args):
        email = anvil.google.auth.login()
        self.told.text = "At Google: %s, %s" % (email, anvil.google.auth.get_user_email())

    def user_click(self, **event_args):
        user = anvil.users.signup_with_google()
        self.told.text = "Here: %s" % (user and user["email"])
"""
_TEMPLATE = """
container: {type: ColumnPanel}
components:
- {name: told, type: Label}
- {name: google, type: Button, properties: {text: Google}, event_bindings: {click: google_click}}
- {name: user, type: Button, properties: {text: Account}, event_bindings: {click: user_click}}
"""
_ANVIL = """
name: Door
package_name: door
startup: {type: form, module: Door}
services:
- source: /runtime/services/anvil/users.yml
  client_config: {allow_signup: true, use_email: true, use_google: true}
  server_config: {user_table: users, enable_automatically: true}
db_schema:
  users:
    title: Users
    client: none
    server: full
    columns:
    - {name: email, type: string}
    - {name: enabled, type: bool}
"""


def _asks(providers: Mock, origin: str) -> Callable[[Asked], Said]:
    """Return Google's page, which asks whether to go on."""

    def page(asked: Asked) -> Said:
        back = origin.rstrip("/") + providers.authorize(f"{providers.url}{asked.path}?{urlencode(asked.query)}")
        return 200, Html(f'<title>Google</title><a href="{back}">Go on as Eve</a>'.encode())

    return page


def test_g_89_u_20_client_code_lets_people_sign_in_with_google(ada: Person, providers: Mock, engine: str) -> None:
    files = {"client_code/Door/__init__.py": _FORM, "client_code/Door/form_template.yaml": _TEMPLATE}
    slug = import_app(ada, {"anvil.yaml": _ANVIL, **files})
    ada.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    given = {"client_id": "google-app", "client_secret": SECRET}
    ada.call("PUT", f"/widgets/{slug}/services/google", {"credentials": given})
    providers.claims = {"sub": "7", "email": "eve@example.com", "email_verified": True}
    page = ada.new_tab()
    providers.apis["/google/authorize"] = _asks(providers, address_of(ada, slug))
    page.goto(address_of(ada, slug))
    expect(page.get_by_text("Nobody yet")).to_be_visible(timeout=TIMEOUT_MS)

    # Somebody who thinks better of it, then somebody who goes on.
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Google").click()
    expect(opened.value.get_by_role("link", name="Go on as Eve")).to_be_visible(timeout=TIMEOUT_MS)
    opened.value.close()
    expect(page.get_by_text("At Google: None, None")).to_be_visible(timeout=TIMEOUT_MS)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Google").click()
    opened.value.get_by_role("link", name="Go on as Eve").click()
    expect(page.get_by_text("At Google: eve@example.com, eve@example.com")).to_be_visible(timeout=TIMEOUT_MS)
    assert opened.value.is_closed()

    with page.expect_popup() as opened:
        page.get_by_role("button", name="Account").click()
    opened.value.get_by_role("link", name="Go on as Eve").click()
    expect(page.get_by_text("Here: eve@example.com")).to_be_visible(timeout=TIMEOUT_MS)
    [row] = ada.call("GET", f"/widgets/{slug}/tables/users/rows")["items"]
    assert row["values"]["email"] == "eve@example.com"
