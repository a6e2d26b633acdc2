"""The test of a widget's mail settings: one message to its owner, handed over while they wait (E-11)."""

from widget_model.ids import new_id
from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.errors import ConflictError
from widget_site.mail.smtp import MailServer, NotTakenError, RefusedError
from widget_site.secret_box import SecretBox
from widget_site.services.email import composing
from widget_site.services.email.addresses import Address
from widget_site.services.email.postman import OwnServers
from widget_site.settings import SiteSettings
from widget_site.store import letters, mail_routes
from widget_site.store.store import Store

#: Tests that one account may send.
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
    domain = f"{owner.slug}.{settings.widget_domain}"
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
