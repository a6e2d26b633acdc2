"""The site worker's part of mail: hands over what waits in the outbox, and notes what became of it.

A message is claimed for a while by a conditional update: of two workers one sends it, and what a killed one had is
tried again. So it is sent at least once; a second copy has the same Message-ID.
"""

import asyncio
import logging
import time
from typing import Protocol

from widget_site.dispatch.bells import Bell
from widget_site.errors import UnavailableError
from widget_site.mail.smtp import TIMEOUT_S, NotTakenError, RefusedError
from widget_site.store import outbox
from widget_site.store.outbox import Mail
from widget_site.store.store import Store

log = logging.getLogger(__name__)

AT_ONCE = 4
_LEASE_S = 4 * TIMEOUT_S


class Sender(Protocol):
    """What takes one message, or raises RefusedError or NotTakenError (``mail.smtp.MailServer``)."""

    async def send(self, mail: Mail) -> None:
        """Take it."""


class Mailer:
    """Runs in the site worker until it is cancelled; without a server it keeps messages in the site."""

    def __init__(self, store: Store, server: Sender | None, bell: Bell | None = None) -> None:
        self._store = store
        self._server = server
        self._bell = bell or Bell("message")

    async def run(self) -> None:
        """Send, again and again, through every absence of the database and of the mail server."""
        while True:
            try:
                while await self.send_due() == AT_ONCE:
                    pass
            except UnavailableError as error:
                log.warning("mail waits: %s", error)
            await self._bell.wait()

    async def send_due(self) -> int:
        """Send up to AT_ONCE of the messages that are due; return how many were tried."""
        if self._server is None:
            await outbox.keep_waiting(self._store)
            return 0
        mails = await outbox.claim(self._store, time.time(), AT_ONCE, _LEASE_S)
        await asyncio.gather(*(self._send(self._server, mail) for mail in mails))
        return len(mails)

    async def _send(self, server: Sender, mail: Mail) -> None:
        try:
            await server.send(mail)
        except RefusedError as error:
            log.warning("message %s is refused: %s", mail.id, error)
            await outbox.refused(self._store, mail.id, str(error))
        except NotTakenError as error:
            log.warning("message %s is not taken (try %s): %s", mail.id, mail.attempts, error)
            await outbox.not_yet(self._store, mail, str(error))
        else:
            await outbox.sent(self._store, mail.id)
