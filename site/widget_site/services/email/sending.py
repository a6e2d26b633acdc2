"""``anvil.email.send``: checks who may send how much to whom, keeps the letter, has it sent (E-01, E-03, E-09, E-10).

The widgets of one account are bounded together, by an hour and by a month; only accounts whose own address is proven
send anything beyond this site. Mail through a server of the owner's own is not counted by the month.
"""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

from widget_model.ids import new_id
from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.errors import NotFoundError, TooManyError
from widget_site.services.email import composing
from widget_site.services.email.addresses import FAILURE, Address
from widget_site.services.email.addresses import sender as read_sender
from widget_site.services.email.receiving import ANSWERS, answers_before
from widget_site.services.native import NativeCall, NativeError, SignerOf, native_service
from widget_site.services.registry import PREFIX, Service
from widget_site.settings import SiteSettings
from widget_site.store import letters, mail_routes, quotas
from widget_site.store.store import Store
from widget_site.store.values import MailRoute
from widget_wire.values import Portable

#: Letters of one account in an hour by the site's server, and by a server of its own.
LETTERS = Rate("letters", 100, 3600.0)
LETTERS_OWN_SERVER = Rate("letters-own-server", 2000, 3600.0)


def email_services(sender: "Sender", signer_of: SignerOf) -> Mapping[str, Service]:
    """Return the services by command."""
    # Clients may ask, so that they are refused in words of its own.
    return {f"{PREFIX}email.send.v2": native_service(sender.send, signer_of, for_clients=True)}


class Sender:
    """Sends mail for widgets."""

    def __init__(self, store: Store, settings: SiteSettings, limiter: RateLimiter) -> None:
        self._store = store
        self._settings = settings
        self._limiter = limiter

    async def send(self, call: NativeCall) -> Portable:
        """Keep a letter for the site worker to send; return its report."""
        if not call.is_trusted:
            raise NativeError(
                "anvil.server.PermissionDenied",
                "Permission denied. Cannot send email from client code. "
                "Call anvil.email.send() from a server module instead!",
            )
        before = answers_before(call.source.call_stack)
        more = {} if before is None else {ANSWERS: str(before + 1)}
        message_id = await self.put(call.widget_id, call.kwargs, more)
        return Portable("anvil.email.SendReport", {"message_id": message_id})

    async def put(self, widget_id: str, kwargs: dict[str, Any], more: Mapping[str, str] = composing.NO_MORE) -> str:
        """Keep a letter of a widget, of what ``anvil.email.send`` takes; return its Message-ID. SendFailure.

        ``more``: headers of ours.
        """
        given = composing.read(kwargs)
        try:
            owner = await letters.owner_of(self._store, widget_id)
            route, _ = await mail_routes.for_sending(self._store, widget_id)
            await quotas.require_storage(self._store, owner.account_id)
            rate = LETTERS_OWN_SERVER if route.host else LETTERS
            self._require_proven(owner, route)
            await self._limiter.take(rate, owner.account_id)
            new = await asyncio.to_thread(self._letter, given, owner, route, more)
            most = self._settings.emails_per_month
            await letters.put(self._store, owner, new, counts=not route.host, most_a_month=most)
        except (TooManyError, NotFoundError) as error:
            raise NativeError(FAILURE, str(error)) from error
        return new.message_id

    def _require_proven(self, owner: letters.Owner, route: MailRoute) -> None:
        if not owner.is_proven and (self._settings.sends_mail or route.host):
            raise NativeError(
                FAILURE,
                "The owner of this widget has not confirmed their e-mail address yet; until then it sends no mail. "
                f"The owner can do so at {self._settings.site_url}/account.",
            )

    def _letter(
        self, given: composing.Given, owner: letters.Owner, route: MailRoute, more: Mapping[str, str]
    ) -> letters.NewLetter:
        domain = self._settings.mail_host_of(owner.slug)
        texts = given.texts
        whose = read_sender(texts.get("from_address"), texts.get("from_name"), domain, any_domain=bool(route.host))
        message_id = f"<{new_id().lower()}@{domain}>"
        to_owner = [Address("", owner.email)]
        if not given.to:
            given = dataclasses.replace(given, to=to_owner)
        notice = ""
        if route.test_mode:
            notice = _notice(given.recipients)
            given = dataclasses.replace(given, to=to_owner, cc=[], bcc=[])
        raw = composing.compose(given, whose, message_id, notice, more)
        return letters.NewLetter(message_id, whose.header, given.recipients, texts.get("subject", ""), raw)


def _notice(recipients: list[str]) -> str:
    return f"[Test mode: this message would have gone to {', '.join(recipients)}]\n\n"
