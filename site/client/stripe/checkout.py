"""Cards that people type into a form of Stripe's: the widget gets a token, never the number."""

import anvil
import anvil.server
from anvil._component import Component, drawn
from anvil.users._dialog import Dialog

#: Currencies that have no smaller unit.
_WHOLE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()


class _Card(Component):
    """Stripe's own field for a card, in a frame of theirs."""

    _kind = "StripeCard"
    _spec = {"properties": {"config": None}, "events": ["show", "hide"]}

    config = drawn("config", None)

    def token(self, details):
        """Return what Stripe makes of the card: {"token": …} or {"error": text}."""
        import _bridge

        asked = _bridge.ask(self._id, "token", _bridge.to_json([details]))
        return _bridge.from_json(_bridge.wait(asked))


def get_token(
    currency=None,
    amount=None,
    title="",
    description="",
    zipcode=False,
    billing_address=False,
    shipping_address=False,
    icon_url=None,
    email="",
):
    """Ask for a card; return its token and a dict with ``email``, ``card`` and addresses, or (None, None) for Cancel.

    The amount is in the smallest unit of the currency; it is shown, and nobody is charged yet.
    """
    config = anvil.server.call("anvil.private.stripe.get_config")
    if not config["public_key"]:
        raise RuntimeError(
            "Stripe's publishable key is missing: the owner of this widget enters it on its Services tab."
        )
    form = _Form(config, _price(amount, currency), title, description, icon_url)
    return form.ask(email, zipcode, billing_address, shipping_address) or (None, None)


def charge(currency=None, amount=None, title="", description="", **asked):
    """Ask for a card and charge it; return a dict with ``result``: "succeeded", or "cancelled".

    This works where the widget's owner lets pages charge cards; the amount is what the page says, so check it.
    """
    token, info = get_token(currency, amount, title, description, **asked)
    if token is None:
        return {"result": "cancelled"}
    done = anvil.server.call(
        "anvil.private.stripe.charge", token=token, amount=amount, currency=currency, description=description or None
    )
    return dict(done, email=info["email"])


def _price(amount, currency):
    """Return an amount as people read it; nothing for none."""
    if amount is None or not currency:
        return ""
    code = currency.upper()
    return "%d %s" % (amount, code) if code in _WHOLE else "%.2f %s" % (amount / 100.0, code)


class _Form:
    def __init__(self, config, price, title, description, icon_url):
        self._dialog = Dialog(title or "Payment", "Pay " + price if price else "Continue", True)
        self._config = config
        if icon_url:
            self._dialog.add(anvil.Image(source=icon_url, height=64, display_mode="shrink_to_fit"))
        if description:
            # A Label would be taken for the name of the box below it.
            self._dialog.add(anvil.RichText(content=description, format="plain_text"))

    def ask(self, email, zipcode, billing_address, shipping_address):
        """Show it; return (token, info), None when it was left."""
        dialog = self._dialog
        self._email = dialog.box("Email", email, type="email")
        self._billing = self._address("Name on card", billing_address)
        self._shipping = self._address("Send to", shipping_address)
        self._card = _Card()
        self._card.config = dict(self._config, zipcode=bool(zipcode or billing_address))
        dialog.add(self._card)
        if self._config["mode"] == "test":
            dialog.add(anvil.Label(text="A test: no money moves.", role="input-prompt"))
        dialog.main_button()
        return dialog.show(self._submit)

    def _address(self, whose, wanted):
        if not wanted:
            return None
        names = [("name", whose), ("line1", "Address"), ("city", "City"), ("country", "Country (GB, US …)")]
        return [(name, self._dialog.box(label)) for name, label in names]

    def _submit(self):
        details = {}
        for name, box in self._billing or ():
            details["name" if name == "name" else "address_" + name] = box.text
        found = self._card.token(details)
        if "error" in found:
            self._dialog.say(found["error"])
            return
        token = found["token"]
        info = {"email": self._email.text, "card": token.get("card") or {}, "token": token["id"]}
        if self._shipping:
            info["shipping_address"] = {name: box.text for name, box in self._shipping}
        if self._billing:
            info["billing_address"] = {name: box.text for name, box in self._billing}
        self._dialog.close((token["id"], info))
