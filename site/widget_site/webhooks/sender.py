"""The site worker's part of webhooks: sends what is due and notes what came of it (``store/deliveries.py``)."""

import asyncio
import json
import logging
import ssl
import time
from collections import Counter

from widget_site.dispatch.bells import Bell
from widget_site.errors import UnavailableError
from widget_site.secret_box import SecretBox, UnreadableSecretError
from widget_site.settings import SiteSettings
from widget_site.store import deliveries
from widget_site.store.deliveries import Due, Tried
from widget_site.store.store import Store
from widget_site.store.webhooks import name_of
from widget_site.webhooks import signature
from widget_site.webhooks.address import ClosedError, Doorman, parse
from widget_site.webhooks.post import TIMEOUT_S, NoAnswerError, post
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

AT_ONCE = 16
#: Of one webhook, and of all webhooks of one account.
AT_ONCE_EACH = 2
AT_ONCE_OF_ACCOUNT = 4
_LEASE_S = 3 * TIMEOUT_S
#: The receiver says that it will never take anything again.
_GONE = 410


class WebhookSender:
    """Runs in the site worker until it is cancelled; what is under way then is tried again by another worker."""

    def __init__(
        self, settings: SiteSettings, store: Store, bell: Bell | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._bell = bell or Bell("delivery")
        self._store = store
        self._box = SecretBox(settings)
        self._doorman = Doorman(settings)
        self._tls = ssl.create_default_context(cafile=settings.ca_file)
        self._timeout_s = timeout_s
        self._agent = f"Widgetry ({settings.site_url})"
        self._sending: dict[asyncio.Task[None], Due] = {}

    async def run(self) -> None:
        """Send, again and again, through every absence of the database."""
        try:
            while True:
                try:
                    started = await self.start_due()
                except UnavailableError as error:
                    log.warning("webhooks wait: %s", error)
                    started = 0
                if not started:
                    await self._bell.wait()
        finally:
            await end_tasks(*self._sending)

    async def start_due(self) -> int:
        """Begin to send what is due and has room; return how many were begun."""
        room = AT_ONCE - len(self._sending)
        if room <= 0:
            return 0
        now_sent = deliveries.Sending(
            Counter(due.webhook_id for due in self._sending.values()),
            Counter(due.owner_id for due in self._sending.values()),
            most_each=AT_ONCE_EACH,
            most_of_account=AT_ONCE_OF_ACCOUNT,
        )
        found = await deliveries.claim(self._store, time.time(), room, _LEASE_S, now_sent)
        for due in found:
            task = asyncio.create_task(self.send(due), name=f"delivery-{due.id}")
            self._sending[task] = due
            task.add_done_callback(self._sent)
        return len(found)

    def _sent(self, task: asyncio.Task[None]) -> None:
        del self._sending[task]
        # There is room again for what waits.
        self._bell.ring()

    async def finish(self) -> None:
        """Wait for what is being sent."""
        await asyncio.gather(*self._sending)

    async def send(self, due: Due) -> None:
        """Send one delivery and note what came of it."""
        started = time.monotonic()
        status, answer, error, forever = await self._try(due)
        tried = Tried(time.time(), time.monotonic() - started, status, answer, error)
        if not tried.is_taken:
            log.info("delivery %s (try %s): %s", due.id, due.attempts, error or f"answered {status}")
        try:
            await deliveries.settle(self._store, due, tried, forever=forever)
        except UnavailableError as away:
            # It is sent once more when the lease ends; the receiver knows it by its id.
            log.warning("delivery %s could not be noted: %s", due.id, away)

    async def _try(self, due: Due) -> tuple[int | None, str, str, bool]:
        body = json.dumps(due.payload, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            secret = self._box.decrypt(due.widget_id, name_of(due.webhook_id), due.kept)
            target = parse(due.url)
            async with asyncio.timeout(self._timeout_s):
                addresses = await self._doorman.addresses(target)
            signed = signature.headers(secret, due.id, int(time.time()), body)
            headers = {"Content-Type": "application/json", "User-Agent": self._agent, **signed}
            answer = await post(target, addresses, headers, body, tls=self._tls, timeout_s=self._timeout_s)
        except TimeoutError:
            return None, "", "The name was not resolved in time.", False
        except (ClosedError, NoAnswerError) as error:
            return None, "", str(error), False
        except UnreadableSecretError as error:
            return None, "", f"Its secret can't be read any more ({error}). Make the webhook anew.", True
        error_text = ""
        if 300 <= answer.status < 400:
            error_text = f"It answered {answer.status}, and redirects are not followed: give the final address."
        return answer.status, answer.text, error_text, answer.status == _GONE
