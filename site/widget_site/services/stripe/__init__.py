"""Stripe of user code (G-89): what ``anvil.stripe`` and the server half of ``stripe.checkout`` call.

Which keys are used, test or live, is the owner's choice on the Services page. Customers and subscriptions are live
objects, signed for their widget. It is for server code: a client that could name a customer could charge him. Only a
card that somebody has just typed in may be charged by a page, where the owner says so.
"""

import functools
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from widget_model.ids import new_id
from widget_site.errors import UnavailableError
from widget_site.outgoing import Outgoing
from widget_site.services.live_objects import REQUIRED, held_id, made, named
from widget_site.services.native import NativeCall, NativeError, SignerOf, native_service
from widget_site.services.providers import CredentialsOf, failed, require
from widget_site.services.registry import PREFIX, Service
from widget_site.store.service_credentials import Credentials
from widget_wire.values import LiveObject

NAME = "stripe"
CUSTOMER, SUBSCRIPTION = f"{PREFIX}stripe.Customer", f"{PREFIX}stripe.Subscription"
_CUSTOMER_METHODS = (
    "get_subscriptions",
    "get_subscription_ids",
    "new_subscription",
    "subscribe",
    "add_token",
    "charge",
)
_SUBSCRIPTION_METHODS = ("is_live", "cancel", "set_plan")
#: States of a subscription that goes on.
_LIVE = frozenset({"active", "trialing", "past_due"})
_NOT_FOR_PAGES = (
    "Cards are charged from server code only: send it the token. The owner can let pages charge cards, too, on the "
    "widget's Services tab."
)
_MAX_AMOUNT = 99_999_999
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")

_Method = Callable[[NativeCall, Credentials, str], Awaitable[Any]]


def stripe_services(
    api_url: str, outgoing: Outgoing, credentials_of: CredentialsOf, signer_of: SignerOf
) -> Mapping[str, Service]:
    """Return the services by command."""
    till = _Till(api_url, outgoing, credentials_of, signer_of)
    natives: dict[str, Callable[[NativeCall], Awaitable[Any]]] = {
        f"{PREFIX}stripe.{name}": getattr(till, name) for name in ("new_customer", "get_customer")
    }
    for name in _CUSTOMER_METHODS:
        natives[f"{CUSTOMER}.{name}"] = till.method(getattr(till, f"customer_{name}"))
    for name in _SUBSCRIPTION_METHODS:
        natives[f"{SUBSCRIPTION}.{name}"] = till.method(getattr(till, f"subscription_{name}"))
    services = {command: native_service(native, signer_of) for command, native in natives.items()}
    for name in ("get_config", "charge"):
        services[f"{PREFIX}stripe.{name}"] = native_service(getattr(till, name), signer_of, for_clients=True)
    return services


