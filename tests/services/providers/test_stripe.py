"""``anvil.stripe`` against a Stripe on loopback: customers, charges and subscriptions, for server code (G-89)."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from tests.services.loopback import Asked, Said
from tests.services.providers.conftest import ProvidersSite
from tests.services.providers.mock_providers import Mock
from tests.services.users.conftest import Refused

from widget_site.services import signing
from widget_wire.runs import ServiceCall
from widget_wire.values import LiveObject, flatten, inflate

pytestmark = pytest.mark.asyncio(loop_scope="module")

_numbers = itertools.count(1)


class Stripe:
    """What Stripe knows; strict about the key."""

    def __init__(self) -> None:
        self.customers: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.charges: list[dict[str, str]] = []
        self.keys: set[str] = set()

    def __call__(self, asked: Asked) -> Said:
        if asked.bearer not in ("sk_test_1", "sk_live_1"):
            return 401, {"error": {"message": "Invalid API Key provided"}}
        assert asked.method != "POST" or asked.headers["idempotency-key"] not in self.keys
        self.keys.add(asked.headers.get("idempotency-key", ""))
        kind, *rest = asked.path.removeprefix("/stripe/v1/").split("/")
        form = asked.form if asked.body else {}
        return getattr(self, f"_{kind}")(asked, rest, form)  # type: ignore[no-any-return]

    def _customers(self, asked: Asked, rest: list[str], form: dict[str, str]) -> Said:
        if not rest:
            made = {"id": f"cus_{len(self.customers)}", **form}
            self.customers[made["id"]] = made
            return 200, made
        if rest[0] not in self.customers:
            return 404, {"error": {"message": f"No such customer: '{rest[0]}'"}}
        if rest[1:] == ["sources"]:
            return 200, {"id": f"card_of_{form['source']}"}
        self.customers[rest[0]].update(form)
        return 200, self.customers[rest[0]]

    def _charges(self, asked: Asked, rest: list[str], form: dict[str, str]) -> Said:
        if form.get("source") == "tok_declined":
            return 402, {"error": {"message": "Your card was declined."}}
        self.charges.append(form)
        return 200, {
            "id": "ch_1",
            "status": "succeeded",
            "paid": True,
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "receipt_url": "https://pay.example/1",
        }

    def _subscriptions(self, asked: Asked, rest: list[str], form: dict[str, str]) -> Said:
        if not rest and asked.method == "GET":
            found = [one for one in self.subscriptions.values() if one["customer"] == asked.query["customer"]]
            return 200, {"data": found}
        if not rest:
            item = {"id": "si_1", "price": {"id": form["items[0][price]"]}, "quantity": form["items[0][quantity]"]}
            made = {"id": f"sub_{len(self.subscriptions)}", "status": "active", "customer": form["customer"]}
            self.subscriptions[made["id"]] = {**made, "items": {"data": [item]}}
            return 200, self.subscriptions[made["id"]]
        one = self.subscriptions[rest[0]]
        if asked.method == "DELETE":
            one["status"] = "canceled"
        elif "items[0][id]" in form:
            assert form["items[0][id]"] == "si_1"
            one["items"]["data"][0]["price"]["id"] = form["items[0][price]"]
        else:
            one.update(form)
        return 200, one


@pytest_asyncio.fixture(loop_scope="module")
async def stripe(site: ProvidersSite, mock: Mock) -> Stripe:
    made = Stripe()
    mock.apis["/stripe/v1/"] = made
    return made


async def on(
    site: ProvidersSite, one: LiveObject, method: str, *args: Any, forged: str = "", of: str = "", **kwargs: Any
) -> Any:
    """Call a method of a live object as the library does; ``of`` is the widget that it was given to."""
    call = ServiceCall(str(next(_numbers)), "", "run", site.widget.id, "route", site.origin, f"{one.backend}.{method}")
    signer = signing.signer_of(site.parts.secret_box.derived_keys(signing.PURPOSE), call)
    theirs = signing.signer_of(
        site.parts.secret_box.derived_keys(signing.PURPOSE), replace(call, widget_id=of or site.widget.id)
    )
    [live] = flatten({"x": one}, theirs).message["objects"]
    live = {**live, "method": method, **({"id": forged} if forged else {})}
    message = {**flatten({"args": list(args), "kwargs": kwargs}, signer).message, "liveObjectCall": live}
    answer = await site.served.application.call(replace(call, caller="server_module", message=message))
    said = inflate(dict(answer.message), {}, signer)
    if "error" in said:
        raise Refused(said["error"])
    return said.get("response")


async def test_g_89_a_customer_is_made_charged_and_subscribed(site: ProvidersSite, stripe: Stripe) -> None:
    customer = await site.code.raw("stripe.new_customer", "ada@example.com", "tok_visa")
    found = await site.code.raw("stripe.get_customer", "cus_0")
    charge = await on(site, found, "charge", amount=999, currency="GBP")
    subscription = await on(site, customer, "new_subscription", "plan_1", quantity=2)

    assert stripe.customers["cus_0"]["source"] == "tok_visa"
    assert (charge["result"], charge["url"], charge["amount"]) == ("succeeded", "https://pay.example/1", 999)
    assert stripe.charges == [{"customer": "cus_0", "amount": "999", "currency": "gbp"}]
    assert await on(site, customer, "get_subscription_ids") == ["sub_0"]
    assert await on(site, subscription, "is_live") is True
    await on(site, subscription, "set_plan", "plan_2")
    assert stripe.subscriptions["sub_0"]["items"]["data"][0]["price"]["id"] == "plan_2"
    await on(site, subscription, "cancel")
    assert stripe.subscriptions["sub_0"]["cancel_at_period_end"] == "true"
    await on(site, subscription, "cancel", at_period_end=False)
    assert await on(site, subscription, "is_live") is False
    assert await on(site, customer, "get_subscriptions") == []
    assert len(await on(site, customer, "get_subscriptions", live_only=False)) == 1
    await on(site, customer, "add_token", "tok_other")
    assert stripe.customers["cus_0"]["default_source"] == "card_of_tok_other"


async def test_g_89_a_token_is_charged_and_what_stripe_says_is_told(site: ProvidersSite, stripe: Stripe) -> None:
    done = await site.code.raw("stripe.charge", token="tok_visa", amount=100, currency="usd", description="Cake")

    assert (done["id"], done["paid"]) == ("ch_1", True)
    assert stripe.charges[0]["description"] == "Cake"
    with pytest.raises(Refused, match="Your card was declined"):
        await site.code.raw("stripe.charge", "tok_declined", 100, "usd")
    with pytest.raises(Refused, match="No such customer"):
        await site.code.raw("stripe.get_customer", "cus_77")


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("get_customer", ["../charges"], "customer_id is an id"),
        ("charge", ["tok_1", 9.99, "usd"], "smallest unit"),
        ("charge", ["tok_1", True, "usd"], "whole number"),
        ("charge", ["tok_1", -5, "usd"], "whole number"),
        ("charge", ["tok_1", 5, "pounds"], "three letters"),
        ("charge", ["tok_1", 5], "needs currency"),
        ("new_customer", [""], "email_address is a text"),
    ],
)
async def test_g_89_what_can_not_be_asked_is_told_and_not_sent(
    site: ProvidersSite, stripe: Stripe, mock: Mock, name: str, args: list[Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        await site.code.raw(f"stripe.{name}", *args)
    assert mock.asked == []


async def test_g_89_a_customer_of_another_widget_or_a_forged_one_is_refused(
    site: ProvidersSite, stripe: Stripe
) -> None:
    customer = await site.code.raw("stripe.new_customer", "ada@example.com")
    other = ProvidersSite(site.served, await site.served.make("from anvil.server import route\n"))
    await other.give("stripe", test_secret_key="sk_test_1")

    with pytest.raises(Refused) as caught:
        await on(site, customer, "charge", 5, "usd", forged='"cus_1"')
    assert caught.value.kind == "anvil.server.InvalidObjectError"
    with pytest.raises(Refused) as caught:
        await on(other, customer, "charge", 5, "usd", of=site.widget.id)
    assert caught.value.kind == "anvil.server.InvalidObjectError"
    with pytest.raises(Refused) as caught:
        await site.client_code.raw("stripe.get_customer", "cus_0")
    assert caught.value.kind == "anvil.server.PermissionDenied"
    assert stripe.charges == []


async def test_g_89_the_owner_chooses_the_keys_and_clients_get_the_publishable_one(
    site: ProvidersSite, stripe: Stripe, mock: Mock
) -> None:
    await site.give("stripe", test_public_key="pk_test_1", live_secret_key="sk_live_1", live_public_key="pk_live_1")
    assert await site.client_code.raw("stripe.get_config") == {"public_key": "pk_test_1", "mode": "test"}

    await site.give("stripe", mode="live")
    await site.code.raw("stripe.charge", "tok_visa", 100, "usd")

    assert mock.asked[-1].bearer == "sk_live_1"
    assert await site.client_code.raw("stripe.get_config") == {"public_key": "pk_live_1", "mode": "live"}


async def test_g_89_without_keys_stripe_is_not_added(site: ProvidersSite) -> None:
    bare = ProvidersSite(site.served, await site.served.make("from anvil.server import route\n"))

    for name in ("stripe.new_customer", "stripe.get_config"):
        with pytest.raises(Refused) as caught:
            await bare.code.raw(name, *["a@b.example"][: name.endswith("customer")])
        assert caught.value.kind == "anvil.server.ServiceNotAdded"


async def test_g_89_pages_charge_cards_only_where_the_owner_lets_them(site: ProvidersSite, stripe: Stripe) -> None:
    with pytest.raises(Refused) as caught:
        await site.client_code.raw("stripe.charge", token="tok_visa", amount=100, currency="usd")
    assert caught.value.kind == "anvil.server.PermissionDenied"
    assert stripe.charges == []

    await site.give("stripe", charges="pages")
    done = await site.client_code.raw("stripe.charge", token="tok_visa", amount=100, currency="usd")

    assert (done["result"], len(stripe.charges)) == ("succeeded", 1)
    with pytest.raises(Refused):
        await site.client_code.raw("stripe.get_customer", "cus_0")
