"""The site worker's part of messages to people: hands over what waits in the outbox, or keeps it in the site."""

from typing import Protocol

from widget_site.dispatch.bells import Bell
from widget_site.mail.carrier import Carrier
from widget_site.store import outbox
from widget_site.store.outbox import KEPT, SENT, Mail
from widget_site.store.store import Store


class Sender(Protocol):
    """What takes one message, or raises RefusedError or NotTakenError (``mail.smtp.MailServer``)."""

    async def send(self, mail: Mail) -> None:
        """Take it."""


def mailer(store: Store, server: Sender | None, bell: Bell | None = None) -> Carrier[Mail]:
    """Return what carries messages; without a server it keeps them in the site."""

    async def hand_over(mail: Mail) -> tuple[str, str]:
        if server is None:
            return KEPT, ""
        await server.send(mail)
        return SENT, ""

    return Carrier(store, outbox, hand_over, bell or Bell("message"))