class _Till:
    def __init__(self, api_url: str, outgoing: Outgoing, credentials_of: CredentialsOf, signer_of: SignerOf) -> None:
        self._api = f"{api_url.rstrip('/')}/v1"
        self._outgoing = outgoing
        self._credentials_of = credentials_of
        self._signer_of = signer_of

    def method(self, method: _Method) -> Callable[[NativeCall], Awaitable[Any]]:
        """Return the function that calls a method of an object which this widget was given."""

        async def native(call: NativeCall) -> Any:
            app = await require(self._credentials_of, call, NAME)
            return await method(call, app, held_id(call, self._signer_of(call.source)))

        return native

    async def get_config(self, call: NativeCall) -> dict[str, Any]:
        """Give what a checkout form in a browser needs: the publishable key."""
        app = await require(self._credentials_of, call, NAME)
        return {"public_key": app[f"{app['mode']}_public_key"] or None, "mode": app["mode"]}

    async def new_customer(self, call: NativeCall) -> LiveObject:
        """Make a customer, with a card if there is a token."""
        app = await require(self._credentials_of, call, NAME)
        email, token = named(call, email_address=REQUIRED, token=None)
        form = {"email": _text("email_address", email)}
        if token is not None:
            form["source"] = _id("token", token)
        return _customer(await self._ask(call, app, "POST", "/customers", form))

    async def get_customer(self, call: NativeCall) -> LiveObject:
        """Give the customer with this id."""
        app = await require(self._credentials_of, call, NAME)
        [customer] = named(call, customer_id=REQUIRED)
        found = await self._ask(call, app, "GET", f"/customers/{_id('customer_id', customer)}")
        if found.get("deleted"):
            raise failed(NAME, f"No such customer: {customer!r} was deleted")
        return _customer(found)

    async def charge(self, call: NativeCall) -> dict[str, Any]:
        """Charge the card that a token stands for, once; pages do that where the owner lets them."""
        if not call.is_trusted:
            found = await self._credentials_of(call.widget_id, NAME)
            if found is None or found["charges"] != "pages":
                raise NativeError("anvil.server.PermissionDenied", _NOT_FOR_PAGES)
        app = await require(self._credentials_of, call, NAME)
        token, *rest = named(call, token=REQUIRED, amount=REQUIRED, currency=REQUIRED, description=None)
        return await self._charge(call, app, {"source": _id("token", token)}, *rest)

    # --- customers

    async def customer_get_subscriptions(self, call: NativeCall, app: Credentials, customer: str) -> list[LiveObject]:
        """Give the customer's subscriptions, by default those that go on."""
        return [_subscription(one) for one in await self._subscriptions(call, app, customer)]

    async def customer_get_subscription_ids(self, call: NativeCall, app: Credentials, customer: str) -> list[str]:
        """Give their ids."""
        return [str(one["id"]) for one in await self._subscriptions(call, app, customer)]

    async def customer_new_subscription(self, call: NativeCall, app: Credentials, customer: str) -> LiveObject:
        """Subscribe the customer to a plan."""
        plan, quantity = named(call, plan_id=REQUIRED, quantity=1)
        form = {
            "customer": customer,
            "items[0][price]": _id("plan_id", plan),
            "items[0][quantity]": str(_number("quantity", quantity)),
        }
        return _subscription(await self._ask(call, app, "POST", "/subscriptions", form))

    customer_subscribe = customer_new_subscription

    async def customer_add_token(self, call: NativeCall, app: Credentials, customer: str) -> None:
        """Give the customer another card, and pay with it from now on."""
        [token] = named(call, token=REQUIRED)
        card = await self._ask(call, app, "POST", f"/customers/{customer}/sources", {"source": _id("token", token)})
        await self._ask(call, app, "POST", f"/customers/{customer}", {"default_source": str(card["id"])})

    async def customer_charge(self, call: NativeCall, app: Credentials, customer: str) -> dict[str, Any]:
        """Charge the customer, once."""
        rest = named(call, amount=REQUIRED, currency=REQUIRED, description=None)
        return await self._charge(call, app, {"customer": customer}, *rest)

    # --- subscriptions

    async def subscription_is_live(self, call: NativeCall, app: Credentials, subscription: str) -> bool:
        """Tell whether it goes on."""
        named(call)
        return (await self._ask(call, app, "GET", f"/subscriptions/{subscription}")).get("status") in _LIVE

    async def subscription_cancel(self, call: NativeCall, app: Credentials, subscription: str) -> None:
        """End it, by default when what is paid for ends."""
        [at_period_end] = named(call, at_period_end=True)
        path = f"/subscriptions/{subscription}"
        if at_period_end:
            await self._ask(call, app, "POST", path, {"cancel_at_period_end": "true"})
        else:
            await self._ask(call, app, "DELETE", path)

    async def subscription_set_plan(self, call: NativeCall, app: Credentials, subscription: str) -> None:
        """Go on with another plan."""
        [plan] = named(call, plan_id=REQUIRED)
        path = f"/subscriptions/{subscription}"
        now = await self._ask(call, app, "GET", path)
        item = (now.get("items") or {}).get("data") or [{}]
        form = {"items[0][id]": str(item[0].get("id", "")), "items[0][price]": _id("plan_id", plan)}
        await self._ask(call, app, "POST", path, form)

    # --- parts

    async def _subscriptions(self, call: NativeCall, app: Credentials, customer: str) -> list[dict[str, Any]]:
        [live_only] = named(call, live_only=True)
        query = {"customer": customer, "status": "all", "limit": "100"}
        found = await self._ask(call, app, "GET", "/subscriptions", query=query)
        return [one for one in found.get("data", ()) if not live_only or one.get("status") in _LIVE]

    async def _charge(
        self, call: NativeCall, app: Credentials, payer: dict[str, str], amount: Any, currency: Any, description: Any
    ) -> dict[str, Any]:
        if not isinstance(currency, str) or not re.fullmatch(r"[A-Za-z]{3}", currency):
            raise NativeError("ValueError", "currency is a code of three letters, like USD")
        form = {**payer, "amount": str(_number("amount", amount)), "currency": currency.lower()}
        if description is not None:
            form["description"] = _text("description", description)
        done = await self._ask(call, app, "POST", "/charges", form)
        kept = {name: done.get(name) for name in ("id", "amount", "currency", "paid")}
        return {**kept, "result": done.get("status"), "url": done.get("receipt_url")}

    async def _ask(
        self,
        call: NativeCall,
        app: Credentials,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {app[app['mode'] + '_secret_key']}"}
        if method == "POST":
            headers["idempotency-key"] = f"{call.source.id}-{new_id()}"
        ask = functools.partial(self._outgoing.ask, method, self._api + path, headers=headers, params=query)
        try:
            reply = await ask(data=dict(form)) if form else await ask()
        except UnavailableError as error:
            raise failed(NAME, f"Stripe does not answer: {error}") from error
        said = reply.json()
        if reply.status >= 400:
            told = said.get("error")
            text = str(told.get("message") or "") if isinstance(told, dict) else ""
            raise failed(NAME, text[:500] or f"Stripe answered {reply.status}")
        return said


def _customer(found: Mapping[str, Any]) -> LiveObject:
    items = {name: found.get(name) for name in ("id", "email", "created")}
    return made(CUSTOMER, str(found["id"]), _CUSTOMER_METHODS, items)


def _subscription(found: Mapping[str, Any]) -> LiveObject:
    item = ((found.get("items") or {}).get("data") or [{}])[0]
    price = (item.get("price") or item.get("plan") or {}).get("id")
    items = {name: found.get(name) for name in ("id", "status", "cancel_at_period_end", "current_period_end")}
    return made(SUBSCRIPTION, str(found["id"]), _SUBSCRIPTION_METHODS, {**items, "plan": price})


def _id(name: str, value: Any) -> str:
    """Return an id, which becomes part of an address."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise NativeError("ValueError", f"{name} is an id that Stripe made, not {str(value)[:50]!r}")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 500:
        raise NativeError("ValueError", f"{name} is a text of 1 to 500 characters")
    return value


def _number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_AMOUNT:
        text = f"{name} is a whole number from 1 to {_MAX_AMOUNT:,}; money is counted in the smallest unit, like cents"
        raise NativeError("ValueError", text)
    return value
