"""What widgets are told by their owners about Google, Microsoft, Facebook and Stripe: the credentials of each (G-89).

One entry for each slice in ``site/widget_site/services/``. A *client id* and *secret* are what a provider gives to an
app that is registered there; a secret is kept encrypted and never shown again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_CHARS = 500


class CredentialError(ValueError):
    """A credential can't be that; ``name`` says which, the text why."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


@dataclass(frozen=True)
class Credential:
    """One field."""

    name: str
    label: str
    hint: str = ""
    is_secret: bool = False
    #: What it is when nothing is given.
    default: str = ""
    #: What the whole of it must match, and how that is said.
    pattern: str = r"[\x21-\x7e]+"
    must: str = "This has letters, digits and signs, and no spaces."
    #: One of these, when there are any.
    choices: Mapping[str, str] | None = None
    is_needed: bool = True


@dataclass(frozen=True)
class Provider:
    """A provider as its service is set up by owners."""

    name: str
    title: str
    #: What code does with it.
    purpose: str
    fields: tuple[Credential, ...]
    #: Where an app is registered.
    register_at: str
    #: Whether people sign in there, so that an address to come back to is registered.
    signs_in: bool = True

    def field(self, name: str) -> Credential:
        """Return the field of this name; KeyError for none."""
        return next(one for one in self.fields if one.name == name)

    @property
    def secrets(self) -> frozenset[str]:
        """The names of what is never shown."""
        return frozenset(one.name for one in self.fields if one.is_secret)


_ID = Credential("client_id", "Client id")
_SECRET = Credential("client_secret", "Client secret", is_secret=True)


def _stripe_key(name: str, label: str, starts: str, *, is_secret: bool) -> Credential:
    must = f"This begins with {starts.replace('|', '_ or ')}_: copy it from Stripe's list of API keys."
    return Credential(name, label, "", is_secret, "", rf"(?:{starts})_[A-Za-z0-9_]+", must, is_needed=False)


PROVIDERS: Mapping[str, Provider] = {
    one.name: one
    for one in (
        Provider(
            "google",
            "Google",
            "Sign-in, Google Drive, Sheets and Gmail.",
            (_ID, _SECRET),
            "https://console.cloud.google.com/apis/credentials",
        ),
        Provider(
            "google_maps",
            "Google Maps",
            "Maps on the pages of GUIs.",
            # Every browser that shows a map is told this key.
            (
                Credential(
                    "key", "API key", "Allow it for this widget's address alone: every visitor's browser has it."
                ),
            ),
            "https://console.cloud.google.com/google/maps-apis/credentials",
            signs_in=False,
        ),
        Provider(
            "microsoft",
            "Microsoft",
            "Sign-in with Microsoft accounts.",
            (
                _ID,
                _SECRET,
                Credential(
                    "tenant",
                    "Tenant",
                    "The id or domain of one organisation, or common for all accounts.",
                    default="common",
                    # It becomes part of an address.
                    pattern=r"[A-Za-z0-9](?:[A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*)",
                    must="This is the id or domain of an organisation, or common, organizations or consumers.",
                ),
            ),
            "https://entra.microsoft.com",
        ),
        Provider(
            "facebook",
            "Facebook",
            "Sign-in with Facebook.",
            (
                Credential("client_id", "App id", pattern=r"[0-9]+", must="This is a number."),
                Credential("client_secret", "App secret", is_secret=True),
            ),
            "https://developers.facebook.com/apps",
        ),
        Provider(
            "stripe",
            "Stripe",
            "Customers, charges and subscriptions.",
            (
                Credential("mode", "Keys in use", default="test", choices={"test": "Test keys", "live": "Live keys"}),
                _stripe_key("test_public_key", "Publishable test key", "pk_test", is_secret=False),
                _stripe_key("test_secret_key", "Secret test key", "sk_test|rk_test", is_secret=True),
                _stripe_key("live_public_key", "Publishable live key", "pk_live", is_secret=False),
                _stripe_key("live_secret_key", "Secret live key", "sk_live|rk_live", is_secret=True),
                Credential(
                    "charges",
                    "Who charges cards",
                    "A page says the amount itself: let pages charge only where that may be.",
                    default="server",
                    choices={"server": "Server code", "pages": "Pages, too, by stripe.checkout.charge"},
                ),
            ),
            "https://dashboard.stripe.com/apikeys",
            signs_in=False,
        ),
    )
}


def checked(provider: Provider, given: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Return all credentials: ``given`` where there is something, else what was ``kept``; CredentialError.

    A secret that is not given stays as it is, and so does a field that ``given`` does not name.
    """
    made: dict[str, str] = {}
    for one in provider.fields:
        value = given.get(one.name, "" if one.is_secret else kept.get(one.name, "")).strip()
        if not value:
            value = kept.get(one.name, "") if one.is_secret else one.default
        _check(one, value)
        if value:
            made[one.name] = value
    if "mode" in made and f"{made['mode']}_secret_key" not in made:
        raise CredentialError(f"{made['mode']}_secret_key", "This key is needed, since it is the one in use.")
    return made


def _check(one: Credential, value: str) -> None:
    if not value:
        if one.is_needed:
            raise CredentialError(one.name, "This is needed.")
    elif one.choices is not None:
        if value not in one.choices:
            raise CredentialError(one.name, f"This is one of {', '.join(one.choices)}.")
    elif len(value) > MAX_CHARS:
        raise CredentialError(one.name, f"This has at most {MAX_CHARS} characters.")
    elif not re.fullmatch(one.pattern, value):
        raise CredentialError(one.name, one.must)
