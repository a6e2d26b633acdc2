"""The site worker's part of widgets' mail: hands letters to the site's mail server, or to one of the owner's own.

A site without a mail server keeps letters for their owner to read.
"""

import asyncio
import socket
from email.utils import parseaddr
from typing import Protocol

from widget_site.dispatch.bells import Bell
from widget_site.mail.carrier import Carrier
from widget_site.mail.smtp import MailServer, NotTakenError
from widget_site.secret_box import SecretBox, UnreadableSecretError
from widget_site.settings import SiteSettings
from widget_site.store import letters, mail_routes
from widget_site.store.letters import Claimed
from widget_site.store.outbox import KEPT, SENT
from widget_site.store.store import Store
from widget_site.store.values import MailRoute
from widget_site.webhooks.address import ClosedError, Doorman

_CONNECT_S = 10.0


class Opener(Protocol):
    """What decrypts passwords (``SecretBox``)."""

    def decrypt(self, widget_id: str, name: str, kept: bytes) -> str:
        """Return the value."""


class OwnServers:
    """Connects to mail servers of owners: to public addresses, and what the operator named for webhooks."""

    def __init__(self, settings: SiteSettings, box: Opener) -> None:
        self._settings = settings
        self._box = box
        self._doorman = Doorman(settings)

    async def hand_over(
        self, widget_id: str, route: MailRoute, kept: bytes | None, raw: bytes, sender: str, recipients: list[str]
    ) -> dict[str, str]:
        """Hand a message to the server of ``route`` (``MailServer.hand_over``)."""
        try:
            password = None if kept is None else self._box.decrypt(widget_id, mail_routes.PASSWORD, kept)
            [address, *_] = await self._doorman.mail_addresses(route.host, route.port)
        except ClosedError as error:
            raise NotTakenError(str(error)) from error
        except UnreadableSecretError as error:
            raise NotTakenError("Its password can't be decrypted with the keys of this site: set it again.") from error
        server = MailServer(
            host=route.host,
            port=route.port,
            username=route.username or None,
            password=password,
            tls=route.encryption == "ssl",
            start_tls=route.encryption == "starttls",
            sender=sender,
            site_host=self._settings.site_host,
            ca_file=self._settings.ca_file,
        )
        # The client closes it.
        return await server.hand_over(raw, sender, recipients, await _connected(address, route.port))


async def _connected(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    try:
        async with asyncio.timeout(_CONNECT_S):
            await asyncio.get_running_loop().sock_connect(made, (address, port))
    except (OSError, TimeoutError) as error:
        made.close()
        raise NotTakenError(f"{address}:{port} does not answer: {error or 'nothing came'}") from error
    return made


class Postman:
    """Hands letters over (``carrier.HandOver``)."""

    def __init__(self, settings: SiteSettings, store: Store) -> None:
        self._store = store
        self._server = MailServer.of(settings)
        self._own = OwnServers(settings, SecretBox(settings))

    async def __call__(self, letter: Claimed) -> tuple[str, str]:
        """Hand one to the server that it goes by; return what it is then, and for whom it was not taken."""
        route, kept = await mail_routes.for_sending(self._store, letter.widget_id)
        recipients = list(letter.recipients)
        if route.host:
            sender = parseaddr(letter.sender)[1]
            refused = await self._own.hand_over(letter.widget_id, route, kept, letter.raw, sender, recipients)
        elif self._server is not None:
            # What can't be delivered comes back to the operator: no code of a widget has to read it.
            refused = await self._server.hand_over(letter.raw, self._server.sender, recipients)
        else:
            return KEPT, ""
        return SENT, "; ".join(f"not to {address}: {said}" for address, said in refused.items())


def postman(settings: SiteSettings, store: Store, bell: Bell | None = None) -> Carrier[Claimed]:
    """Return what carries letters."""
    return Carrier(store, letters, Postman(settings, store), bell or Bell("letter"))
