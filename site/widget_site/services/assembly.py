"""Every service that user code can call, put together: the one place that a slice is added to and taken out of."""

import contextlib
from collections.abc import Mapping

from widget_site.outgoing import Outgoing
from widget_site.parts import SiteParts
from widget_site.services import providers, signing, tables, users
from widget_site.services.app import app_services
from widget_site.services.background_tasks import Outside, background_task_services
from widget_site.services.email.sending import Sender, email_services
from widget_site.services.facebook import Facebook, facebook_services
from widget_site.services.google import Google, google_services
from widget_site.services.google_maps import google_maps_services
from widget_site.services.kept_values import kept_value_services
from widget_site.services.media import media_services
from widget_site.services.microsoft import Microsoft, microsoft_services
from widget_site.services.native import NativeCall
from widget_site.services.pins import Pins
from widget_site.services.pushing import push_services
from widget_site.services.registry import CORE, Service
from widget_site.services.secrets import secret_services
from widget_site.services.sessions import Logins, SignIns, session_services
from widget_site.services.signing_in import SignInPages
from widget_site.services.stripe import stripe_services
from widget_site.store import service_credentials, widgets
from widget_site.store.service_credentials import Credentials
from widget_wire.runs import ServiceCall


async def all_services(
    parts: SiteParts, stack: contextlib.AsyncExitStack, pins: Pins, functions: Service
) -> Mapping[str, Service]:
    """Return the services by command; what they hold open is closed with ``stack``.

    ``functions`` answers calls of server functions.
    """

    def signer_of(call: ServiceCall) -> signing.WidgetSigner:
        # Asked for with each call: keys can be changed while the site runs.
        return signing.signer_of(parts.secret_box.derived_keys(signing.PURPOSE), call)

    async def owner_of(widget_id: str) -> str:
        return await widgets.owner_of(parts.store, widget_id)

    async def has_session(widget_id: str, session: str) -> bool:
        return await parts.sessions.read(widget_id, session) is not None

    async def lasting_session(call: ServiceCall) -> str:
        visit = await parts.visits.read(call.visit, call.session)
        await parts.visits.keep(call.visit)
        return visit.current

    data = parts.store.data
    assert data is not None
    assert data.usage is not None
    running = tables.is_running_on(parts.dispatch.link.client, parts.uplinks.holds)
    transactions = await stack.enter_async_context(tables.Transactions(data.homes, running, pins))
    sender = Sender(parts.store, parts.settings, parts.limiter)
    rows = tables.table_services(data, transactions, data.usage, signer_of)

    async def credentials_of(widget_id: str, service: str) -> Credentials | None:
        return await service_credentials.read(parts.store, parts.secret_box, widget_id, service)

    async def email_at(call: ServiceCall, provider: str) -> str:
        await providers.require(credentials_of, NativeCall(call, [], {}), provider)
        who = await providers.identity_of(sign_ins, call, provider)
        return who.email if who else ""

    settings, outgoing, turns = parts.settings, Outgoing(parts.settings.ca_file), providers.Turns()
    sign_ins = SignIns(parts.sessions, parts.visits, parts.secret_box)
    google = Google(settings.google_url, outgoing)
    of_google = google_services(settings.google_api_url, outgoing, google, credentials_of, sign_ins, signer_of)
    microsoft = Microsoft(settings.microsoft_url, outgoing)
    facebook = Facebook(settings.facebook_url, settings.facebook_api_url, outgoing)
    service_of_users = users.Users(
        parts.store,
        tables.LentTables(transactions, data.usage),
        Logins(parts.sessions, parts.visits, parts.secret_box, signer_of),
        sender.put,
        parts.limiter,
        email_at,
        lambda: parts.secret_box.derived_keys(users.PURPOSE),
        signer_of,
    )
    parts.public.own_pages = [
        service_of_users.pages,
        SignInPages([google, microsoft, facebook], credentials_of, sign_ins, parts.dispatch.link, parts.limiter),
    ]
    people = service_of_users.offered()
    return {
        **CORE,
        **app_services(parts.store, parts.dispatch.snapshots.get, signer_of),
        **secret_services(parts.store, parts.secret_box),
        **turns.limited(of_google.services),
        **turns.limited(microsoft_services(microsoft, credentials_of, sign_ins, signer_of)),
        **turns.limited(facebook_services(credentials_of, sign_ins, signer_of)),
        **google_maps_services(credentials_of, signer_of),
        **turns.limited(stripe_services(settings.stripe_api_url, outgoing, credentials_of, signer_of)),
        **session_services(parts.sessions, parts.visits, parts.secret_box, owner_of, signer_of),
        **kept_value_services(parts.store, signer_of),
        **push_services(parts.dispatch.link, lasting_session, signer_of),
        **email_services(sender, signer_of),
        **background_task_services(
            Outside(parts.store, parts.dispatch.launch_task, parts.dispatch.task_state, parts.dispatch.stop_run),
            signer_of,
        ),
        **rows.services,
        **people.services,
        **media_services([rows, people, of_google], functions, parts.media_addresses, has_session, signer_of),
    }
