"""What an owner tries out while they wait: a message to themselves (E-11), and one to their widget's code (E-12)."""

import asyncio
from typing import Protocol

from widget_model.ids import new_id
from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.errors import ConflictError, FormError
from widget_site.mail.smtp import MailServer, NotTakenError, RefusedError
from widget_site.secret_box import SecretBox
from widget_site.services.email import composing
from widget_site.services.email.addresses import Address, read_addresses
from widget_site.services.email.postman import OwnServers
from widget_site.services.email.receiving import Arrived, Reception
from widget_site.services.native import NativeError
from widget_site.settings import SiteSettings
from widget_site.store import letters, mail_routes
from widget_site.store.store import Store
from widget_site.store.values import Widget

#: Tests that one account may make.
_TESTS = Rate("mail-tests", 20, 3600.0)


async def send_test(settings: SiteSettings, store: Store, limiter: RateLimiter, box: SecretBox, widget_id: str) -> str:
    """Send it and return what to tell the owner; ConflictError says why it was not taken. Asks for no permission."""
    owner = await letters.owner_of(store, widget_id)
    await limiter.take(_TESTS, owner.account_id)
    route, kept = await mail_routes.for_sending(store, widget_id)
    server = MailServer.of(settings)
    if not route.host and server is None:
        raise ConflictError(
            "This site sends no mail, and no server is set here: what its code sends is kept on this site."
        )
    if not owner.is_proven:
        raise ConflictError("Confirm your e-mail address on your account page first: the test goes there.")
    domain = settings.mail_host_of(owner.slug)
    texts = {
        "subject": f"A test of mail from {owner.slug}",
        "text": f"Mail from {settings.widget_origin(owner.slug)} arrives if you read this.\n",
    }
    sender = Address("", f"no-reply@{domain}")
    given = composing.Given([Address("", owner.email)], [], [], texts, [], {})
    raw = composing.compose(given, sender, f"<{new_id().lower()}@{domain}>")
    try:
        if route.host:
            own = OwnServers(settings, box)
            await own.hand_over(widget_id, route, kept, raw, sender.address, [owner.email])
        else:
            assert server is not None
            await server.hand_over(raw, server.sender, [owner.email])
    except (RefusedError, NotTakenError) as error:
        raise ConflictError(f"The mail server did not take it: {error}") from error
    return f"The mail server took a message to {owner.email}."


class Site(Protocol):
    """The parts of a site process that it takes (``parts.SiteParts``)."""

    @property
    def settings(self) -> SiteSettings:
        """The site's settings."""

    @property
    def store(self) -> Store:
        """The store."""

    @property
    def limiter(self) -> RateLimiter:
        """Counts."""

    @property
    def reception(self) -> Reception:
        """Takes mail."""


async def try_handler(site: Site, widget: Widget, sender: str, subject: str, text: str) -> str:
    """Have a widget's code handle a message; return what a mail server would be answered. Asks for no permission.

    ``sender``: an address; "" for the owner's. FormError when it is none.
    """
    owner = await letters.owner_of(site.store, widget.id)
    await site.limiter.take(_TESTS, owner.account_id)
    domain = site.settings.mail_host_of(widget.slug)
    try:
        [whose] = read_addresses(sender.strip() or owner.email)
        given = composing.Given([Address("", f"test@{domain}")], [], [], {"subject": subject, "text": text}, [], {})
        raw = await asyncio.to_thread(composing.compose, given, whose, f"<{new_id().lower()}@{domain}>")
    except (NativeError, ValueError) as error:
        raise FormError("sender", "One address, like ada@example.com.") from error
    return await site.reception.try_out(widget.slug, Arrived(whose.address, f"test@{domain}", raw))
