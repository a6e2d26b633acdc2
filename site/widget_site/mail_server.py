"""Receives mail for widgets: ``python -m widget_site.mail_server``, where ``WIDGETRY_MAIL_PORT`` is set.

A process of its own, so that what strangers send holds up no page: it speaks SMTP (``services/email/smtp_server.py``),
takes messages apart, checks their signatures and has widgets' code called, as a site process does.
"""

import asyncio
import logging
import signal

import uvloop

from widget_site.parts import SiteParts
from widget_site.services.email.smtp_server import serving_mail
from widget_site.settings import SiteSettings
from widget_wire import logs

log = logging.getLogger(__name__)


async def serve(settings: SiteSettings, stop: asyncio.Event) -> None:
    """Receive until ``stop``."""
    parts = SiteParts.build(settings)
    await parts.open()
    try:
        async with parts.uplinks, serving_mail(settings, parts.reception) as port:
            log.info("mail for *.%s is received at %s:%s", settings.mail_host_of("*")[2:], settings.mail_host, port)
            await stop.wait()
    finally:
        await parts.close()


async def _serve_until_signal(settings: SiteSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, stop)


def main() -> None:
    """Receive until SIGTERM."""
    settings = SiteSettings()
    logs.set_up("mail", settings.log_format)
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    uvloop.run(_serve_until_signal(settings))


if __name__ == "__main__":
    main()
