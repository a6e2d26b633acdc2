"""What one site process is made of, built once from the settings; views reach it through ``parts()``."""

import contextlib
import os
import socket
from dataclasses import dataclass

from quart import current_app

from widget_model.ids import new_id
from widget_site.accounts.accounts import Accounts
from widget_site.accounts.rates import RateLimiter
from widget_site.dispatch import Dispatch, RedisLink, Requests
from widget_site.dispatch.database import StoredRuns
from widget_site.settings import SiteSettings
from widget_site.store.gate import NoGate
from widget_site.store.store import Store

_KEY = "widget_site"


@dataclass(frozen=True)
class SiteParts:
    """Everything that lives as long as the process."""

    settings: SiteSettings
    store: Store
    dispatch: Dispatch
    accounts: Accounts
    limiter: RateLimiter

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
            owner_unfinished=settings.runs_waiting_per_account,
        )
        dispatch = Dispatch(link, StoredRuns(store), requests)
        # Dispatch reads the store, and the store tells dispatch what changes: one of them has to come second.
        store.gate = dispatch.gate
        limiter = RateLimiter(link.client)
        return cls(settings, store, dispatch, Accounts(settings, store, limiter), limiter)

    async def open(self) -> None:
        """Begin to read what runners answer."""
        await self.dispatch.__aenter__()

    async def close(self) -> None:
        """Close every connection."""
        with contextlib.suppress(Exception):
            await self.dispatch.__aexit__()
        await self.dispatch.link.close()
        await self.store.close()


def parts() -> SiteParts:
    """Return the parts of the app that handles the current request."""
    found: SiteParts = current_app.extensions[_KEY]
    return found
