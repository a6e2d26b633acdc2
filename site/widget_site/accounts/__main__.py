"""``python -m widget_site.accounts first-link``: prints the link of the first administrator, while there is none."""

import asyncio
import sys

import redis.asyncio

from widget_site.accounts.accounts import Accounts
from widget_site.accounts.rates import RateLimiter
from widget_site.settings import SiteSettings
from widget_site.store.gate import NoGate
from widget_site.store.store import Store


async def first_link() -> str | None:
    """Return the link, or None when an account exists."""
    settings = SiteSettings()
    store = Store.open(settings, NoGate())
    client = redis.asyncio.Redis.from_url(settings.redis_address)
    try:
        return await Accounts(settings, store, RateLimiter(client)).first_link()
    finally:
        await client.aclose()
        await store.close()


def main() -> int:
    """Do what the one command says."""
    if sys.argv[1:] != ["first-link"]:
        sys.stderr.write("usage: python -m widget_site.accounts first-link\n")
        return 2
    link = asyncio.run(first_link())
    if link:
        sys.stdout.write(f"{link}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
