"""``stripe.checkout`` of client code on both engines: Stripe's script is played by the test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.gui_page import WidgetPage, app, node

_SOURCE = (Path(__file__).parent / "in_page/checkout.txt").read_text()
_SCRIPT = "https://js.stripe.com/v3/"
#: Plays Stripe's script: one card is good.
_STRIPE = """
window.Stripe = (key) => ({
  elements: () => ({
    create: (kind, {hidePostalCode}) => ({
      mount: (element) => { element.innerHTML = `<input aria-label="Number of the ${kind} ${hidePostalCode}">`; },
      on: () => {},
    }),
  }),
  createToken: async () => {
    const number = document.querySelector("input[aria-label^=Number]").value;
    if (number !== "4242") return {error: {message: "Your card number is invalid."}};
    return {token: {id: `tok_of_${key}`, card: {last4: number}}};
  },
});
"""
Open = Callable[..., WidgetPage]


def _shop() -> dict[str, Any]:
    def button(name: str, text: str) -> dict[str, Any]:
        return node(name, "Button", properties={"text": text}, events={"click": f"{name}_click"})

    told = node("told", "Label", properties={"text": "…"})
    content = node("content", "ColumnPanel", told, button("pay", "Buy"), button("give", "Give"))
    title = node("title", "Label", properties={"text": "Shop"}, layout={"slot": "title"})
    form = node(
        "",
        "HtmlTemplate",
        title,
        {**content, "layout": {"slot": "default"}},
        properties={"html": "@theme:standard-page.html"},
    )
    return app({"Shop/__init__.py": _SOURCE}, {"Shop": form}, "Shop")


def _server(charged: list[dict[str, Any]]) -> dict[str, Callable[..., Any]]:
    def charge(**asked: Any) -> dict[str, Any]:
        charged.append(asked)
        return {"result": "succeeded", "url": "https://receipt.example/1"}

    return {
        "anvil.private.stripe.get_config": lambda: {"public_key": "pk_test_1", "mode": "test"},
        "anvil.private.stripe.charge": charge,
    }


def _type_card(ui: Page, number: str, button: str) -> None:
    ui.get_by_role("dialog").get_by_role("textbox", name="Number of the card").fill(number)
    ui.get_by_role("dialog").get_by_role("button", name=button).click()


@pytest.mark.parametrize("engine", ["full", "light"])
def test_g_89_a_page_takes_a_card_by_stripes_form_and_has_it_charged(widget: Open, engine: str) -> None:
    charged: list[dict[str, Any]] = []
    page = widget(engine, _shop(), **_server(charged))
    page.page.route(_SCRIPT, lambda route: route.fulfill(content_type="text/javascript", body=_STRIPE))
    ui = page.open().live().page

    ui.get_by_role("button", name="Buy").click()
    dialog = ui.get_by_role("dialog")
    expect(dialog.get_by_text("A widget")).to_be_visible()
    dialog.get_by_placeholder("Email").fill("ann@example.com")
    _type_card(ui, "1111", "Pay 12.50 GBP")
    expect(dialog.get_by_text("Your card number is invalid.")).to_be_visible()
    assert page.violations() == []
    _type_card(ui, "4242", "Pay 12.50 GBP")
    expect(ui.get_by_text("succeeded https://receipt.example/1")).to_be_visible()
    assert charged == [{"token": "tok_of_pk_test_1", "amount": 1250, "currency": "GBP", "description": "A widget"}]

    # A token alone, for server code to charge; then somebody who thinks better of it.
    ui.get_by_role("button", name="Give").click()
    dialog.get_by_placeholder("City").fill("Kyoto")
    _type_card(ui, "4242", "Pay 500 JPY")
    expect(ui.get_by_text("tok_of_pk_test_1 4242 Kyoto")).to_be_visible()
    ui.get_by_role("button", name="Buy").click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(ui.get_by_text("cancelled None")).to_be_visible()
    assert (len(charged), page.errors) == (1, [])


def test_g_89_without_a_network_the_form_says_so(widget: Open) -> None:
    page = widget("light", _shop(), **_server([]))
    page.page.route(_SCRIPT, lambda route: route.abort())
    ui = page.open().live().page

    ui.get_by_role("button", name="Buy").click()

    expect(ui.get_by_role("dialog").get_by_text("Stripe can't be reached from here")).to_be_visible()
    ui.get_by_role("dialog").get_by_role("button", name="Pay 12.50 GBP").click()
    expect(ui.get_by_role("dialog")).to_be_visible()
