"""Every service that user code can call, put together: the one place that a slice is added to and taken out of."""

import contextlib
from collections.abc import Mapping

from widget_site.parts import SiteParts
from widget_site.services import signing, tables, users
from widget_site.services.app import app_services
from widget_site.services.background_tasks import Outside, background_task_services
from widget_site.services.email.sending import Sender, email_services
from widget_site.services.integrations import missing_integrations
from widget_site.services.kept_values import kept_value_services
from widget_site.services.media import media_services
from widget_site.services.pins import Pins
from widget_site.services.registry import CORE, Service
from widget_site.services.secrets import secret_services
from widget_site.services.sessions import Logins, session_services
from widget_site.store import widgets
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

    data = parts.store.data
    assert data is not None
    assert data.usage is not None
    running = tables.is_running_on(parts.dispatch.link.client, parts.uplinks.holds)
    transactions = await stack.enter_async_context(tables.Transactions(data.homes, running, pins))
    sender = Sender(parts.store, parts.settings, parts.limiter)
    rows = tables.table_services(data, transactions, data.usage, signer_of)
    service_of_users = users.Users(
        parts.store,
        tables.LentTables(transactions, data.usage),
        Logins(parts.sessions, parts.visits, parts.secret_box, signer_of),
        sender.put,
        parts.limiter,
        lambda: parts.secret_box.derived_keys(users.PURPOSE),
        signer_of,
    )
    parts.public.own_pages = service_of_users.pages
    people = service_of_users.offered()
    return {
        **CORE,
        **app_services(parts.store, parts.dispatch.snapshots.get, signer_of),
        **secret_services(parts.store, parts.secret_box),
        **missing_integrations(),
        **session_services(parts.sessions, parts.visits, parts.secret_box, owner_of, signer_of),
        **kept_value_services(parts.store, signer_of),
        **email_services(sender, signer_of),
        **background_task_services(
            Outside(parts.store, parts.dispatch.launch_task, parts.dispatch.task_state, parts.dispatch.stop_run),
            signer_of,
        ),
        **rows.services,
        **people.services,
        **media_services([rows, people], functions, parts.media_addresses, has_session, signer_of),
    }
