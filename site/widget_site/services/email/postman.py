"""The site worker's part of widgets' mail: hands letters to the site's mail server, or to one of the owner's own.

A letter is claimed for a while by a conditional update, so of two workers one sends it, and what a killed one had is
tried again: with the same Message-ID. A site without a mail server keeps letters for their owner to read.
"""

import asyncio
import logging
import socket
import time
from email.utils import parseaddr
from typing import Protocol

from widget_site.dispatch.bells import Bell
from widget_site.errors import UnavailableError
from widget_site.mail.smtp import TIMEOUT_S, MailServer, NotTakenError, RefusedError
from widget_site.secret_box import SecretBox, UnreadableSecretError
from widget_site.settings import SiteSettings
from widget_site.store import letters, mail_routes
from widget_site.store.letters import Claimed
from widget_site.store.store import Store
from widget_site.store.values import MailRoute
from widget_site.webhooks.address import ClosedError, Doorman

log = logging.getLogger(__name__)

AT_ONCE = 4
_LEASE_S = 4 * TIMEOUT_S
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
    """Runs in the site worker until it is cancelled."""

    def __init__(self, settings: SiteSettings, store: Store, bell: Bell | None = None) -> None:
        self._store = store
        self._server = MailServer.of(settings)
        self._own = OwnServers(settings, SecretBox(settings))
        self._bell = bell or Bell("letter")

    async def run(self) -> None:
        """Send, again and again, through every absence of the database and of mail servers."""
        while True:
            try:
                while await self.send_due() == AT_ONCE:
                    pass
            except UnavailableError as error:
                log.warning("letters wait: %s", error)
            await self._bell.wait()

    async def send_due(self) -> int:
        """Send up to AT_ONCE of the letters that are due; return how many were tried."""
        claimed = await letters.claim(self._store, time.time(), AT_ONCE, _LEASE_S)
        await asyncio.gather(*(self._send(letter) for letter in claimed))
        return len(claimed)

    async def _send(self, letter: Claimed) -> None:
        try:
            route, kept = await mail_routes.for_sending(self._store, letter.widget_id)
            if not route.host and self._server is None:
                await letters.kept(self._store, letter.id)
                return
            refused = await self._hand_over(letter, route, kept)
        except RefusedError as error:
            await letters.refused(self._store, letter.id, str(error))
        except NotTakenError as error:
            log.warning("letter %s is not taken (try %s): %s", letter.id, letter.attempts, error)
            await letters.not_yet(self._store, letter, str(error))
        else:
            but = "; ".join(f"not to {address}: {said}" for address, said in refused.items())
            await letters.sent(self._store, letter.id, but)

    async def _hand_over(self, letter: Claimed, route: MailRoute, kept: bytes | None) -> dict[str, str]:
        recipients = list(letter.recipients)
        if route.host:
            sender = parseaddr(letter.sender)[1]
            return await self._own.hand_over(letter.widget_id, route, kept, letter.raw, sender, recipients)
        assert self._server is not None
        # What can't be delivered comes back to the operator: nobody reads mail at a widget's address yet.
        return await self._server.hand_over(letter.raw, self._server.sender, recipients)
