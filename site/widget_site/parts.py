"""What one site process is made of, built once from the settings; views reach it through ``parts()``."""

import functools
import logging
import os
import socket
from dataclasses import dataclass

from quart import current_app

from widget_model.ids import new_id
from widget_site.accounts.accounts import Accounts
from widget_site.accounts.oidc import OidcSignIn
from widget_site.accounts.rates import RateLimiter
from widget_site.accounts.recovery import Recovery
from widget_site.dispatch import Dispatch, RedisLink, Requests
from widget_site.dispatch.bells import Ringer
from widget_site.dispatch.database import StoredRuns
from widget_site.dispatch.files import RunFiles
from widget_site.functions import Functions
from widget_site.libraries import Libraries, LibraryGate
from widget_site.parcels import SiteParcels
from widget_site.public.app import PublicHosts, PublicLimits
from widget_site.public.door import Door
from widget_site.public.hosts import TrustedProxies
from widget_site.public.preview import Previews
from widget_site.public.visitors import Visitors
from widget_site.recent_errors import RecentErrors
from widget_site.secret_box import SecretBox
from widget_site.services.email.receiving import Reception
from widget_site.services.media.addresses import PURPOSE, Addresses
from widget_site.services.sessions import SessionStore, Visits
from widget_site.settings import SiteSettings
from widget_site.store.gate import NoGate
from widget_site.store.store import Store
from widget_site.uplink.uplinks import Uplinks
from widget_site.webhooks.address import Doorman

log = logging.getLogger(__name__)

_KEY = "widget_site"
_MB = 1024 * 1024


@dataclass(frozen=True)
class SiteParts:
    """Everything that lives as long as the process."""

    settings: SiteSettings
    store: Store
    dispatch: Dispatch
    #: Which widgets GUIs use as libraries.
    libraries: Libraries
    accounts: Accounts
    recovery: Recovery
    #: The provider that people may sign in with; None without one.
    oidc: OidcSignIn | None
    limiter: RateLimiter
    #: Makes the tokens by which owners see their private widgets.
    previews: Previews
    #: Answers requests to widgets' hosts.
    public: PublicHosts
    #: Encrypts widgets' secrets.
    secret_box: SecretBox
    #: What this process logged as an error.
    errors: RecentErrors
    #: Says where webhooks may go.
    doorman: Doorman
    run_files: RunFiles
    #: Wakes the site worker for what this process commits.
    ringer: Ringer
    sessions: SessionStore
    visits: Visits
    #: Makes and reads addresses of lazy media.
    media_addresses: Addresses
    #: The connected uplinks, of this process and all others.
    uplinks: Uplinks
    #: Large media on their way.
    parcels: SiteParcels
    #: Answers calls of widgets' functions.
    functions: Functions
    #: Takes mail for widgets.
    reception: Reception

    @classmethod
    def build(cls, settings: SiteSettings) -> "SiteParts":
        """Build everything; connections are made when first needed."""
        store = Store.open(settings, NoGate())
        link = RedisLink(settings.redis_address)
        requests = Requests(
            site=f"{socket.gethostname()}-{os.getpid()}-{new_id()}",
            origin_of=settings.widget_origin,
            script_timeout_s=settings.script_timeout_s,
            route_timeout_s=settings.route_timeout_s,
            call_timeout_s=settings.call_timeout_s,
            task_timeout_s=settings.task_timeout_s,
            tasks_unfinished=settings.tasks_per_account,
            owner_unfinished=settings.runs_waiting_per_account,
        )
        libraries = Libraries(store)
        dispatch = Dispatch(link, StoredRuns(store, libraries), requests)
        # Dispatch reads the store, and the store tells dispatch what changes: one of them has to come second.
        store.gate = LibraryGate(dispatch.gate, store, libraries)
        ringer = Ringer(link)
        store.database.committed = ringer.tell
        limiter = RateLimiter(link.client)
        previews = Previews(link)
        sessions, visits = SessionStore(link), Visits(link)
        visitors = Visitors(sessions, visits, settings.widget_domain, https=settings.is_https, local=settings.is_local)
        public = _public_hosts(settings, dispatch, previews, Door(limiter), visitors)
        uplinks = Uplinks(link, requests.site)
        dispatch.use_uplinks(uplinks)
        parcels = SiteParcels(link, requests.site, settings.data, int(settings.media_room_mb * _MB))
        secret_box = SecretBox(settings)
        signing_keys = functools.partial(secret_box.derived_keys, PURPOSE)
        functions = Functions(dispatch, sessions, visits, uplinks, signing_keys)
        accounts = Accounts(settings, store, limiter)
        recovery = Recovery(settings, store, limiter, accounts)
        return cls(
            settings,
            store,
            dispatch,
            libraries,
            accounts,
            recovery,
            OidcSignIn(settings, store) if settings.oidc_issuer else None,
            limiter,
            previews,
            public,
            secret_box,
            RecentErrors(),
            Doorman(settings),
            RunFiles(link, store),
            ringer,
            sessions,
            visits,
            Addresses(signing_keys),
            uplinks,
            parcels,
            functions,
            Reception(settings, store, limiter, dispatch.snapshots.get, functions),
        )

    async def open(self) -> None:
        """Begin to read what runners answer."""
        self.errors.install()
        await self.dispatch.__aenter__()

    async def close(self) -> None:
        """Close every connection."""
        self.errors.remove()
        try:
            await self.dispatch.__aexit__()
        except Exception:
            # What is left is closed all the same.
            log.exception("dispatch did not end as it should")
        await self.ringer.close()
        await self.dispatch.link.close()
        await self.store.close()


def _public_hosts(
    settings: SiteSettings, dispatch: Dispatch, previews: Previews, door: Door, visitors: Visitors
) -> PublicHosts:
    limits = PublicLimits(
        body_bytes=int(settings.body_max_mb * _MB),
        room_bytes=int(settings.bodies_max_mb * _MB),
        folder=settings.data,
        rate_per_s=settings.rate_route_per_s,
        burst=2 * settings.rate_route_per_s,
    )
    origin_of = functools.lru_cache(maxsize=10_000)(settings.widget_origin)
    return PublicHosts(dispatch, limits, origin_of, TrustedProxies(settings.trusted_proxies), previews, door, visitors)


def parts() -> SiteParts:
    """Return the parts of the app that handles the current request."""
    found: SiteParts = current_app.extensions[_KEY]
    return found
