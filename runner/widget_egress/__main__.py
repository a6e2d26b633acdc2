"""``python -m widget_egress``: the process between sandboxes and the Internet; ends with 0 on SIGTERM."""

import asyncio
import contextlib
import dataclasses
import logging
import resource
import signal
from collections.abc import Callable, Sequence

import uvloop

from widget_egress.caps import Meters
from widget_egress.dns import DnsForwarder, HostResolvers
from widget_egress.index import SYSTEM_CA_FILE, IndexLearner
from widget_egress.installs import Installs
from widget_egress.link import LinkServer
from widget_egress.outlet import Shared
from widget_egress.own_addresses import OwnAddresses
from widget_egress.refusals import Refusals
from widget_egress.relay import Relays
from widget_egress.settings import SOCKET_NAME, EgressSettings
from widget_wire import logs

_log = logging.getLogger(__name__)


async def serve(settings: EgressSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers = _servers(settings)
    async with contextlib.AsyncExitStack() as stack:
        own = OwnAddresses(settings.denied_hosts())
        stack.push_async_callback(own.close)
        await own.start()
        relays = Relays(idle_s=settings.egress_idle_s)
        stack.push_async_callback(relays.close)
        shared = Shared(own, Meters(settings.caps()), relays, Refusals(), DnsForwarder(servers))
        installs = Installs(
            IndexLearner(settings.index_url, settings.ca_file or SYSTEM_CA_FILE, settings.runtime),
            dataclasses.replace(shared, meters=Meters(settings.install_caps())),
        )
        link = LinkServer(settings.runtime / SOCKET_NAME, settings.runner_uid, settings.policies(), shared, installs)
        stack.callback(link.close)
        link.start()
        _log.info("the egress proxy is ready; names are asked of %s", ", ".join(servers()) or "nobody")
        await stop.wait()


def _servers(settings: EgressSettings) -> Callable[[], Sequence[str]]:
    """Return who says which resolvers to ask: the operator, else the machine's own file, as it is at the time."""

    def given() -> Sequence[str]:
        return settings.dns

    return given if settings.dns else HostResolvers().current


def main() -> None:
    """Read the settings and serve."""
    settings = EgressSettings()
    logs.set_up("egress", settings.log_format)
    # Two descriptors a connection, two a sandbox: take what the system grants.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
